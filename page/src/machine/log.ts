// The kernel's log, as it comes over the console, and what in it is trouble. The same as lab/src/vm/console.rs, which also says by
// what expression trouble is known.

const HEADLINE = /^(?:BUG:|#PF:|Oops:|RIP:|EIP:|WARNING:|kernel BUG|general protection|Kernel panic)/;

/** A line without its time stamp `[    1.234567] `. */
export function message(line: string): string {
    return line.replace(/^\[ *\d+\.\d+ *\] /, "");
}

/** The first line that reports trouble, without its time stamp. */
export function trouble(log: string, pattern: RegExp): string | undefined {
    const line = log.split("\n").find((line) => pattern.test(line));
    return line === undefined ? undefined : message(line);
}

/** The first report of trouble in a few lines. */
export function summary(log: string, pattern: RegExp): string | undefined {
    const first = trouble(log, pattern);
    if (first === undefined) return undefined;
    const lines = log.split("\n").map(message);
    const report = until(lines.slice(lines.indexOf(first) + 1));
    const place = report.find((line) => /^[RE]IP: /.test(line));
    return ["the kernel reported trouble", first, ...(place === undefined ? [] : [place])].join("\n  ");
}

/**
 * The lines of an oops that say what happened and where, without what differs from build to build: addresses become `…`, and so
 * do the offsets into functions. Nor how the page tables are, nor a second place in the kernel, where an interrupt has found it.
 */
export function headlines(log: string): string {
    let places = 0;
    const lines = until(log.split("\n").map(message)).filter((line) => {
        const isPlace = /^(?:RIP: 0010:|EIP: )/.test(line);
        if (isPlace) places += 1;
        return HEADLINE.test(line) && (!isPlace || places < 2);
    });
    return lines
        .map((line) =>
            line
                .replace(/\b(?:0x)?[0-9a-f]{8,}\b|Code: .*/g, "…")
                .replace(/\+0x[0-9a-f]+\/0x[0-9a-f]+/g, "+…")
                .replace(/^(Oops:.*) (?:NO)?PTI$/, "$1"))
        .map((line) => `${line}\n`)
        .join("");
}

/** The lines before the end of the first report. */
function until(lines: string[]): string[] {
    const end = lines.findIndex((line) => line.startsWith("---[ end"));
    return end < 0 ? lines : lines.slice(0, end);
}
