// What came of a run, as lab/src/serve/run/player.rs says it.

import type { Exit } from "../machine/agent.ts";
import { spoken } from "../machine/exit.ts";
import { headlines, summary, trouble } from "../machine/log.ts";
import type { Ended } from "../run/protocol.ts";
import type { Able } from "./description.ts";
import { difference } from "./difference.ts";
import { withoutFigures } from "./figures.ts";
import { select } from "./part.ts";

/** What a program did. */
export interface Played {
    exit: Exit;
    stderr: string;
    /** The kernel's log. */
    log: string;
    /** How that says that something is wrong. */
    trouble: RegExp;
}

/** What a scene that means to break the kernel adds to what its program has printed: how that ended, and what was reported. */
export function end({ exit, log }: Played): string {
    return `the program: ${spoken(exit)}\n\n${headlines(log)}`;
}

/** Compares what was printed of a part with what is expected, and with what the page shows. */
export function verdict(scene: Able, part: string | undefined, played: Played, printed: string, shown: string | undefined): Ended {
    const compared = withoutFigures(printed);
    const expected = scene.expected === null ? undefined : select(scene.expected, part);
    const lines = expected === undefined ? [] : difference(expected, compared);
    const why = fault(scene, played);
    const ended = (how: Ended["how"], difference = lines): Ended => ({ kind: "ended", how, difference, ...(why === undefined ? {} : { why }) });
    if (why !== undefined) return ended("failed");
    if (expected === undefined) return ended("ran");
    if (lines.length > 0) return ended("differs");
    const page = shown === undefined ? [] : difference(whole(withoutFigures(shown)), whole(compared));
    return page.length > 0 ? ended("other", page) : ended("same");
}

/** A text with one line's end behind it. */
const whole = (text: string): string => `${text.trimEnd()}\n`;

function fault(scene: Able, { exit, stderr, log, trouble: pattern }: Played): string | undefined {
    const report = summary(log, pattern);
    if (scene.trouble) return trouble(log, pattern) === undefined ? "the faulty module did no harm: the kernel reported no trouble" : undefined;
    const isWell = "code" in exit && exit.code === 0;
    if (isWell) return report;
    return [spoken(exit), stderr.trimEnd(), report].filter((text) => text).join("\n");
}
