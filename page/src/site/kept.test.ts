import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, test } from "node:test";
import type { Asset } from "./asset.ts";
import { Kept } from "./kept.ts";

const BASE = "http://localhost/book/machine/";

/** A server and a browser's cache, as far as they are used. */
let files: Map<string, Uint8Array<ArrayBuffer>>;
let stored: Map<string, Uint8Array<ArrayBuffer>>;
let asked: string[];

const path = (address: string) => new URL(address).pathname.slice(new URL(BASE).pathname.length);

const cache = {
    match: async (key: string) => (stored.has(key) ? new Response(stored.get(key)) : undefined),
    put: async (key: string, response: Response) => void stored.set(key, new Uint8Array(await response.arrayBuffer())),
    keys: async (key?: string) => [...stored.keys()].filter((one) => !key || path(one) === path(key)).map((url) => ({ url })),
    delete: async (key: string | { url: string }) => stored.delete(typeof key === "string" ? key : key.url),
} as unknown as Cache;

Object.defineProperty(globalThis, "navigator", { value: { locks: { request: (_: string, then: () => unknown) => then() } } });
globalThis.fetch = async (address) => {
    asked.push(path(String(address)));
    const bytes = files.get(path(String(address)));
    if (!bytes) throw new TypeError("Failed to fetch");
    return new Response(bytes);
};

function asset(path: string, bytes: Uint8Array): Asset {
    return { path, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

const ONE = new TextEncoder().encode("x".repeat(200_000));
const TWO = new TextEncoder().encode("another");

beforeEach(() => {
    files = new Map([["one", ONE], ["two", TWO]]);
    stored = new Map();
    asked = [];
});

/** What comes of fetching, and what was said meanwhile. */
async function get(...assets: Asset[]): Promise<{ bytes: Uint8Array[]; said: string[] }> {
    const said: string[] = [];
    const bytes = await new Kept(BASE, cache).get(assets, (text) => said.push(text));
    return { bytes, said };
}

test("what was fetched is not fetched again, and how much there is to fetch is said first", async () => {
    const assets = [asset("one", ONE), asset("two", TWO)];
    const { bytes, said } = await get(...assets);
    assert.deepEqual(bytes, [ONE, TWO]);
    assert.match(said[0] ?? "", /^0\.2 MB are fetched.*: 0 %$/);
    assert.match(said.at(-1) ?? "", /: 100 %$/);
    asked = [];
    assert.deepEqual(await get(...assets), { bytes: [ONE, TWO], said: [] });
    assert.deepEqual(asked, []);
});

test("what is altered or cut short is not used, and comes right again", async () => {
    const wanted = asset("one", ONE);
    const altered = ONE.slice();
    altered[7] = 0;
    files.set("one", altered);
    await assert.rejects(get(wanted), /one is not what the site says it is/);
    files.set("one", ONE.slice(1));
    await assert.rejects(get(wanted), /one has come cut short: 199999 bytes of 200000/);
    files.set("one", new Uint8Array([...ONE, 1]));
    await assert.rejects(get(wanted), /one is not what the site says it is/);
    files.delete("one");
    await assert.rejects(get(wanted), /one could not be fetched: there is no network/);
    assert.equal(stored.size, 0);
    files.set("one", ONE);
    assert.deepEqual((await get(wanted)).bytes, [ONE]);
});

test("what was damaged while it was kept is fetched again", async () => {
    const wanted = asset("one", ONE);
    await get(wanted);
    for (const key of stored.keys()) stored.set(key, TWO);
    assert.deepEqual((await get(wanted)).bytes, [ONE]);
    assert.deepEqual(asked, ["one", "one"]);
    await get(wanted);
    assert.equal(asked.length, 2);
});

test("a new version takes the place of the old", async () => {
    await get(asset("one", ONE));
    files.set("one", TWO);
    await get(asset("one", TWO));
    assert.deepEqual([...stored.values()], [TWO]);
});
