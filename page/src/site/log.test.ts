import assert from "node:assert/strict";
import test from "node:test";
import { KernelLog } from "./log.ts";

test("lines are told whole, without their time stamps", () => {
    const told: string[] = [];
    const log = new KernelLog((text) => told.push(text));
    for (const byte of "[    1.5] one\r\n[    1.6] two\r\nthr") log.hear(byte);
    assert.deepEqual(told, ["one\n", "two\n"]);
    assert.equal(log.text, "[    1.5] one\n[    1.6] two\n");
});

test("a panic is the end", async () => {
    const log = new KernelLog(() => {});
    log.hear("[    1.5] Kernel panic - not syncing: enough\n");
    await assert.rejects(log.panic, /Kernel panic - not syncing: enough\nThe kernel is gone/);
});

test("an endless log is cut", () => {
    const told: string[] = [];
    const log = new KernelLog((text) => told.push(text));
    for (let line = 0; line < 40_000; line++) log.hear("as long as this\n");
    assert.equal(told.at(-1), "… and more\n");
    assert.ok(told.length < 20_000);
    assert.equal(log.text.length, 40_000 * 16);
});
