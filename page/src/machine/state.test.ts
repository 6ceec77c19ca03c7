import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import { zstdCompressSync } from "node:zlib";
import { PAGE, pack, unpack, used } from "./state.ts";
import type { Zstd } from "./zstd.ts";

/** v86's own unpacker. */
async function unpacker(): Promise<Zstd> {
    const wasm = await WebAssembly.compile(await readFile(createRequire(import.meta.url).resolve("v86/build/v86.wasm")));
    const imports: WebAssembly.Imports = {};
    for (const { module, name, kind } of WebAssembly.Module.imports(wasm)) {
        const table = () => new WebAssembly.Table({ element: "anyfunc", initial: 2000 });
        (imports[module] ??= {})[name] = kind === "table" ? table() : () => {};
    }
    return (await WebAssembly.instantiate(wasm, imports)).exports as unknown as Zstd;
}

/** Memory in which these pages are used, each in another way. */
function memory(pages: number, ...filled: number[]): Uint8Array {
    const bytes = new Uint8Array(pages * PAGE);
    for (const page of filled) bytes[page * PAGE + (page % PAGE)] = (page % 255) + 1;
    return bytes;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, place) => from + place);

test("only pages that are used are kept, by their runs", () => {
    assert.deepEqual(used(memory(8, 0, 3, 4, 7)), [[0, 1], [3, 2], [7, 1]]);
    assert.deepEqual(used(memory(8)), []);
});

test("a machine is unpacked as it was packed, wherever its file stands", async () => {
    const saved = { machine: new TextEncoder().encode("a machine"), memory: memory(3000, 0, 5, ...range(100, 2700), 2999) };
    const file = pack(saved, zstdCompressSync);
    const odd = new Uint8Array(file.length + 3).subarray(3);
    odd.set(file);
    const [machines, found, touched]: [string[], Uint8Array, number[]] = [[], new Uint8Array(saved.memory.length), []];
    await unpack(odd, await unpacker(), {
        machine: async (state) => void machines.push(new TextDecoder().decode(state)),
        pages: (pages, address) => {
            touched.push(address);
            found.set(pages, address);
        },
    });
    assert.deepEqual(machines, ["a machine"]);
    assert.equal(Buffer.compare(found, saved.memory), 0);
    assert.ok(!touched.includes(6 * PAGE));
});

test("another file is refused, and so is one that is cut short", async () => {
    const [zstd, taker] = [await unpacker(), { machine: async () => {}, pages: () => {} }];
    await assert.rejects(unpack(new Uint8Array(100), zstd, taker), /no saved machine/);
    const file = pack({ machine: Uint8Array.of(7), memory: memory(4, 2) }, zstdCompressSync);
    await assert.rejects(unpack(file.subarray(0, file.length - 8), zstd, taker), /cannot be unpacked/);
});
