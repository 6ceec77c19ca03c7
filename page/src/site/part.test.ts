import assert from "node:assert/strict";
import test from "node:test";
import { Cut, select } from "./part.ts";

const OUTPUT = "== one\na\n\n== two\nb\n";

test("a part ends where the next begins", () => {
    assert.equal(select(OUTPUT, "one"), "a\n");
    assert.equal(select(OUTPUT, "two"), "b\n");
    assert.equal(select(OUTPUT), OUTPUT);
    assert.equal(select(OUTPUT, "three"), undefined);
});

test("a part is cut out of what comes in any pieces", () => {
    const output = "before\n\n== one\nä\n\n\nb\n\n== two\nc\nd";
    for (const title of [undefined, "one", "two"]) {
        for (let size = 1; size < 8; size++) {
            const cut = new Cut(title);
            let text = "";
            for (let at = 0; at < output.length; at += size) text += cut.feed(output.slice(at, at + size));
            text += cut.finish();
            assert.equal(text, select(output, title), `${title} by ${size}`);
        }
    }
});
