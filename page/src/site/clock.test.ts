import assert from "node:assert/strict";
import test from "node:test";
import { Clock } from "./clock.ts";

test("a clock stands while it is stopped", () => {
    let time = 10;
    const clock = new Clock(() => time);
    assert.equal(clock.now(), 10);
    clock.stop();
    time = 100;
    clock.stop();
    assert.equal(clock.now(), 10);
    clock.go();
    clock.go();
    assert.equal(clock.now(), 10);
    time = 105;
    assert.equal(clock.now(), 15);
    clock.stop();
    time = 200;
    clock.go();
    assert.equal(clock.now(), 15);
});
