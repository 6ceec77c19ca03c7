// The parts of a lesson's output: a line `== TITLE` begins each. The same as lab/src/lessons/part.rs.

/** A part of a whole output: what stands between its title and the next; none if there is no such part. */
export function select(output: string, part?: string): string | undefined {
    if (part === undefined) return output;
    const lines = output.replace(/\n$/, "").split("\n");
    const begin = lines.indexOf(`== ${part}`);
    if (begin < 0) return undefined;
    const next = lines.findIndex((line, place) => place > begin && line.startsWith("== "));
    const text = lines.slice(begin + 1, next < 0 ? undefined : next).join("\n");
    return `${text.replace(/\n+$/, "")}\n`;
}

/** Cuts a part out of an output while that is printed, line by line, as `select` does afterwards. */
export class Cut {
    /** The line that begins the part; none: the part is the whole output. */
    readonly #head: string | undefined;
    #within: boolean;
    /** What came after the last line's end. */
    #rest = "";
    /** Empty lines that belong to the part only if another line follows. */
    #held = 0;

    constructor(title?: string) {
        this.#head = title === undefined ? undefined : `== ${title}`;
        this.#within = title === undefined;
    }

    /** What the part gains by this text. */
    feed(text: string): string {
        const lines = (this.#rest + text).split("\n");
        this.#rest = lines.pop() ?? "";
        return lines.map((line) => this.#line(line, "\n")).join("");
    }

    /** What it gains by the end of the output. */
    finish(): string {
        const rest = this.#rest;
        this.#rest = "";
        return rest === "" ? "" : this.#line(rest, "");
    }

    #line(text: string, end: string): string {
        if (this.#head === undefined) return text + end;
        if (text.startsWith("== ")) {
            this.#within = text === this.#head;
            return "";
        }
        if (!this.#within) return "";
        if (text === "") {
            this.#held += 1;
            return "";
        }
        const gap = "\n".repeat(this.#held);
        this.#held = 0;
        return `${gap}${text}\n`;
    }
}
