// The solution, where the reader can do the exercise on the page: it is there when they have passed, or when they ask twice.

import { element } from "../element.ts";

export class Solution {
    readonly #folded: HTMLElement | null;
    readonly #place = element("div", { class: "run solution-asked" });
    readonly #title: string;
    #asked = false;

    constructor(exercise: HTMLElement, title: string) {
        this.#title = title;
        this.#folded = exercise.querySelector<HTMLElement>("details.solution");
        this.#folded?.before(this.#place);
        this.passed(false);
    }

    /** Shows it if they have passed; else it is asked for. */
    passed(passed: boolean): void {
        const open = passed || this.#asked;
        if (this.#folded) this.#folded.hidden = !open;
        if (open) this.#place.replaceChildren();
        else if (!this.#place.hasChildNodes()) this.#offer(false);
    }

    /** Unfolds it. */
    unfold(): void {
        if (this.#folded instanceof HTMLDetailsElement) this.#folded.open = true;
    }

    #offer(focused: boolean): void {
        const button = element("button", { type: "button", "aria-label": `Show the solution: ${this.#title}` }, "Show the solution");
        button.addEventListener("click", () => this.#confirm());
        this.#place.replaceChildren(element("p", {}, button));
        if (focused) button.focus();
    }

    #confirm(): void {
        const id = `${this.#folded?.id || this.#title.replace(/\W+/g, "-")}-confirm`;
        const show = element("button", { type: "button" }, "Show it");
        const leave = element("button", { type: "button" }, "Not yet");
        const question = element("span", { id }, "It has not passed yet. Show the solution all the same?");
        show.addEventListener("click", () => {
            this.#asked = true;
            this.passed(false);
            this.unfold();
            this.#folded?.querySelector("summary")?.focus();
        });
        leave.addEventListener("click", () => this.#offer(true));
        this.#place.replaceChildren(element("p", { role: "group", "aria-labelledby": id }, question, " ", show, " ", leave));
        leave.focus();
    }
}
