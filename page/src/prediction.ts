// Predictions: each question gets a line for the reader's guess, and the output that answers it is covered.

import type { Box } from "./box.ts";
import { Cover } from "./cover.ts";
import { Guess } from "./guess.ts";
import { offerAll } from "./covering.ts";

/** Works all boxes that ask and answer. */
export function predictions(boxes: Box[]): void {
    const outputs = [...document.querySelectorAll<HTMLElement>("main figure.output")];
    const covers = new Map<HTMLElement, Cover>();
    const opening = new Map<string, Guess>();
    const answering = (box: Box): Cover | undefined => {
        const output = outputs.find((output) => follows(output, box.element));
        const answer = output?.querySelector<HTMLElement>("pre");
        if (!output || !answer) return undefined;
        const cover = covers.get(output) ?? new Cover(output, answer, () => update());
        covers.set(output, cover);
        return cover;
    };
    for (const box of boxes) {
        if (box.kind === "predict") {
            const guess = new Guess(box.key);
            box.element.classList.add("predict");
            box.element.append(guess.field("Your guess"));
            if (box.number) opening.set(box.number, guess);
            else answering(box)?.put(guess.line("Your guess:"));
        } else if (box.kind === "answer") {
            box.element.classList.add("predict");
            const guess = opening.get(box.number ?? "");
            if (guess) box.element.append(...shown(guess));
            answering(box);
        }
    }
    const update = offerAll([...covers.values()]);
}

/** The guess at its answer; where there is none, the line to write it in. It stays while the reader writes there. */
function shown(guess: Guess): HTMLElement[] {
    const [line, field] = [guess.line("Your guess:"), guess.field("Your guess")];
    const choose = () => {
        const written = guess.text.trim() !== "" && !field.contains(document.activeElement);
        line.hidden = !written;
        field.hidden = written;
    };
    guess.follow(choose);
    field.addEventListener("focusout", () => setTimeout(choose));
    return [line, field];
}

function follows(later: Node, earlier: Node): boolean {
    return (earlier.compareDocumentPosition(later) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
}
