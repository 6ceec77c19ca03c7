// What is said of a check and of the reader's copy.

import { standing } from "../run/words.ts";
import type { Ended, News } from "./protocol.ts";

const ENDS: Record<Ended["how"], string> = {
    same: "Passed.",
    failed: "Not yet.",
    stopped: "Stopped.",
    broken: "The lab could not check it.",
    refused: "It was not checked.",
};

/** What the line beside the buttons says after this news; none: what it said before. */
export function words(news: News, kernel: string): string | undefined {
    switch (news.kind) {
        case "queued":
        case "step":
            return standing(news, kernel);
        case "ended":
            return ENDS[news.how];
        case "aside":
            return `What you had is in ${news.path}.`;
        case "trouble":
        case "refused":
            return news.why;
        default:
            return undefined;
    }
}

/** How far the reader is with a chapter. */
export interface Practised {
    passed: number;
    of: number;
}

/** The same for the eye, in little room, and for the ear. */
export function practised({ passed, of }: Practised): { shown: string; spoken: string } {
    const noun = of === 1 ? "exercise" : "exercises";
    return { shown: `${passed}/${of}${passed === of ? " ✓" : ""}`, spoken: `${passed} of ${of} ${noun} passed` };
}
