// Where in a text a compiler means: its lines and columns, as distances from the start of the text.

import type { Diagnostic } from "./editor.ts";

/** The lines of a text, as far as this needs to know them. CodeMirror's `Text` is one. */
export interface Lines {
    readonly lines: number;
    line(number: number): { from: number; to: number; text: string };
}

export interface Range {
    from: number;
    to: number;
}

/** A place: columns count characters, and JavaScript's strings have two units for some. What is outside is moved inside. */
export function offset(text: Lines, line: number, column: number): number {
    const found = text.line(Math.min(Math.max(line, 1), text.lines));
    const before = [...found.text].slice(0, Math.max(column - 1, 0)).join("");
    return found.from + before.length;
}

/** What is to be underlined: at least one character, a whole word if the compiler names only its start. */
export function range(text: Lines, { line, column, endLine, endColumn }: Diagnostic): Range {
    const from = offset(text, line, column);
    if (endColumn !== undefined) {
        const to = offset(text, endLine ?? line, endColumn);
        if (to > from) return { from, to };
    }
    const found = text.line(Math.min(Math.max(line, 1), text.lines));
    const word = /^(\w+|.)/u.exec(found.text.slice(from - found.from))?.[0];
    if (word !== undefined) return { from, to: from + word.length };
    return { from: Math.max(found.from, from - 1), to: from };
}
