// A 32-bit PC in this script, emulated by v86, and what it is asked to do. Its first serial line is the kernel's log, the second
// the way to the agent, which is its first process, and files come to it through a file system that v86 shares with it (9p).

import type { V86, V86Options } from "v86";
import { type Event, Events, type Exit, type Request, frame } from "./agent.ts";

/** How large its memory is. A state fits only a machine of the same size. */
export const MEMORY = 128 << 20;

const LOG = "serial0-output-byte";
const AGENT = 1;

/** Where it finds the files that come through the shared file system. */
const SHARED = "/host";

/** What all machines have in common; the rest is what they start from. */
export const OPTIONS: V86Options = {
    memory_size: MEMORY,
    vga_memory_size: 2 << 20,
    uart1: true,
    filesystem: {},
    disable_keyboard: true,
    disable_mouse: true,
    disable_speaker: true,
};

/** A program that has ended. */
export interface Ended {
    exit: Exit;
    stdout: string;
    stderr: string;
}

/** Those who wait for the answer to a call, and for what a program does. */
interface Waiting {
    answered(failed?: string): void;
    hear?(event: Event): void;
}

export class Machine {
    readonly #emulator: V86;
    readonly #events = new Events();
    readonly #waiting = new Map<number, Waiting>();
    readonly #log = new TextDecoder();
    #last = 0;
    #ready = () => {};
    #files = 0;
    /** Called with each piece of the kernel's log. */
    heard: (log: string) => void = () => {};

    constructor(emulator: V86) {
        this.#emulator = emulator;
        emulator.add_listener(LOG, byte => this.heard(this.#log.decode(Uint8Array.of(byte), { stream: true })));
        emulator.add_listener("serial1-output-byte", byte => {
            for (const event of this.#events.take(Uint8Array.of(byte))) this.#take(event);
        });
    }

    /** Resolves when the agent says that it is there. */
    ready(): Promise<void> {
        return new Promise(resolve => (this.#ready = resolve));
    }

    #take(event: Event): void {
        if (event.kind === "ready") return this.#ready();
        if (event.kind !== "answer") return this.#waiting.get(event.program)?.hear?.(event);
        this.#waiting.get(event.to)?.answered(event.failed);
    }

    /** Asks for something. Resolves to the number of the call when it is done. */
    ask(request: Request, hear?: (event: Event) => void): Promise<number> {
        const id = ++this.#last;
        return new Promise((resolve, reject) => {
            const answered = (failed?: string) => {
                if (!hear || failed !== undefined) this.#waiting.delete(id);
                if (failed === undefined) resolve(id);
                else reject(new Error(failed));
            };
            this.#waiting.set(id, hear ? { answered, hear } : { answered });
            this.#emulator.serial_send_bytes(AGENT, frame(id, request));
        });
    }

    /** Sets the clock and the random pool, which are the template's. */
    async wake(): Promise<void> {
        const entropy = crypto.getRandomValues(new Uint8Array(32));
        await this.ask({ kind: "wake", seconds: Math.floor(Date.now() / 1000), entropy });
    }

    /** Runs a program to its end. `show` gets what it prints, as it comes. */
    run(argv: string[], show: (text: string, stream: "stdout" | "stderr") => void = () => {}): Promise<Ended> {
        return new Promise((resolve, reject) => {
            const texts = { stdout: "", stderr: "" };
            const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
            const hear = (event: Event) => {
                if (event.kind === "output") {
                    const text = decoders[event.stream].decode(event.bytes, { stream: true });
                    texts[event.stream] += text;
                    show(text, event.stream);
                } else if (event.kind === "exited") {
                    this.#waiting.delete(event.program);
                    resolve({ exit: event.exit, ...texts });
                }
            };
            this.ask({ kind: "spawn", argv }, hear).catch(reject);
        });
    }

    /** Runs a program that has nothing to say unless it fails. */
    async must(argv: string[]): Promise<void> {
        const { exit, stderr } = await this.run(argv);
        if ("code" in exit && exit.code === 0) return;
        const how = "code" in exit ? `exit status ${exit.code}` : `signal ${exit.signal}`;
        throw new Error(`${argv.join(" ")}: ${stderr.trim() || how}`);
    }

    /** Lets it see what we share with it; once, before its state is saved. */
    share(): Promise<void> {
        const mount = `mkdir -p ${SHARED} && mount -t 9p -o trans=virtio,version=9p2000.L host9p ${SHARED}`;
        return this.must(["/bin/sh", "-c", mount]);
    }

    /** Unpacks an archive of cpio in its root. */
    async unpack(archive: Uint8Array): Promise<void> {
        const name = `${++this.#files}.cpio`;
        await this.#emulator.create_file(name, archive);
        await this.must(["/bin/sh", "-c", `cd / && cpio -i -d -u < ${SHARED}/${name}`]);
    }

    /** What a later machine can start from. */
    async save(): Promise<ArrayBuffer> {
        return this.#emulator.save_state();
    }

    /** Goes on from what was saved, which may be compressed with zstd. */
    async restore(state: ArrayBuffer): Promise<void> {
        await this.#emulator.restore_state(state);
        await this.#emulator.run();
    }

    end(): Promise<void> {
        return this.#emulator.destroy();
    }
}
