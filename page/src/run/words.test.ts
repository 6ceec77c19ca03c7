import assert from "node:assert/strict";
import test from "node:test";
import type { Ended, How } from "./protocol.ts";
import { sign, spoken, words } from "./words.ts";

test("a run says where it is", () => {
    assert.equal(words({ kind: "queued", place: 1 }, "6.1"), "Next in the queue.");
    assert.equal(words({ kind: "queued", place: 3 }, "6.1"), "Number 3 in the queue.");
    assert.equal(words({ kind: "step", text: "it runs" }, "6.1"), "On Linux 6.1: it runs.");
    assert.equal(words({ kind: "output", text: "a\n" }, "6.1"), undefined);
    assert.equal(words({ kind: "ended", how: "same", difference: [] }, "6.1"), "It printed what the page shows.");
});

test("a difference is marked by signs and words, not by colour alone", () => {
    assert.deepEqual(["-", "+", " ", "@"].map((one) => sign(one).text), ["−", "+", " ", ""]);
    assert.deepEqual(["-", "+", " "].map((one) => sign(one).side), [0, 1, undefined]);
});

test("what a reader has changed is said to be theirs", () => {
    const ended = (how: How): Ended => ({ kind: "ended", how, difference: [] });
    assert.equal(words(ended("differs"), "6.1", true), "With your change it printed something else than the page shows:");
    assert.equal(words(ended("unbuilt"), "6.1", true), "A compiler refuses your change:");
    assert.equal(words(ended("stopped"), "6.1", true), "Stopped.");
});

test("a compiler's message says where", () => {
    const said = { file: "kmods/x/x.c", line: 3, column: 9, endLine: 3, endColumn: 10, severity: "error", message: "no" } as const;
    assert.equal(spoken(said), "kmods/x/x.c, line 3, column 9: error: no");
});
