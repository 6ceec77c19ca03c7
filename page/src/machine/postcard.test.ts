import assert from "node:assert";
import { test } from "node:test";
import { Reader, Writer } from "./postcard.ts";

test("a number takes a byte for each 7 bits", () => {
    assert.deepEqual([...new Writer().number(0).number(127).number(128).number(0xffff_ffff).done()], [
        0, 0x7f, 0x80, 1, 0xff, 0xff, 0xff, 0xff, 0x0f,
    ]);
});

test("what is written is read again", () => {
    const reader = new Reader(new Writer().signed(-1).signed(64).text("Grüße").number(2 ** 40).done());
    assert.deepEqual([reader.signed(), reader.signed(), reader.text(), reader.number()], [-1, 64, "Grüße", 2 ** 40]);
});

test("what is cut short is no message", () => {
    const bytes = new Writer().text("hello").done();
    for (const end of [0, 1, 5]) assert.throws(() => new Reader(bytes.subarray(0, end)).text(), RangeError);
});
