// A saved machine as a file: zstd, in frames of a few MB each, so that little of it is ever unpacked beside the memory that it goes
// into. First a frame that every unpacker skips says what follows: the machine as v86 saves it, but with nothing in its memory, and the
// pages of its memory that are not zeros.

import { Frame, type Zstd } from "./zstd.ts";

export const PAGE = 4096;

/** So many pages in a frame at the most. */
const FRAME = 1024;

/** So many are unpacked at once. */
const RUN = 256;

/** What begins a frame that is skipped, RFC 8878. */
const SKIPPED = 0x184d2a50;

/** Pages that follow each other: the number of the first, and how many. */
export type Run = [number, number];

/** What the first frame says, in JSON. */
interface Index {
    /** How long the frame with the machine is, and how long it is unpacked. */
    machine: { bytes: number; unpacked: number };
    /** Of each frame with pages how long it is, and which they are. */
    memory: { bytes: number; runs: Run[] }[];
}

export interface Saved {
    /** As v86 saves it, with nothing in its memory. */
    machine: Uint8Array;
    memory: Uint8Array;
}

/** Takes what is in a file, in this order. The pages are gone afterwards. */
export interface Taker {
    machine(state: ArrayBuffer): Promise<void>;
    pages(pages: Uint8Array, address: number): void;
}

/** Makes the file. */
export function pack({ machine, memory }: Saved, compress: (bytes: Uint8Array) => Uint8Array): Uint8Array {
    const first = compress(machine);
    const parts = frames(used(memory)).map((runs) => {
        const pages = runs.map(([page, count]) => memory.subarray(page * PAGE, (page + count) * PAGE));
        return { runs, frame: compress(joined(pages)) };
    });
    const index: Index = {
        machine: { bytes: first.length, unpacked: machine.length },
        memory: parts.map(({ runs, frame }) => ({ bytes: frame.length, runs })),
    };
    const text = new TextEncoder().encode(JSON.stringify(index));
    const head = new DataView(new ArrayBuffer(8));
    head.setUint32(0, SKIPPED, true);
    head.setUint32(4, text.length, true);
    return joined([new Uint8Array(head.buffer), text, first, ...parts.map(({ frame }) => frame)]);
}

/** Unpacks the file. */
export async function unpack(file: Uint8Array, zstd: Zstd, taker: Taker): Promise<void> {
    const head = new DataView(file.buffer, file.byteOffset, 8);
    if (head.getUint32(0, true) !== SKIPPED) throw new Error("this is no saved machine");
    let at = 8 + head.getUint32(4, true);
    const { machine, memory } = JSON.parse(new TextDecoder().decode(file.subarray(8, at))) as Index;
    const next = (bytes: number) => new Frame(zstd, file.subarray(at, (at += bytes)));
    const first = next(machine.bytes);
    await taker.machine(first.take(machine.unpacked, (state) => state.slice().buffer));
    first.end();
    for (const { bytes, runs } of memory) {
        const frame = next(bytes);
        for (const [page, count] of runs) frame.take(count * PAGE, (pages) => taker.pages(pages, page * PAGE));
        frame.end();
    }
}

/** The pages that are not zeros. */
export function used(memory: Uint8Array): Run[] {
    const runs: Run[] = [];
    for (let page = 0; page < memory.length / PAGE; page++) {
        if (memory.subarray(page * PAGE, (page + 1) * PAGE).every((byte) => byte === 0)) continue;
        const last = runs.at(-1);
        if (last && last[0] + last[1] === page && last[1] < RUN) last[1] += 1;
        else runs.push([page, 1]);
    }
    return runs;
}

/** Runs by the frames that they go into. */
function frames(runs: Run[]): Run[][] {
    const all: Run[][] = [];
    let room = 0;
    for (const run of runs) {
        if (run[1] > room) {
            all.push([]);
            room = FRAME;
        }
        all.at(-1)?.push(run);
        room -= run[1];
    }
    return all;
}

function joined(pieces: Uint8Array[]): Uint8Array {
    const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
        whole.set(piece, at);
        at += piece.length;
    }
    return whole;
}
