// Runs a chapter's lesson in a machine that goes on from a saved state: `node run.ts STATE MACHINE SLUG`, MACHINE the folder
// that a site has for the machine. Prints one line of JSON.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type Chapter, install, run } from "../chapter.ts";
import { Machine } from "../machine.ts";
import { emulator } from "./emulator.ts";

const [state, folder, slug] = process.argv.slice(2);
if (!state || !folder || !slug) throw new Error("usage: run.ts STATE MACHINE SLUG");

/** How much of a processor, and how long at the most, a chapter may take: in seconds, and many times what any of them takes. */
const PATIENCE = { processor: 300, clock: 3600 };

setInterval(() => {
    const { user, system } = process.cpuUsage();
    if ((user + system) / 1e6 < PATIENCE.processor && process.uptime() < PATIENCE.clock) return;
    process.stderr.write("it does not end\n");
    process.exit(1);
}, 1000).unref();

let last = performance.now();
/** The seconds since it was last asked. */
function lap(): number {
    const before = last;
    last = performance.now();
    return (last - before) / 1000;
}

const chapter = JSON.parse(readFileSync(`${folder}/${slug}/chapter.json`, "utf8")) as Chapter & { archive: { path: string } };
const archive = gunzipSync(readFileSync(`${folder}/${chapter.archive.path}`));
const saved = readFileSync(state);
let log = "";
const wasm = await emulator();
lap();
const machine = await Machine.restored(wasm, saved);
machine.heard = text => (log += text);
await machine.go();
await machine.wake();
const restored = lap();
await install(machine, chapter, archive);
const installed = lap();
const ended = await run(machine, chapter, text => process.stderr.write(text));
process.stdout.write(`${JSON.stringify({ ...ended, log, seconds: { restored, installed, ran: lap() } })}\n`);
process.exit();
