import assert from "node:assert/strict";
import test from "node:test";
import { moved, read } from "./changes.ts";

test("what something else has left in the store is no change", () => {
    for (const kept of ["", "text", "{}", "null", '{"base": 1, "text": "x"}']) assert.equal(read(kept), undefined, kept);
    assert.deepEqual(read('{"base": "a", "text": ""}'), { base: "a", text: "" });
});

test("lines move with what is changed before them, and not with what is changed after", () => {
    const original = "1\n2\n3\n4\n5\n6";
    const lines = { from: 3, to: 4 };
    assert.deepEqual(moved(lines, original, original), lines);
    assert.deepEqual(moved(lines, original, "1\nnew\n2\n3\n4\n5\n6"), { from: 4, to: 5 });
    assert.deepEqual(moved(lines, original, "1\n2\n3\n4\n5\nnew\n6"), lines);
    assert.deepEqual(moved(lines, original, "2\n3\n4\n5\n6"), { from: 2, to: 3 });
});

test("lines that are changed themselves take what they have become", () => {
    const original = "1\n2\n3\n4\n5\n6";
    assert.deepEqual(moved({ from: 3, to: 4 }, original, "1\n2\nthree\nmore\n4\n5\n6"), { from: 3, to: 5 });
    assert.deepEqual(moved({ from: 3, to: 4 }, original, "1\n2\n5\n6"), { from: 3, to: 3 });
});
