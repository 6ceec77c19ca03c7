// A shell in a fresh kernel with a lesson in it, as lab/src/lessons/shell.rs starts one.

import { spoken } from "../machine/exit.ts";
import type { Event } from "../machine/agent.ts";
import type { Machine } from "../machine/machine.ts";
import type { Size } from "../shell/connection.ts";
import { fetchParts, start } from "./guest.ts";
import { KernelLog } from "./log.ts";
import type { FromWorker } from "./message.ts";

const ENVIRONMENT: [string, string][] = [["PS1", "lab:$PWD# "], ["TERM", "xterm"]];

export class Shell {
    readonly #tell: (message: FromWorker) => void;
    #size: Size;
    #running: { machine: Machine; program: number } | undefined;

    /** Begins one on a terminal of this size. */
    constructor(slug: string, size: Size, tell: (message: FromWorker) => void) {
        this.#tell = tell;
        this.#size = size;
        this.#converse(slug).catch((error: unknown) => {
            tell({ kind: "left", why: error instanceof Error ? error.message : String(error) });
        });
    }

    type(bytes: Uint8Array): void {
        const { machine, program } = this.#running ?? {};
        // What does not fit into the guest's queue is lost, as at any terminal.
        if (machine && program) machine.ask({ kind: "input", program, bytes }).catch(() => {});
    }

    resize(size: Size): void {
        this.#size = size;
        const { machine, program } = this.#running ?? {};
        if (machine && program) void machine.ask({ kind: "resize", program, size });
    }

    /** Has the shell until it ends. */
    async #converse(slug: string): Promise<void> {
        const step = (text: string) => this.#tell({ kind: "step", text });
        const parts = await fetchParts(slug, step);
        step("a kernel is started");
        const log = new KernelLog(() => {});
        const machine = await start(parts, parts.chapter.module, (piece) => log.hear(piece));
        const size = this.#size;
        const hear = (event: Event) => {
            if (event.kind === "output") this.#tell({ kind: "show", bytes: event.bytes });
            else if (event.kind === "exited") this.#tell({ kind: "left", why: spoken(event.exit) });
        };
        const program = await machine.ask({ kind: "spawn", argv: ["/bin/sh", "-l"], env: ENVIRONMENT, terminal: size }, hear);
        this.#running = { machine, program };
        if (size !== this.#size) this.resize(this.#size);
        step("ready");
        await log.panic;
    }
}
