// The difference between what was expected and what was printed, line by line, as lab/src/report/diff.rs makes it.

import { structuredPatch, type StructuredPatchHunk } from "diff";
import type { Line } from "../run/protocol.ts";

/** The longest difference shown, in lines. */
const LINES = 60;

/** Lines that are the same, on either side of a difference that is shown. */
const CONTEXT = 2;

/** A unified difference, in so many lines as one can read; empty if the texts are the same. */
export function difference(expected: string, printed: string): Line[] {
    const lines: Line[] = [];
    let shown = 0;
    for (const hunk of structuredPatch("", "", expected, printed, undefined, undefined, { context: CONTEXT }).hunks) {
        lines.push({ sign: "@", text: head(hunk) });
        for (const [place, line] of hunk.lines.entries()) {
            if (line.startsWith("\\")) continue;
            if (shown === LINES) {
                lines.push({ sign: "…", text: "and more" });
                return lines;
            }
            shown += 1;
            const ending = hunk.lines[place + 1]?.startsWith("\\") ? "   (no newline at the end)" : "";
            lines.push({ sign: line.slice(0, 1), text: visible(line.slice(1)) + ending });
        }
    }
    return lines;
}

/** A line in which what cannot be seen is spelled out. */
function visible(line: string): string {
    return /\s$|\r/.test(line) ? JSON.stringify(line) : line;
}

function head({ oldStart, oldLines, newStart, newLines }: StructuredPatchHunk): string {
    return `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`;
}

/** Lines, as the head of a hunk names them: none stand behind the one that is named. */
function range(start: number, length: number): string {
    if (length === 1) return String(start);
    return `${length === 0 ? start - 1 : start},${length}`;
}
