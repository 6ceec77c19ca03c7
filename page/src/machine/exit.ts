// How a program has ended, in words: those of lab/agent/src/lib.rs.

import type { Exit } from "./agent.ts";

/** The signals of a PC by their numbers, signal(7). */
const SIGNALS = [
    "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
    "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

export function spoken(exit: Exit): string {
    if ("code" in exit) return `exit status ${exit.code}`;
    const name = SIGNALS[exit.signal];
    return name ? `killed by SIG${name}` : `killed by signal ${exit.signal}`;
}
