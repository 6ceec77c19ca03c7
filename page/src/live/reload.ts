// A page that was built anew is loaded anew, and the reader finds themselves where they were.

import type { Transcript } from "../run/panel.ts";
import { replay, transcripts } from "../run/run.ts";

interface Place {
    page: string;
    /** The last heading above the upper edge, and how far above it is, in pixels. */
    heading: string;
    offset: number;
    /** The id of what had the focus. */
    focus: string;
    /** The ids of answers that were open. */
    open: string[];
    /** What the page's runs have said. */
    runs: (Transcript | null)[];
}

const KEY = "crossings/place";

/** Loads the page anew. */
export function reload(): void {
    const headings = [...document.querySelectorAll<HTMLElement>("main :is(h1, h2, h3)[id]")];
    const heading = headings.filter((heading) => heading.getBoundingClientRect().top <= 0).at(-1);
    const place: Place = {
        page: location.pathname,
        heading: heading?.id ?? "",
        offset: heading?.getBoundingClientRect().top ?? -scrollY,
        focus: document.activeElement?.id ?? "",
        open: [...document.querySelectorAll("figure.output pre[id]:not([hidden])")].map((answer) => answer.id),
        runs: transcripts(),
    };
    try {
        sessionStorage.setItem(KEY, JSON.stringify(place));
    } catch {
        // Then the browser finds the place as well as it can.
    }
    location.reload();
}

/** After that: goes where the reader was. */
export function goBack(): void {
    let place: Place;
    try {
        place = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
        sessionStorage.removeItem(KEY);
    } catch {
        return;
    }
    if (place?.page !== location.pathname) return;
    history.scrollRestoration = "manual";
    // They open as if the browser's own search had found something in them.
    for (const answer of place.open) document.getElementById(answer)?.dispatchEvent(new Event("beforematch"));
    replay(place.runs);
    if (place.focus) document.getElementById(place.focus)?.focus({ preventScroll: true });
    const heading = document.getElementById(place.heading);
    scrollTo(0, heading ? heading.getBoundingClientRect().top + scrollY - place.offset : -place.offset);
    addEventListener("pagehide", () => (history.scrollRestoration = "auto"));
}
