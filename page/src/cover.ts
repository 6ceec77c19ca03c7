// An output that answers a question is covered until the reader asks for it, or the browser's own search finds it.

import { element } from "./element.ts";

let covers = 0;

export class Cover {
    readonly figure: HTMLElement;
    readonly #answer: HTMLElement;
    readonly #cover: HTMLElement;
    readonly #above: HTMLElement;

    /** Covers what an output shows; `changed` is called whenever it is opened or covered. */
    constructor(figure: HTMLElement, changed: () => void) {
        this.figure = figure;
        const id = `answer-${++covers}`;
        const button = element("button", { type: "button", "aria-expanded": "false", "aria-controls": id }, "Show the answer");
        this.#cover = element("div", { class: "cover" }, button);
        this.#above = element("div", { class: "above" });
        this.#answer = element("div", { class: "answer", id, tabindex: -1, role: "group", "aria-label": "the answer" });
        this.#answer.append(this.#above, ...[...figure.children].filter((child) => !child.matches("figcaption")));
        figure.append(this.#cover, this.#answer);
        button.addEventListener("click", () => {
            this.open();
            changed();
            this.#answer.focus({ preventScroll: true });
        });
        this.#answer.addEventListener("beforematch", () => {
            this.open();
            changed();
        });
        this.close();
    }

    /** Puts a line above the answer, where it is seen once that is open. */
    put(line: HTMLElement): void {
        this.#above.append(line);
    }

    get covered(): boolean {
        return this.#answer.hasAttribute("hidden");
    }

    get text(): string {
        return this.#answer.textContent;
    }

    holds(node: Node): boolean {
        return this.figure.contains(node);
    }

    open(): void {
        this.#answer.removeAttribute("hidden");
        this.#cover.hidden = true;
    }

    close(): void {
        // Where the browser does not know the word, this hides it as `hidden` alone does.
        this.#answer.setAttribute("hidden", "until-found");
        this.#cover.hidden = false;
    }
}
