import assert from "node:assert/strict";
import test from "node:test";
import type { Able } from "./description.ts";
import { end, verdict } from "./verdict.ts";

const STORY: Able = { program: "/root/x", expected: "== one\na ≈ …\n\n== two\nb\n", trouble: false };
const WELL = { exit: { code: 0 }, stderr: "", log: "[    1.0] fine\n", trouble: /BUG: / };
const OOPS = "[    1.0] BUG: kernel NULL pointer dereference, address: 00000000\n[    1.0] EIP: f+0x1/0x2 [m]\n";

test("figures are not compared, nor what is not shown", () => {
    assert.deepEqual(verdict(STORY, "one", WELL, "a ≈ 3 ns\n", "a ≈ 5 ns\n"), { kind: "ended", how: "same", difference: [] });
    assert.equal(verdict(STORY, undefined, WELL, "== one\na ≈ 3 ns\n\n== two\nb\n", undefined).how, "same");
});

test("a difference is shown", () => {
    const { how, difference } = verdict(STORY, "two", WELL, "c\n", "b\n");
    assert.equal(how, "differs");
    assert.deepEqual(difference.slice(1), [{ sign: "-", text: "b" }, { sign: "+", text: "c" }]);
});

test("what a 32-bit kernel rightly prints is not said to be what the page shows", () => {
    const { how, difference } = verdict(STORY, "two", WELL, "b\n", "B\n");
    assert.equal(how, "other");
    assert.deepEqual(difference.slice(1), [{ sign: "-", text: "B" }, { sign: "+", text: "b" }]);
});

test("a program that fails says how, and trouble in the kernel is one", () => {
    const failed = verdict(STORY, "two", { ...WELL, exit: { code: 1 }, stderr: "no such\n" }, "", "b\n");
    assert.deepEqual([failed.how, failed.why], ["failed", "exit status 1\nno such"]);
    const oopsed = verdict(STORY, "two", { ...WELL, log: OOPS }, "b\n", "b\n");
    assert.equal(oopsed.how, "failed");
    assert.match(oopsed.why ?? "", /NULL pointer dereference.*\n {2}EIP: f/);
});

test("a crash is meant to be one", () => {
    const crash: Able = { program: "/root/crash", expected: null, trouble: true };
    const played = { ...WELL, exit: { signal: 9 }, log: OOPS };
    assert.equal(verdict(crash, undefined, played, "", undefined).how, "ran");
    assert.equal(verdict(crash, undefined, { ...played, log: "" }, "", undefined).how, "failed");
    assert.equal(end(played), "the program: killed by SIGKILL\n\nBUG: kernel NULL pointer dereference, address: …\nEIP: f+… [m]\n");
});
