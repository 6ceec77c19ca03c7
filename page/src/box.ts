// The reader's boxes: blockquotes that begin with bold words which say what they are.

import { hash } from "./hash.ts";

export type Kind = "predict" | "answer" | "quiz";

export interface Box {
    kind: Kind;
    /** Of the questions at the beginning of a chapter, which it is. The others have none. */
    number: string | undefined;
    element: HTMLElement;
    /** Names it in the store: it is made of the chapter's title and of what the box says. */
    key: string;
}

/** What the bold words at the beginning of a box make of it. */
export function kindOf(words: string): { kind: Kind; number: string | undefined } | undefined {
    const [, predict, guess, answer, quiz] = /^(?:(Predict)(?: (\d+))?|Your answer (\d+)|(Quiz))\.$/.exec(words.trim()) ?? [];
    if (predict) return { kind: "predict", number: guess };
    if (answer) return { kind: "answer", number: answer };
    return quiz ? { kind: "quiz", number: undefined } : undefined;
}

/** All boxes of the page in their order. */
export function boxes(): Box[] {
    const found: Box[] = [];
    let chapter = "";
    for (const element of document.querySelectorAll<HTMLElement>("main h1, main blockquote")) {
        if (element.matches("h1")) {
            chapter = element.textContent;
            continue;
        }
        const first = element.querySelector(":scope > p:first-child > strong:first-child");
        const kind = first && kindOf(first.textContent);
        if (kind) found.push({ ...kind, element, key: hash(`${chapter}\n${element.textContent}`) });
    }
    return found;
}
