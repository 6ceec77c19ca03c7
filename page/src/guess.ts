// What a reader has written down before an answer.

import { element } from "./element.ts";
import { keepKeys } from "./keys.ts";
import { keep, recall, watch } from "./store.ts";

let fields = 0;

/** A guess, and every place on the page that shows it. */
export class Guess {
    readonly #key: string;
    readonly #shown: ((text: string) => void)[] = [];
    #text: string;

    constructor(box: string) {
        this.#key = `guess/${box}`;
        this.#text = recall(this.#key);
        watch(this.#key, (text) => this.#changed(text));
    }

    get text(): string {
        return this.#text;
    }

    /** Calls `show` with what is written, now and whenever that changes. */
    follow(show: (text: string) => void): void {
        this.#shown.push(show);
        show(this.#text);
    }

    #changed(text: string): void {
        this.#text = text;
        for (const show of this.#shown) show(text);
    }

    /** A line to write it in. */
    field(label: string): HTMLElement {
        const id = `guess-${++fields}`;
        const area = element("textarea", { id, rows: 1, placeholder: " ", spellcheck: "false" });
        keepKeys(area);
        area.addEventListener("input", () => {
            keep(this.#key, area.value);
            this.#changed(area.value);
        });
        this.follow((text) => {
            if (area.value !== text) area.value = text;
        });
        return element("p", { class: "guess" }, element("label", { for: id }, label), area);
    }

    /** A line that shows it, and that is not there while there is none. */
    line(label: string): HTMLElement {
        const text = element("q");
        const line = element("p", { class: "guessed" }, `${label} `, text);
        this.follow((written) => {
            text.textContent = written.trim();
            line.hidden = written.trim() === "";
        });
        return line;
    }
}
