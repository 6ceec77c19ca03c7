// The captions of outputs, and the marks on the front page.

import { element } from "../element.ts";
import { caption, marks, type State } from "./state.ts";
import { DIFFERENCE } from "./alert.ts";

/** Brings them up to date. */
export function showCaptions(state: State): void {
    for (const output of document.querySelectorAll<HTMLElement>("figure.output[data-scene]")) {
        const trials = state.scenes[output.dataset["scene"] ?? ""];
        const known = output.querySelector<HTMLElement>(".known");
        if (!trials || !known) continue;
        const { text, wrong } = caption(trials, Date.now() / 1000);
        if (known.textContent === text) continue;
        known.classList.toggle("wrong", wrong);
        known.replaceChildren(wrong ? element("a", { href: `#${DIFFERENCE}` }, text) : text);
        // "stored" is said of an output that nothing is known of.
        const before = known.previousSibling;
        const checked = text !== "not yet checked here";
        if (before instanceof Text) before.data = checked ? "output, " : "output, stored; ";
    }
    for (const place of document.querySelectorAll<HTMLElement>(".kernels[data-scene]")) {
        const name = place.dataset["scene"] ?? "";
        const scenes = [state.scenes[name], state.scenes[`${name}-crash`]].filter((trials) => trials !== undefined);
        const text = marks(scenes);
        if (scenes.length > 0 && place.textContent !== text) place.textContent = text;
    }
}
