// A 32-bit PC in this script, emulated by v86, and what it is asked to do. Its first serial line is the kernel's log, the second
// the way to the agent, which is its first process, and files come to it through a file system that v86 shares with it (9p).

import { V86, type V86Options } from "v86";
import { type Event, Events, type Exit, type Request, frame } from "./agent.ts";
import { PAGE, type Saved, unpack } from "./state.ts";
import type { Zstd } from "./zstd.ts";

/** How large its memory is. A state fits only a machine of the same size. */
const MEMORY = 128 << 20;

const LOG = "serial0-output-byte";
const AGENT = 1;

/** Where it finds the files that come through the shared file system. */
const SHARED = "/host";

/** What all machines have in common; the rest is what they start from. */
const OPTIONS: V86Options = {
    memory_size: MEMORY,
    vga_memory_size: 2 << 20,
    uart1: true,
    filesystem: {},
    disable_keyboard: true,
    disable_mouse: true,
    disable_speaker: true,
};

/** What of the emulator's other part is used here, too. */
interface Exports extends Zstd {
    is_memory_zeroed(address: number, length: number): boolean;
    zero_memory(address: number, length: number): void;
}

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

    /** One that boots from these files. */
    static async booted(wasm: WebAssembly.Module, files: V86Options): Promise<Machine> {
        const { emulator } = await made(wasm, files);
        const machine = new Machine(emulator);
        await machine.go();
        return machine;
    }

    /** One that is as another was when it was saved; it stands. */
    static async restored(wasm: WebAssembly.Module, state: Uint8Array): Promise<Machine> {
        const { emulator, exports } = await made(wasm, {});
        await unpack(state, exports, {
            machine: (state) => emulator.restore_state(state),
            pages: (pages, address) => emulator.write_memory(pages, address),
        });
        return new Machine(emulator);
    }

    private constructor(emulator: V86) {
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

    /** What a later machine can go on from. This one does not any more. */
    async save(): Promise<Saved> {
        await this.stop();
        const memory = this.#emulator.read_memory(0, MEMORY);
        const copy = memory.slice();
        // So that v86 saves all but that.
        memory.fill(0);
        return { machine: new Uint8Array(await this.#emulator.save_state()), memory: copy };
    }

    /** Lets it stand until it goes on. */
    stop(): Promise<void> {
        return this.#emulator.stop();
    }

    go(): Promise<void> {
        return this.#emulator.run();
    }
}

/** An emulator that stands, and what its other part exports. */
async function made(wasm: WebAssembly.Module, more: V86Options): Promise<{ emulator: V86; exports: Exports }> {
    let exports: Exports | undefined;
    const wasm_fn = async (imports: WebAssembly.Imports) => {
        const all = (await WebAssembly.instantiate(wasm, imports)).exports;
        exports = all as unknown as Exports;
        return { ...all, zero_memory: thrifty(exports) };
    };
    const emulator = new V86({ ...OPTIONS, ...more, wasm_fn, autostart: false });
    await new Promise<void>((resolve) => emulator.add_listener("emulator-loaded", () => resolve()));
    if (!exports) throw new Error("v86 has been loaded without its other part");
    return { emulator, exports };
}

/**
 * Fills memory with zeros, but for pages that are zeros. v86 does so with all of it before it restores a state: pages that nobody has
 * used yet would then take room in the real memory, and time.
 */
function thrifty({ is_memory_zeroed, zero_memory }: Exports): Exports["zero_memory"] {
    return (address, length) => {
        for (let page = address; page < address + length; page += PAGE) {
            if (!is_memory_zeroed(page, PAGE)) zero_memory(page, PAGE);
        }
    };
}
