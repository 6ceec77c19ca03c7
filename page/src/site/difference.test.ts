import assert from "node:assert/strict";
import test from "node:test";
import { difference } from "./difference.ts";

/** As one reads it. */
const text = (expected: string, printed: string) => difference(expected, printed).map(({ sign, text }) => `${sign} ${text}`);

test("the form is that of diff", () => {
    assert.deepEqual(text("one\n\ntwo\n", "one\n\nthree\n"), ["@ @@ -1,3 +1,3 @@", "  one", "  ", "- two", "+ three"]);
    assert.deepEqual(text("one\n", "one\ntwo\n"), ["@ @@ -1 +1,2 @@", "  one", "+ two"]);
    assert.deepEqual(text("", "one\n"), ["@ @@ -0,0 +1 @@", "+ one"]);
    assert.deepEqual(text("one\n", "one\n"), []);
});

test("what cannot be seen is spelled out", () => {
    assert.deepEqual(text("a\n", "a"), ["@ @@ -1 +1 @@", "- a", "+ a   (no newline at the end)"]);
    assert.deepEqual(text("a\n", "a \n"), ["@ @@ -1 +1 @@", "- a", '+ "a "']);
});

test("two lines surround a change, and changes that share them are one", () => {
    const numbered = (changed: number[]) =>
        Array.from({ length: 20 }, (_, place) => `${place + 1}${changed.includes(place + 1) ? "!" : ""}\n`).join("");
    const heads = (changed: number[]) => text(numbered([]), numbered(changed)).filter((line) => line.startsWith("@"));
    assert.deepEqual(heads([1]), ["@ @@ -1,3 +1,3 @@"]);
    assert.deepEqual(heads([5, 10]), ["@ @@ -3,10 +3,10 @@"]);
    assert.deepEqual(heads([5, 11]), ["@ @@ -3,5 +3,5 @@", "@ @@ -9,5 +9,5 @@"]);
});

test("an endless difference is cut", () => {
    const lines = difference("", "x\n".repeat(1000));
    assert.equal(lines.length, 62);
    assert.deepEqual(lines.at(-1), { sign: "…", text: "and more" });
});
