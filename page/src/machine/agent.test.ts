import assert from "node:assert";
import { test } from "node:test";
import { Events, frame } from "./agent.ts";

// As postcard encodes them in Rust.
const OUTPUT = [6, 0, 0, 0, 2, 7, 0, 1, 1, 0xff];
const EXITED = [5, 0, 0, 0, 2, 7, 2, 0, 2];

test("a call is a frame", () => {
    const call = frame(300, { kind: "spawn", argv: ["/bin/x", "y"] });
    const path = new TextEncoder().encode("/bin/x");
    assert.deepEqual([...call], [17, 0, 0, 0, 0xac, 2, 5, 2, 6, ...path, 1, "y".charCodeAt(0), 0, 0, 0, 0]);
});

test("a program on a terminal has its variables and the size", () => {
    const call = frame(1, { kind: "spawn", argv: ["x"], env: [["A", "b"]], terminal: { rows: 24, columns: 300 } });
    const text = (text: string) => [1, text.charCodeAt(0)];
    assert.deepEqual([...call].slice(4), [1, 5, 1, ...text("x"), 1, ...text("A"), ...text("b"), 1, 24, 0xac, 2, 0, 0]);
});

test("events come out whole, however their bytes come in", () => {
    const bytes = Uint8Array.from([...OUTPUT, ...EXITED]);
    const expected = [
        { kind: "output", program: 7, stream: "stderr", bytes: Uint8Array.of(0xff) },
        { kind: "exited", program: 7, exit: { code: 1 } },
    ];
    assert.deepEqual(new Events().take(bytes), expected);
    const events = new Events();
    assert.deepEqual([...bytes].flatMap(byte => events.take(Uint8Array.of(byte))), expected);
});

test("what is no event is not taken for one", () => {
    assert.throws(() => new Events().take(Uint8Array.of(1, 0, 0, 0, 9)), RangeError);
    assert.throws(() => new Events().take(Uint8Array.of(2, 0, 0, 0, 1, 5)), RangeError);
});
