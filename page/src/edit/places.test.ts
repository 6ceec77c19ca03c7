import assert from "node:assert/strict";
import test from "node:test";
import { type Lines, offset, range } from "./places.ts";

function lines(text: string): Lines {
    const all = text.split("\n");
    return {
        lines: all.length,
        line: (number) => {
            const from = all.slice(0, number - 1).reduce((sum, line) => sum + line.length + 1, 0);
            const found = all[number - 1] ?? "";
            return { from, to: from + found.length, text: found };
        },
    };
}

const error = { severity: "error", message: "" } as const;

test("a place outside of the text is moved inside", () => {
    const text = lines("ab\ncd");
    assert.deepEqual([offset(text, 1, 1), offset(text, 2, 2), offset(text, 9, 9), offset(text, 0, 0)], [0, 4, 5, 0]);
});

test("columns count characters, also those that are two units", () => {
    assert.equal(offset(lines("// 🦀 x"), 1, 6), 6);
});

test("what has no end is as long as its word", () => {
    const text = lines("let total = 1;\n");
    const length = (column: number, line = 1) => {
        const { from, to } = range(text, { line, column, ...error });
        return to - from;
    };
    assert.deepEqual([length(5), length(11), length(14)], [5, 1, 1]);
    assert.equal(length(15), 1, "at the end of a line it is the last character");
    assert.equal(length(1, 2), 0, "in an empty line there is nothing");
});

test("what has an end reaches to it, over lines too", () => {
    const text = lines("one\ntwo");
    assert.deepEqual(range(text, { line: 1, column: 2, endLine: 2, endColumn: 3, ...error }), { from: 1, to: 6 });
});
