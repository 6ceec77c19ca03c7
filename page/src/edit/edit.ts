// Edit: a listing that is cut from a lesson or a module opens as an editor of the whole file, which runs with what the reader has
// changed.

import { announce } from "../announce.ts";
import { element } from "../element.ts";
import { mayRun } from "../served.ts";
import { changed, watchChange } from "./changes.ts";
import { Desk, type Listing } from "./desk.ts";

/** One editor for each file: it opens where the reader last asked for it. */
const desks = new Map<string, Desk>();

/** Of each file: what says at each of its listings whether it is changed. */
const notes = new Map<string, (() => void)[]>();

/** Offers an editor at each listing that may be changed. */
export function edits(): void {
    if (!mayRun()) return;
    const outputs = [...document.querySelectorAll<HTMLElement>("main figure.output[data-scene]")];
    for (const figure of document.querySelectorAll<HTMLElement>("main figure.listing[data-file]")) {
        const { slug = "", file = "", lines = "" } = figure.dataset;
        const [from, to] = lines.split("-").map(Number);
        const isBefore = (output: HTMLElement) =>
            (output.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
        offer({
            figure,
            slug,
            file,
            lines: from !== undefined && to !== undefined && from > 0 ? { from, to } : undefined,
            outputs: outputs.map(({ dataset: { scene = "", part } }) => ({ scene, part })),
            before: outputs.filter(isBefore).length,
        });
    }
}

function offer(listing: Listing): void {
    const { figure, file, lines } = listing;
    const where = lines ? `${file}, lines ${lines.from} to ${lines.to}` : file;
    const button = element("button", { type: "button", class: "covering", "aria-expanded": "false", "aria-label": `Edit: ${where}` }, "Edit");
    const note = element("span", { class: "changed" });
    const say = () => note.replaceChildren(changed(file) ? " · changed by you" : "");
    say();
    watchChange(file, say);
    notes.set(file, [...(notes.get(file) ?? []), say]);
    const tell = () => notes.get(file)?.forEach((say) => say());
    figure.querySelector("figcaption")?.append(element("span", { class: "offer" }, " · ", button, note));
    let opening = false;
    const closed = () => {
        desks.delete(file);
        button.setAttribute("aria-expanded", "false");
        tell();
    };
    const leave = () => {
        announce(`The editor of ${file} is closed`);
        button.focus();
    };
    const open = async () => {
        desks.get(file)?.close();
        try {
            desks.set(file, await Desk.open(listing, { tell, closed, leave }));
            button.setAttribute("aria-expanded", "true");
        } catch (error) {
            const why = error instanceof Error ? error.message : String(error);
            announce(why);
            note.replaceChildren(` · ${why}`);
        }
    };
    button.addEventListener("click", () => {
        const there = desks.get(file);
        if (there?.figure === figure) there.focus();
        else if (!opening) {
            opening = true;
            void open().finally(() => (opening = false));
        }
    });
}
