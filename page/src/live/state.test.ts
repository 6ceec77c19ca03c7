import assert from "node:assert/strict";
import test from "node:test";
import { ago, caption, differences, marks, progress, type Trials } from "./state.ts";

const NOW = 1_764_000_000;
const passed = (seconds: number) => ({ state: "passed", at: NOW - seconds }) as const;

test("a caption says what is known of an output", () => {
    const cases: [Trials, string][] = [
        [{ "6.12": { state: "waiting" }, "6.1": { state: "waiting" } }, "not yet checked here"],
        [{ "6.12": { state: "running" }, "6.1": { state: "waiting" } }, "running now"],
        [{ "6.12": passed(5), "6.1": { state: "waiting" } }, "checked here a moment ago on Linux 6.12"],
        [{ "6.12": passed(5), "6.1": { state: "running" } }, "checked here a moment ago on Linux 6.12; running now on Linux 6.1"],
        [{ "6.1": passed(300), "6.12": passed(200) }, "checked here 3 minutes ago on Linux 6.12 and 6.1"],
        [{ "6.12": { state: "passed" } }, "checked here on Linux 6.12"],
        [{ "6.12": passed(5), "6.1": { state: "failed" } }, "differs here on Linux 6.1"],
        [{ "6.12": { state: "broken" } }, "could not be checked here on Linux 6.12"],
    ];
    for (const [trials, text] of cases) assert.equal(caption(trials, NOW).text, text);
});

test("time passes", () => {
    assert.deepEqual([0, 60, 7200, 86400].map(ago), ["a moment ago", "1 minute ago", "2 hours ago", "1 day ago"]);
});

test("a chapter is marked by the worst of its scenes", () => {
    const story: Trials = { "6.1": passed(1), "6.12": passed(1) };
    assert.equal(marks([story]), "Linux 6.12 ✓, Linux 6.1 ✓");
    assert.equal(marks([story, { "6.12": { state: "failed" }, "6.1": { state: "running" } }]), "Linux 6.12 ✗ differs, Linux 6.1 runs now");
    assert.equal(marks([story, { "6.12": { state: "waiting" } }]), "Linux 6.12, Linux 6.1 ✓");
});

test("a difference that two kernels share is said once", () => {
    const failed = { state: "failed", why: "- 3\n+ 4" } as const;
    const scenes = { ioctl: { "6.12": failed, "6.1": failed }, other: { "6.12": failed } };
    assert.deepEqual(differences(scenes, ["ioctl"]), [
        { title: "What ioctl prints here on Linux 6.12 and 6.1 differs from this page", why: "- 3\n+ 4" },
    ]);
});

test("the line counts, and says what keeps the pages old", () => {
    const state = { kind: "state", version: 1, left: 12, scenes: {}, step: null, trouble: null } as const;
    assert.equal(progress(state), "checking the lessons: 12 left");
    assert.equal(progress({ ...state, step: "booting Linux 6.12" }), "checking the lessons: 12 left; booting Linux 6.12");
    assert.equal(progress({ ...state, left: 0 }), "");
    assert.equal(
        progress({ ...state, trouble: "mdbook build complains\n[ERROR] x" }),
        "the pages are older than their sources: mdbook build complains",
    );
});
