import assert from "node:assert/strict";
import test from "node:test";
import { sign, words } from "./words.ts";

test("a run says where it is", () => {
    assert.equal(words({ kind: "queued", place: 1 }, "6.1"), "Next in the queue.");
    assert.equal(words({ kind: "queued", place: 3 }, "6.1"), "Number 3 in the queue.");
    assert.equal(words({ kind: "step", text: "it runs" }, "6.1"), "On Linux 6.1: it runs.");
    assert.equal(words({ kind: "output", text: "a\n" }, "6.1"), undefined);
    assert.equal(words({ kind: "ended", how: "same", difference: [] }, "6.1"), "It printed what the page shows.");
});

test("a difference is marked by signs and words, not by colour alone", () => {
    assert.deepEqual(["-", "+", " ", "@"].map((one) => sign(one).text), ["−", "+", " ", ""]);
    assert.deepEqual(["-", "+", " "].map((one) => sign(one).spoken), ["expected: ", "printed: ", ""]);
});
