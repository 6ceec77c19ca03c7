// How far the reader is, beside each chapter in the side bar, and on the front page. It is one record with the terminal's.

import { element } from "../element.ts";
import { practised, type Practised } from "./words.ts";

// mdBook's own script declares this in each page: how one gets from there to the book's root.
declare const path_to_root: string;

/** Brings it up to date. What is known of no chapter is said of none. */
export function showProgress(chapters: Record<string, Practised>): void {
    const all = Object.entries(chapters);
    const links = [...document.querySelectorAll<HTMLAnchorElement>(".sidebar .chapter a[href]")].filter((link) => !link.hash);
    for (const [slug, known] of all) {
        const address = new URL(`${path_to_root}${slug}.html`, location.href).pathname;
        const { shown, spoken } = practised(known);
        for (const link of links.filter((link) => link.pathname === address)) {
            put(link, element("span", { class: "practised" },
                element("span", { "aria-hidden": "true", title: spoken }, shown), element("span", { class: "unseen" }, `, ${spoken}`)));
        }
        const place = document.querySelector<HTMLElement>(`main .exercises[data-chapter="${slug}"]`);
        if (place) put(place, element("span", { class: "practised" }, `, ${known.passed} passed`));
    }
    total(all.map(([, known]) => known));
}

/** Puts it at the end of `host`, in place of the one before. */
function put(host: HTMLElement, mark: HTMLElement): void {
    const before = host.querySelector(":scope > .practised");
    if (before?.textContent === mark.textContent) return;
    before?.remove();
    host.append(mark);
}

/** The sum of all, above the chapters of the front page. */
function total(chapters: Practised[]): void {
    const first = document.querySelector("main .exercises[data-chapter]")?.closest("ul");
    if (!first || chapters.length === 0) return;
    const sum = (part: keyof Practised) => chapters.reduce((sum, chapter) => sum + chapter[part], 0);
    const { spoken } = practised({ passed: sum("passed"), of: sum("of") });
    const line = document.querySelector(".practised-all") ?? element("p", { class: "facts practised-all" });
    line.textContent = `So far: ${spoken}.`;
    const heading = first.previousElementSibling;
    if (!line.isConnected) (heading?.matches("h3") ? heading : first).before(line);
}
