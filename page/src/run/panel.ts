// The button that runs something, and what came of the run.

import { element } from "../element.ts";
import type { Engine } from "../engine.ts";
import { keepKeys } from "../keys.ts";
import { mark } from "../scroll.ts";
import { kernel } from "./kernel.ts";
import type { Ended, Line, News, Request, Run, Said } from "./protocol.ts";
import { sign as signOf, spoken, words } from "./words.ts";

/** What one run has said so far. */
export interface Transcript {
    kernel: string;
    news: News[];
}

/** What is run. */
export interface Subject {
    /** Names it in the button's label. */
    name: string;
    request(): Omit<Request, "kernel">;
    /** Called before a run, and with all that comes of it. */
    begin?: () => void;
    hear?: (news: News) => void;
    /** Leads to what a compiler complains of, if that is there. */
    lead?: (said: Said) => (() => void) | undefined;
}

/** A button that runs something, and what came of it. */
export class Panel {
    /** The line of the button. */
    readonly bar: HTMLElement;
    readonly #subject: Subject;
    readonly #engine: Engine;
    readonly #button: HTMLElement;
    readonly #state = element("span", { role: "status" });
    // Whole lines are added, so a screen reader reads each once.
    readonly #shown = element("div", { class: "shown", role: "log", "aria-live": "polite" });
    #run: Run | undefined;
    #transcript: Transcript | undefined;
    #isChanged = false;
    #idle: () => void = () => {};

    /** At the end of `host`; `id` is that of its button. */
    constructor(host: HTMLElement, id: string, subject: Subject, engine: Engine) {
        [this.#subject, this.#engine] = [subject, engine];
        this.#button = element("button", { type: "button", id });
        this.#label();
        this.#button.addEventListener("click", () => (this.#run ? this.stop() : this.start()));
        this.bar = element("p", {}, this.#button, " ", this.#state);
        host.append(element("div", { class: "run" }, this.bar, this.#shown));
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

    /** Runs it, unless it runs. */
    start(): void {
        if (this.#run) return;
        const chosen = kernel();
        const wanted = this.#subject.request();
        this.#isChanged = (wanted.edits ?? []).length > 0;
        this.#begin(chosen);
        if (this.#isChanged) {
            const files = (wanted.edits ?? []).map(({ file }) => file).join(" and ");
            this.#shown.append(element("p", { class: "whose" }, `With your ${files}.`));
        }
        this.#subject.begin?.();
        this.#run = this.#engine.ask({ ...wanted, kernel: chosen }, (news) => {
            this.#hear(news);
            if (news.kind === "ended") {
                this.#run = undefined;
                this.#label();
                this.#idle();
            }
        });
        this.#label();
    }

    stop(): void {
        this.#run?.stop();
    }

    /** Before the first news of a run. */
    #begin(kernel: string): void {
        this.#transcript = { kernel, news: [] };
        this.#shown.replaceChildren();
        this.#state.textContent = `Asking for a Linux ${kernel}.`;
    }

    #label(): void {
        const word = this.#run ? "Stop" : "Run";
        this.#button.textContent = word;
        this.#button.setAttribute("aria-label", `${word}: ${this.#subject.name}`);
    }

    #hear(news: News): void {
        this.#transcript?.news.push(news);
        this.#subject.hear?.(news);
        const said = words(news, this.#transcript?.kernel ?? "", this.#isChanged);
        if (said !== undefined) this.#state.textContent = said;
        switch (news.kind) {
            case "output":
                this.#lines("printed", news.text);
                break;
            case "log":
                this.#lines("logged", news.text);
                break;
            case "compiler":
                this.#shown.append(messages(news.diagnostics, this.#subject.lead));
                break;
            case "ended":
                this.#end(news);
        }
    }

    #end({ how, why, place, difference: lines }: Ended): void {
        for (const text of [why, place]) {
            if (!text) continue;
            const block = element("pre", { class: "why" }, text);
            keepKeys(block);
            // Where a list says it shorter, the whole of it is for who wants it.
            const isSaid = how === "unbuilt" && this.#shown.querySelector(".messages") !== null;
            this.#shown.append(isSaid ? element("details", {}, element("summary", {}, "All that the compiler says"), block) : block);
            mark(block);
        }
        if (lines.length > 0) {
            const [first, whose] = how === "other" ? ["what the page shows", ["shown: ", "printed: "]] : ["what is expected"];
            this.#shown.append(element("p", {}, `− ${first}, + what was printed`), difference(lines, whose));
        }
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

/** A difference, each of whose lines says whose it is: in a word for who hears it. */
export function difference(lines: Line[], whose = ["expected: ", "printed: "]): HTMLElement {
    const made = lines.map(({ sign, text }) => {
        const { text: shown, side } = signOf(sign);
        const spoken = side === undefined ? "" : (whose[side] ?? "");
        const signs = [element("span", { "aria-hidden": "true" }, shown), element("span", { class: "unseen" }, spoken)];
        const word = sign === "-" ? "del" : sign === "+" ? "ins" : "span";
        return element(word, { class: sign === "@" ? "at" : false }, ...(sign === "@" ? [] : signs), ` ${text}\n`);
    });
    return element("pre", { class: "differs" }, ...made);
}

/** What compilers say, each with a way to its place where there is one. */
function messages(all: Said[], lead: Subject["lead"]): HTMLElement {
    const made = all.map((said) => {
        const go = lead?.(said);
        const shown = go ? element("button", { type: "button", class: "covering" }, spoken(said)) : spoken(said);
        if (go && typeof shown !== "string") shown.addEventListener("click", go);
        return element("li", { class: `is-${said.severity}` }, shown);
    });
    return element("ul", { class: "messages" }, ...made);
}
