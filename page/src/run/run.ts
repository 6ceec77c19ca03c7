// The page runs: each output has a button, where `cargo lab serve` serves the page and the reader may, and on a site that runs
// lessons in the reader's browser.

import { element } from "../element.ts";
import { engine } from "../engine.ts";
import { fact, facts } from "../facts.ts";
import { served } from "../served.ts";
import { chooser } from "./kernel.ts";
import { Panel, type Subject, type Transcript } from "./panel.ts";

let panels: Panel[] = [];

export function runs(): void {
    const outputs = [...document.querySelectorAll<HTMLElement>("main figure.output[data-scene]")];
    if (outputs.length === 0) return;
    const there = engine();
    if (!there) {
        if (served()) facts().after(element("p", { class: "facts" }, "To run what this page shows, open the address that the terminal of ",
            element("code", {}, "cargo lab serve"), " printed."));
        return;
    }
    fact(chooser());
    panels = outputs.map((output, place) => new Panel(output, `run-${place + 1}`, subject(output), there));
}

function subject(output: HTMLElement): Subject {
    const { scene = "", part } = output.dataset;
    return {
        name: part ?? scene,
        request: () => ({ scene, ...(part === undefined ? {} : { part }) }),
        // Whoever runs an output wants to see what it should be: it opens as if the browser's own search had found it.
        hear: (news) => {
            if (news.kind === "output") output.querySelector("pre[hidden]")?.dispatchEvent(new Event("beforematch"));
        },
    };
}

/** Told to the window when a shell or an editor is closed, or a check of an exercise has ended. */
export const CLOSED = "crossings:closed";

/** Calls `then` as soon as nothing runs on this page, no exercise is checked, and no shell and no editor is open. */
export function whenIdle(then: () => void): void {
    const tried = () => {
        const busy = document.querySelector(".guest-shell, .edit, .desk[data-busy]");
        if (!panels.some((panel) => panel.runs) && !busy) then();
    };
    for (const panel of panels) panel.onIdle(tried);
    addEventListener(CLOSED, tried);
    tried();
}

/** What the runs of this page have said, by the places of their outputs. */
export const transcripts = (): (Transcript | null)[] => panels.map((panel) => panel.transcript ?? null);

/** Shows them once more. */
export function replay(kept: (Transcript | null)[]): void {
    for (const [place, transcript] of kept.entries()) if (transcript) panels[place]?.replay(transcript);
}
