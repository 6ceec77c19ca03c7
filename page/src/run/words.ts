// What a run is said to be doing, and how it ended.

import type { Ended, News, Said } from "./protocol.ts";

const ENDS: Record<Ended["how"], string> = {
    same: "It printed what the page shows.",
    other: "It printed what is right on a 32-bit kernel. The page shows what a 64-bit one prints:",
    differs: "It printed something else than the page shows:",
    ran: "It ran. On this kernel the page has nothing to compare it with.",
    failed: "It failed.",
    unbuilt: "A compiler refuses it:",
    stopped: "Stopped.",
    broken: "The lab could not run it.",
    refused: "It was not run.",
};

/** The same where the reader has changed something. */
const CHANGED: Partial<typeof ENDS> = {
    same: "With your change it printed what the page shows.",
    differs: "With your change it printed something else than the page shows:",
    ran: "It ran with your change. On this kernel the page has nothing to compare it with.",
    failed: "With your change it failed.",
    unbuilt: "A compiler refuses your change:",
};

/** Where something is that the lab does: waiting, or on the way. */
type Standing = Extract<News, { kind: "queued" | "step" }>;

/** Says it. */
export function standing(news: Standing, kernel: string): string {
    if (news.kind === "step") return `On Linux ${kernel}: ${news.text}.`;
    return news.place === 1 ? "Next in the queue." : `Number ${news.place} in the queue.`;
}

/** What the line beside the button says after this news; none: what it said before. */
export function words(news: News, kernel: string, isChanged = false): string | undefined {
    switch (news.kind) {
        case "queued":
        case "step":
            return standing(news, kernel);
        case "ended":
            return (isChanged ? CHANGED[news.how] : undefined) ?? ENDS[news.how];
        default:
            return undefined;
    }
}

/** A compiler's message with its place, as one says it. */
export function spoken({ file, line, column, severity, message }: Said): string {
    return `${file}, line ${line}, column ${column}: ${severity}: ${message}`;
}

/** What begins a line of a difference, and to which of the two sides it belongs: the first or the second. */
export function sign(of: string): { text: string; side?: 0 | 1 } {
    switch (of) {
        case "-":
            return { text: "−", side: 0 };
        case "+":
            return { text: "+", side: 1 };
        default:
            return { text: of === "@" ? "" : of };
    }
}
