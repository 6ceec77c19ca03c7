// An output that answers a question is covered until the reader asks for it, or the browser's own search finds it. So is
// what explains it: the paragraph after it, and a drawing of the same with its own.

import { element } from "./element.ts";

let covers = 0;

/** What covers one output. */
export class Cover {
    readonly figure: HTMLElement;
    readonly #answer: HTMLElement;
    readonly #explanation: HTMLElement[];
    readonly #cover: HTMLElement;
    /** Lines that are seen above the answer, once that is open. */
    readonly #above = element("div", { class: "above" });

    /** Covers what a figure shows; `opened` is called when the reader opens it here. */
    constructor(figure: HTMLElement, answer: HTMLElement, opened: () => void) {
        this.figure = figure;
        this.#answer = answer;
        this.#explanation = explanation(figure);
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
        for (const part of this.#explanation) {
            part.classList.add("explains");
            part.addEventListener("beforematch", open);
        }
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
        return [this.#answer, ...this.#explanation].map((part) => part.textContent).join(" ");
    }

    open(): void {
        this.#answer.removeAttribute("hidden");
        for (const part of this.#explanation) part.removeAttribute("hidden");
        this.#cover.hidden = true;
        this.#above.hidden = false;
    }

    close(): void {
        // A browser that does not know the word hides it all the same, and does not search it.
        this.#answer.setAttribute("hidden", "until-found");
        for (const part of this.#explanation) part.setAttribute("hidden", "until-found");
        this.#cover.hidden = false;
        this.#above.hidden = true;
    }
}

/** What explains an output: one paragraph, and one more for each drawing among what follows. */
function explanation(figure: HTMLElement): HTMLElement[] {
    const parts: HTMLElement[] = [];
    let paragraphs = 1;
    for (let next = figure.nextElementSibling; next instanceof HTMLElement; next = next.nextElementSibling) {
        if (next.matches("figure:not([class])")) paragraphs++;
        else if (!next.matches("p") || paragraphs-- === 0) break;
        parts.push(next);
    }
    return parts;
}
