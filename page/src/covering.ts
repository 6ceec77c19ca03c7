// All covers of a page at once: a button for the reader, and whatever leads straight to an answer.

import type { Cover } from "./cover.ts";
import { element } from "./element.ts";
import { fact } from "./facts.ts";
import { page } from "./page.ts";
import { keep, recall } from "./store.ts";

/** Offers to open and to cover all. Returns what brings the button up to date when one cover has changed. */
export function offerAll(covers: Cover[]): () => void {
    if (covers.length === 0) return () => {};
    const opened = `opened/${page()}`;
    const button = element("button", { type: "button", class: "covering" });
    const update = () => {
        button.textContent = covers.some((cover) => cover.covered) ? "Show all answers" : "Cover answers";
    };
    const openAll = () => {
        for (const cover of covers) cover.open();
        update();
    };
    button.addEventListener("click", () => {
        if (covers.some((cover) => cover.covered)) {
            keep(opened, "all");
            openAll();
        } else {
            keep(opened, "");
            for (const cover of covers) cover.close();
            update();
        }
    });
    fact(button);
    update();
    if (recall(opened)) openAll();
    const arrive = () => {
        for (const cover of led(covers)) cover.open();
        update();
    };
    arrive();
    addEventListener("hashchange", arrive);
    return update;
}

/** The covers that the page's address leads to: by a place in them, or by mdBook's search for words in a section. */
function led(covers: Cover[]): Cover[] {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const words = (new URLSearchParams(location.search).get("highlight") ?? "").toLowerCase().split(" ").filter(Boolean);
    return covers.filter((cover) => {
        if (place && cover.figure.contains(place)) return true;
        const text = cover.text.toLowerCase();
        return words.some((word) => text.includes(word)) && (!place || sectionOf(cover.figure) === sectionOf(place));
    });
}

/** The heading of the first or second level under which a node stands: mdBook's search knows no others. */
function sectionOf(node: Node): Element | undefined {
    const headings = [...document.querySelectorAll("main h1, main h2")];
    const before = headings.filter(
        (heading) =>
            heading.contains(node) || (heading.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0,
    );
    return before.at(-1);
}
