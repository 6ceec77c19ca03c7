// One box under the title with what differs here: it is the same for all outputs of a lesson.

import { element } from "../element.ts";
import { differences, type State } from "./state.ts";

/** The box's id, which captions link to. */
export const DIFFERENCE = "difference";

/** Shows what went wrong with the scenes of this page, or takes the box away. */
export function showDifferences(state: State): void {
    const outputs = [...document.querySelectorAll<HTMLElement>("figure.output[data-scene]")];
    const names = [...new Set(outputs.map((output) => output.dataset["scene"] ?? ""))];
    const found = differences(state.scenes, names);
    const before = document.getElementById(DIFFERENCE);
    if (found.length === 0) {
        before?.remove();
        return;
    }
    const said = JSON.stringify(found);
    if (before?.dataset["said"] === said) return;
    const box = before ?? element("div", { id: DIFFERENCE, class: "difference", role: "alert", tabindex: -1 });
    if (!before) (document.querySelector("main .facts") ?? document.querySelector("main h1"))?.after(box);
    box.dataset["said"] = said;
    box.replaceChildren(
        ...found.flatMap(({ title, why }) => [element("p", {}, element("strong", {}, `${title}.`)), element("pre", {}, why)]),
    );
}
