// What a run is said to be doing, and how it ended.

import type { Ended, News } from "./protocol.ts";

const ENDS: Record<Ended["how"], string> = {
    same: "It printed what the page shows.",
    differs: "It printed something else than the page shows:",
    ran: "It ran. On this kernel the page has nothing to compare it with.",
    failed: "It failed.",
    stopped: "Stopped.",
    broken: "The lab could not run it.",
    refused: "It was not run.",
};

/** What the line beside the button says after this news; none: what it said before. */
export function words(news: News, kernel: string): string | undefined {
    switch (news.kind) {
        case "queued":
            return news.place === 1 ? "Next in the queue." : `Number ${news.place} in the queue.`;
        case "step":
            return `On Linux ${kernel}: ${news.text}.`;
        case "ended":
            return ENDS[news.how];
        default:
            return undefined;
    }
}

/** What begins a line of a difference, for the eye and for the ear. */
export function sign(of: string): { text: string; spoken: string } {
    switch (of) {
        case "-":
            return { text: "−", spoken: "expected: " };
        case "+":
            return { text: "+", spoken: "printed: " };
        default:
            return { text: of === "@" ? "" : of, spoken: "" };
    }
}
