// What we ask of the machine's first process and what it tells: the protocol of lab/agent/src/lib.rs, in its words.

import { Reader, Writer } from "./postcard.ts";

export type Request =
    | { kind: "wake"; seconds: number; entropy: Uint8Array }
    | { kind: "spawn"; argv: string[]; env?: [string, string][]; terminal?: Size }
    | { kind: "input"; program: number; bytes: Uint8Array }
    | { kind: "resize"; program: number; size: Size }
    | { kind: "kill"; program: number; signal: number };

export interface Size {
    rows: number;
    columns: number;
}

export type Exit = { code: number } | { signal: number };

export type Event =
    | { kind: "ready" }
    | { kind: "answer"; to: number; failed?: string }
    | { kind: "output"; program: number; stream: "stdout" | "stderr"; bytes: Uint8Array }
    | { kind: "exited"; program: number; exit: Exit };

/** A request as a frame: its length in four bytes, and the call. */
export function frame(id: number, request: Request): Uint8Array {
    const writer = new Writer().number(id);
    write(writer, request);
    const body = writer.done();
    const bytes = new Uint8Array(4 + body.length);
    new DataView(bytes.buffer).setUint32(0, body.length, true);
    bytes.set(body, 4);
    return bytes;
}

function write(writer: Writer, request: Request): void {
    const size = ({ rows, columns }: Size) => writer.number(rows).number(columns);
    switch (request.kind) {
        case "wake":
            writer.number(0).number(request.seconds).number(0).raw(request.entropy);
            break;
        case "spawn":
            writer.number(5).list(request.argv, word => writer.text(word));
            writer.list(request.env ?? [], ([name, value]) => writer.text(name).text(value)).flag(request.terminal !== undefined);
            if (request.terminal) size(request.terminal);
            writer.flag(false).flag(false);
            break;
        case "input":
            writer.number(6).number(request.program).bytes(request.bytes);
            break;
        case "resize":
            writer.number(7).number(request.program);
            size(request.size);
            break;
        case "kill":
            writer.number(8).number(request.program).signed(request.signal);
            break;
    }
}

/** Cuts what comes into events. */
export class Events {
    #bytes = new Uint8Array(0);

    /** Takes bytes, and returns the events that they complete. */
    take(more: Uint8Array): Event[] {
        const bytes = new Uint8Array(this.#bytes.length + more.length);
        bytes.set(this.#bytes);
        bytes.set(more, this.#bytes.length);
        const events = [];
        let at = 0;
        for (let end; (end = frameEnd(bytes, at)) <= bytes.length; at = end) {
            events.push(read(new Reader(bytes.subarray(at + 4, end))));
        }
        this.#bytes = bytes.slice(at);
        return events;
    }
}

function frameEnd(bytes: Uint8Array, at: number): number {
    if (bytes.length < at + 4) return Infinity;
    return at + 4 + new DataView(bytes.buffer, at).getUint32(0, true);
}

function read(reader: Reader): Event {
    switch (reader.number()) {
        case 0:
            return { kind: "ready" };
        case 1: {
            const to = reader.number();
            const how = reader.number();
            if (how === 0) return { kind: "answer", to };
            if (how === 1) return { kind: "answer", to, failed: reader.text() };
            break;
        }
        case 2: {
            const program = reader.number();
            switch (reader.number()) {
                case 0: {
                    const stream = reader.number() === 0 ? "stdout" : "stderr";
                    return { kind: "output", program, stream, bytes: reader.bytes().slice() };
                }
                case 2: {
                    const killed = reader.number() === 1;
                    const number = reader.signed();
                    return { kind: "exited", program, exit: killed ? { signal: number } : { code: number } };
                }
            }
        }
    }
    throw new RangeError("the machine says what this script does not know");
}
