import assert from "node:assert/strict";
import test from "node:test";
import { choices } from "./outputs.ts";

const OUTPUTS = [{ scene: "x", part: "one" }, { scene: "x", part: "two" }, { scene: "y", part: "other" }, { scene: "x-crash" }];

const meant = (file: string, before: number, outputs = OUTPUTS) => {
    const { all, meant } = choices("x", file, outputs, before);
    return all[meant]?.label;
};

test("a listing is meant for the output that follows it, else for the one before", () => {
    assert.deepEqual(choices("x", "kmods/x/x.c", OUTPUTS, 0).all.map(({ label }) => label), ["one", "two", "the crash", "all of it"]);
    assert.equal(meant("kmods/x/x.c", 0), "one");
    assert.equal(meant("kmods/x/x.c", 1), "two");
    assert.equal(meant("kmods/x/x.c", 2), "two");
});

test("what crashes the kernel is meant for the crash", () => {
    assert.equal(meant("kmods/x/copied.c", 0), "the crash");
    assert.equal(meant("lessons/x/src/bin/crash.rs", 0), "the crash");
    assert.equal(meant("kmods/x/copied.c", 0, OUTPUTS.slice(0, 2)), "one");
});

test("a file of another lesson's runs as all of that", () => {
    const { all, meant } = choices("z", "kmods/z/z.c", OUTPUTS, 0);
    assert.deepEqual([all.length, all[meant]?.scene, all[meant]?.label], [1, "z", "all of it"]);
});
