// The kernel's log while it comes: told line by line, and read for a kernel's last words.

import { message } from "../machine/log.ts";

/** So much of a log is told, in characters. */
const TOLD = 256 << 10;

export class KernelLog {
    readonly #tell: (text: string) => void;
    /** The whole lines so far, with their time stamps. */
    text = "";
    #rest = "";
    #told = 0;
    #panicked: (why: Error) => void = () => {};
    /** Fails when the kernel has panicked: it answers nobody any more. */
    readonly panic = new Promise<never>((_, reject) => (this.#panicked = reject));

    /** `tell` gets whole lines without their time stamps. */
    constructor(tell: (text: string) => void) {
        this.#tell = tell;
        this.panic.catch(() => {}); // whoever waits for it hears of it
    }

    /** Takes what comes next over the console. */
    hear(piece: string): void {
        this.#rest += piece;
        if (!piece.includes("\n")) return;
        const lines = this.#rest.replaceAll("\r", "").split("\n");
        this.#rest = lines.pop() ?? "";
        for (const line of lines) this.#line(line);
    }

    #line(line: string): void {
        this.text += `${line}\n`;
        const said = `${message(line)}\n`;
        if (this.#told <= TOLD) this.#tell((this.#told += said.length) > TOLD ? "… and more\n" : said);
        if (line.includes("Kernel panic")) this.#panicked(new Error(`${said}The kernel is gone, and nothing else.`));
    }
}
