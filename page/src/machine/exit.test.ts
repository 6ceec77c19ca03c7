import assert from "node:assert/strict";
import test from "node:test";
import { spoken } from "./exit.ts";

test("an end is said in words", () => {
    const ends = [{ code: 0 }, { signal: 9 }, { signal: 11 }, { signal: 31 }, { signal: 40 }].map(spoken);
    assert.deepEqual(ends, ["exit status 0", "killed by SIGKILL", "killed by SIGSEGV", "killed by SIGSYS", "killed by signal 40"]);
});
