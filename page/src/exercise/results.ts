// What came of a check, below its buttons.

import { element } from "../element.ts";
import { keepKeys } from "../keys.ts";
import { mark as markScrollable } from "../scroll.ts";
import type { Diagnostic } from "../edit/editor.ts";
import type { Ended } from "./protocol.ts";

/** Shows it in `host`, in place of what was there. A place that is named leads there. */
export function show(host: HTMLElement, ended: Ended, goTo: (place: Diagnostic) => void): void {
    host.replaceChildren();
    const block = (text: string | null | undefined, kind: string, label: string) => {
        if (!text?.trim()) return;
        if (kind !== "why") host.append(element("p", {}, label));
        const made = element("pre", { class: kind, "data-label": label }, `${text.trimEnd()}\n`);
        keepKeys(made);
        host.append(made);
        markScrollable(made);
    };
    block(ended.why, "why", "what was found");
    if (ended.marks.length > 0) {
        const places = ended.marks.map((mark) => {
            const button = element("button", { type: "button" }, `Line ${mark.line}: ${mark.message}`);
            button.addEventListener("click", () => goTo(mark));
            return element("li", {}, button);
        });
        host.append(element("ul", { class: "places", "aria-label": "places in your file" }, ...places));
    }
    block(ended.warnings, "why warned", "The compiler warns:");
    block(ended.printed, "printed", "It printed:");
    if (ended.done) host.append(html(ended.done));
}

/** What the server has made of the course's own Markdown. */
export function html(text: string): HTMLElement {
    const made = element("div", { class: "said" });
    made.innerHTML = text;
    return made;
}
