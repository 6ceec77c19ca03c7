import assert from "node:assert/strict";
import test from "node:test";
import { commands } from "./commands.ts";

test("commands lose their prompt, and what they printed is left out", () => {
    assert.equal(commands("$ cargo lab run ioctl\nok     ioctl\n\n$ ls\n"), "cargo lab run ioctl\nls\n");
});

test("a command goes on in the next line", () => {
    assert.equal(commands("$ printf '%s' \\\n>     a\na\n"), "printf '%s' \\\n    a\n");
});

test("a dollar in an output is no prompt", () => {
    assert.equal(commands("$ echo '$ '\n$5\n"), "echo '$ '\n");
});
