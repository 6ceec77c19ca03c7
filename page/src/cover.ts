// An output that answers a question is covered until the reader asks for it, or the browser's own search finds it. So is the
// paragraph after it, which says what it shows.

import { element } from "./element.ts";

let covers = 0;

/** What covers one output. */
export class Cover {
    readonly figure: HTMLElement;
    readonly #answer: HTMLElement;
    readonly #explanation: HTMLElement | undefined;
    readonly #cover: HTMLElement;
    /** Lines that are seen above the answer, once that is open. */
    readonly #above = element("div", { class: "above" });

    /** Covers what a figure shows; `opened` is called when the reader opens it here. */
    constructor(figure: HTMLElement, answer: HTMLElement, opened: () => void) {
        this.figure = figure;
        this.#answer = answer;
        const next = figure.nextElementSibling;
        if (next instanceof HTMLParagraphElement) this.#explanation = next;
        answer.id ||= `answer-${++covers}`;
        answer.tabIndex = -1;
        const button = element("button", { type: "button", "aria-expanded": "false", "aria-controls": answer.id }, "Show the answer");
        this.#cover = element("div", { class: "cover" }, button);
        answer.before(this.#cover, this.#above);
        const open = () => {
            this.open();
            opened();
        };
        button.addEventListener("click", () => {
            open();
            answer.focus({ preventScroll: true });
        });
        answer.addEventListener("beforematch", open);
        this.#explanation?.addEventListener("beforematch", open);
        this.close();
    }

    /** Puts a line above the answer. */
    put(line: HTMLElement): void {
        this.#above.append(line);
    }

    get covered(): boolean {
        return this.#answer.hasAttribute("hidden");
    }

    /** What the answer says, and what is said of it. */
    get text(): string {
        return `${this.#answer.textContent} ${this.#explanation?.textContent ?? ""}`;
    }

    open(): void {
        this.#answer.removeAttribute("hidden");
        this.#explanation?.removeAttribute("hidden");
        this.#cover.hidden = true;
        this.#above.hidden = false;
    }

    close(): void {
        // A browser that does not know the word hides it all the same, and does not search it.
        this.#answer.setAttribute("hidden", "until-found");
        this.#explanation?.setAttribute("hidden", "until-found");
        this.#cover.hidden = false;
        this.#above.hidden = true;
    }
}
