// The machine of this worker: a kernel with a lesson in it. What that takes is fetched, and the machine goes on from where it was
// saved.

import { clock } from "./timed.ts";
import { type Chapter, install } from "../machine/chapter.ts";
import { Machine } from "../machine/machine.ts";
import { type Asset, Unfetched } from "./asset.ts";
import { describe, type Description } from "./description.ts";
import { Kept } from "./kept.ts";

/** The emulator's other part, by page/build. */
declare const V86_WASM: Asset;

/** The folder that this script is in. */
const BASE = new URL(".", location.href).href;

const INSECURE = "This browser checks what it fetches only where the address begins with https, or is localhost: open the site there.";

/** What a lesson takes. */
export interface Parts {
    chapter: Description;
    /** How its kernel says that something is wrong. */
    trouble: RegExp;
    wasm: Uint8Array<ArrayBuffer>;
    state: Uint8Array<ArrayBuffer>;
    archive: Uint8Array<ArrayBuffer>;
}

/** Fetches it, or finds it where it is kept. */
export async function fetchParts(slug: string, say: (text: string) => void): Promise<Parts> {
    if (!globalThis.crypto.subtle) throw new Unfetched(INSECURE);
    const [site, kept] = await Promise.all([describe(BASE), Kept.open(BASE)]);
    const asset = site.chapters[slug];
    if (!asset) throw new Unfetched(`This site has nothing of the chapter ${slug} that could run.`);
    const [text] = await kept.get([asset], () => {});
    const chapter = JSON.parse(new TextDecoder().decode(text)) as Description;
    const [wasm, state, archive] = await kept.get([V86_WASM, site.state, chapter.archive], say);
    if (!wasm || !state || !archive) throw new Error("a part is missing");
    return { chapter, trouble: new RegExp(site.trouble), wasm, state, archive };
}

let machine: Machine | undefined;
let isSeen = true;

/** Starts a machine with a lesson in it, and its modules or another. `heard` gets the kernel's log. */
export async function start(parts: Parts, module: Chapter["module"], heard: (log: string) => void): Promise<Machine> {
    const { chapter, wasm, state, archive } = parts;
    const started = await Machine.restored(await WebAssembly.compile(wasm), state);
    started.heard = heard;
    machine = started;
    await seen(isSeen);
    await started.wake();
    await install(started, module ? { ...chapter, module } : chapter, await unzipped(archive));
    return started;
}

/** Lets the machine stand while nobody sees it, and go on then. */
export async function seen(now: boolean): Promise<void> {
    isSeen = now;
    if (!machine) return;
    if (now) {
        clock.go();
        await machine.go();
        return;
    }
    await machine.stop();
    if (!isSeen) clock.stop();
}

async function unzipped(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}
