// One quiet line at the edge of the page.

import { element } from "../element.ts";

let line: HTMLElement | undefined;

/** Says this; an empty text takes the line away. */
export function status(text: string): void {
    line ??= document.body.appendChild(element("p", { class: "lab-status", role: "status", "aria-live": "polite" }));
    if (line.textContent !== text) line.textContent = text;
}
