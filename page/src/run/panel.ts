// What stands below an output: the button that runs it, and what came of the run.

import { element } from "../element.ts";
import { keepKeys } from "../keys.ts";
import { mark } from "../scroll.ts";
import { kernel } from "./kernel.ts";
import { ask, type Line, type News, type Run } from "./protocol.ts";
import { sign as signOf, words } from "./words.ts";

/** What one run has said so far. */
export interface Transcript {
    kernel: string;
    news: News[];
}

/** Below one output. */
export class Panel {
    readonly #figure: HTMLElement;
    readonly #button: HTMLElement;
    readonly #state = element("span", { role: "status" });
    // Whole lines are added, so a screen reader reads each once.
    readonly #shown = element("div", { class: "shown", role: "log", "aria-live": "polite" });
    #run: Run | undefined;
    #transcript: Transcript | undefined;
    #idle: () => void = () => {};

    /** `place` counts the outputs of a page. */
    constructor(figure: HTMLElement, place: number) {
        this.#figure = figure;
        this.#button = element("button", { type: "button", id: `run-${place + 1}` });
        this.#label();
        this.#button.addEventListener("click", () => (this.#run ? this.#run.stop() : this.#start()));
        figure.append(element("div", { class: "run" }, element("p", {}, this.#button, " ", this.#state), this.#shown));
    }

    /** What the last run has said, if there was one. */
    get transcript(): Transcript | undefined {
        return this.#transcript;
    }

    get runs(): boolean {
        return this.#run !== undefined;
    }

    /** Calls this when a run has ended. */
    onIdle(idle: () => void): void {
        this.#idle = idle;
    }

    /** Shows once more what a run has said before the page was loaded anew. */
    replay({ kernel, news }: Transcript): void {
        this.#begin(kernel);
        for (const one of news) this.#hear(one);
    }

    #start(): void {
        const { scene, part } = this.#figure.dataset;
        const chosen = kernel();
        this.#begin(chosen);
        const request = { scene: scene ?? "", kernel: chosen, ...(part === undefined ? {} : { part }) };
        this.#run = ask(request, (news) => {
            this.#hear(news);
            if (news.kind === "ended") {
                this.#run = undefined;
                this.#label();
                this.#idle();
            }
        });
        this.#label();
    }

    /** Before the first news of a run. */
    #begin(kernel: string): void {
        this.#transcript = { kernel, news: [] };
        this.#shown.replaceChildren();
        this.#state.textContent = `Asking for a Linux ${kernel}.`;
    }

    #label(): void {
        const what = this.#figure.dataset["part"] ?? this.#figure.dataset["scene"];
        const word = this.#run ? "Stop" : "Run";
        this.#button.textContent = word;
        this.#button.setAttribute("aria-label", `${word}: ${what}`);
    }

    #hear(news: News): void {
        this.#transcript?.news.push(news);
        const said = words(news, this.#transcript?.kernel ?? "");
        if (said !== undefined) this.#state.textContent = said;
        switch (news.kind) {
            case "output":
                this.#uncover();
                this.#lines("printed", news.text);
                break;
            case "log":
                this.#lines("logged", news.text);
                break;
            case "ended":
                for (const text of [news.why, news.place]) if (text) this.#shown.append(element("pre", { class: "why" }, text));
                if (news.difference.length > 0) {
                    this.#shown.append(element("p", {}, "− what is expected, + what was printed"), difference(news.difference));
                }
        }
    }

    /** Whoever runs an output wants to see what it should be: it opens as if the browser's own search had found it. */
    #uncover(): void {
        const answer = this.#figure.querySelector("pre[hidden]");
        answer?.dispatchEvent(new Event("beforematch"));
    }

    /** Adds lines to the block at the end, or begins another. */
    #lines(kind: "printed" | "logged", text: string): void {
        let block = this.#shown.lastElementChild as HTMLElement | null;
        if (!block?.classList.contains(kind)) {
            block = element("pre", { class: kind, "data-label": `what was ${kind}` });
            keepKeys(block);
            if (kind === "logged") this.#shown.append(element("p", { class: "kernels-own" }, "the kernel’s log"));
            this.#shown.append(block);
        }
        block.append(text);
        mark(block);
    }
}

function difference(lines: Line[]): HTMLElement {
    const made = lines.map(({ sign, text }) => {
        const { text: shown, spoken } = signOf(sign);
        const signs = [element("span", { "aria-hidden": "true" }, shown), element("span", { class: "unseen" }, spoken)];
        const word = sign === "-" ? "del" : sign === "+" ? "ins" : "span";
        return element(word, { class: sign === "@" ? "at" : false }, ...(sign === "@" ? [] : signs), ` ${text}\n`);
    });
    return element("pre", { class: "differs" }, ...made);
}
