import assert from "node:assert/strict";
import test from "node:test";
import { practised, words } from "./words.ts";

test("a check says where it is", () => {
    assert.equal(words({ kind: "queued", place: 1 }, "6.1"), "Next in the queue.");
    assert.equal(words({ kind: "step", text: "it is checked" }, "6.1"), "On Linux 6.1: it is checked.");
    assert.equal(words({ kind: "ended", how: "failed", marks: [], warnings: "", printed: "" }, "6.1"), "Not yet.");
    assert.equal(words({ kind: "saved", hash: "0" }, "6.1"), undefined);
});

test("how far the reader is has few letters for the eye, and words for the ear", () => {
    assert.deepEqual(practised({ passed: 1, of: 3 }), { shown: "1/3", spoken: "1 of 3 exercises passed" });
    assert.deepEqual(practised({ passed: 1, of: 1 }), { shown: "1/1 ✓", spoken: "1 of 1 exercise passed" });
});
