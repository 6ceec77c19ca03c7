// The emulator's other part, where npm has put it.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

export async function emulator(): Promise<WebAssembly.Module> {
    return WebAssembly.compile(await readFile(createRequire(import.meta.url).resolve("v86/build/v86.wasm")));
}
