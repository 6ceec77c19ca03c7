// What the server tells of the lessons, and how a page says it.

import type { Practised } from "../exercise/words.ts";

/** How a lesson fares on one kernel. */
export interface Trial {
    state: "waiting" | "running" | "passed" | "failed" | "broken";
    /** When it ended, in seconds since 1970. */
    at?: number;
    /** What differs, or what broke. */
    why?: string;
}

/** The trials of a scene, by kernel. */
export type Trials = Record<string, Trial>;

/** The version of the messages that this script knows. */
export const VERSION = 1;

export interface State {
    kind: "state";
    version: number;
    /** How many trials are still to come. */
    left: number;
    scenes: Record<string, Trials>;
    /** What is being prepared for them to run. */
    step?: string | null;
    /** Why the pages are older than their sources. */
    trouble?: string | null;
    /** How far the reader is with the exercises of each chapter; of those who may not run them nothing is told. */
    exercises?: Record<string, Practised>;
}

/** The book was built anew, and these pages are others than before. */
export interface Pages {
    kind: "pages";
    version: number;
    changed: string[];
}

export type Message = State | Pages;

/** The kernels in which a scene is in this state, the newest first, as the server gives them. */
function kernels(trials: Trials, state: Trial["state"]): string[] {
    return Object.keys(trials)
        .filter((kernel) => trials[kernel]?.state === state)
        .sort((one, other) => other.localeCompare(one, "en", { numeric: true }));
}

const on = (names: string[]): string => `on Linux ${names.join(" and ")}`;

/** How long ago something was, in words. */
export function ago(seconds: number): string {
    const said = (count: number, unit: string) => `${count} ${unit}${count === 1 ? "" : "s"} ago`;
    if (seconds < 60) return "a moment ago";
    if (seconds < 3600) return said(Math.floor(seconds / 60), "minute");
    if (seconds < 86400) return said(Math.floor(seconds / 3600), "hour");
    return said(Math.floor(seconds / 86400), "day");
}

export interface Caption {
    text: string;
    /** There is something to read about it in the page's box of differences. */
    wrong: boolean;
}

/** What the caption of an output says of it; `now` is in seconds since 1970. */
export function caption(trials: Trials, now: number): Caption {
    const failed = kernels(trials, "failed");
    if (failed.length > 0) return { text: `differs here ${on(failed)}`, wrong: true };
    const broken = kernels(trials, "broken");
    if (broken.length > 0) return { text: `could not be checked here ${on(broken)}`, wrong: true };
    const passed = kernels(trials, "passed");
    const running = kernels(trials, "running");
    const parts: string[] = [];
    if (passed.length > 0) {
        const last = Math.max(...passed.map((kernel) => trials[kernel]?.at ?? 0));
        parts.push(`checked here ${last > 0 ? `${ago(now - last)} ` : ""}${on(passed)}`);
    }
    if (running.length > 0) parts.push(passed.length > 0 ? `running now ${on(running)}` : "running now");
    return { text: parts.join("; ") || "not yet checked here", wrong: false };
}

/** What the front page says of a chapter's scenes on each kernel. */
export function marks(scenes: Trials[]): string {
    const names = [...new Set(scenes.flatMap((trials) => Object.keys(trials)))];
    names.sort((one, other) => other.localeCompare(one, "en", { numeric: true }));
    return names
        .map((kernel) => {
            const states = scenes.flatMap((trials) => trials[kernel]?.state ?? []);
            const has = (state: Trial["state"]) => states.includes(state);
            if (has("failed")) return `Linux ${kernel} ✗ differs`;
            if (has("broken")) return `Linux ${kernel} ✗ not checked`;
            if (has("running")) return `Linux ${kernel} runs now`;
            return states.every((state) => state === "passed") ? `Linux ${kernel} ✓` : `Linux ${kernel}`;
        })
        .join(", ");
}

export interface Difference {
    title: string;
    why: string;
}

/** What went wrong with these scenes. What is the same on several kernels is said once. */
export function differences(scenes: Record<string, Trials>, names: string[]): Difference[] {
    const found = new Map<string, { name: string; state: Trial["state"]; why: string; kernels: string[] }>();
    for (const name of names) {
        const trials = scenes[name] ?? {};
        for (const state of ["failed", "broken"] as const) {
            for (const kernel of kernels(trials, state)) {
                const why = trials[kernel]?.why ?? "";
                const key = `${name}\n${state}\n${why}`;
                const same = found.get(key) ?? { name, state, why, kernels: [] };
                same.kernels.push(kernel);
                found.set(key, same);
            }
        }
    }
    return [...found.values()].map(({ name, state, why, kernels }) => ({
        title:
            state === "failed"
                ? `What ${name} prints here ${on(kernels)} differs from this page`
                : `${name} could not be run here ${on(kernels)}`,
        why,
    }));
}

/** What the line at the edge of the page says; empty when there is nothing to say. */
export function progress({ left, step, trouble }: State): string {
    if (trouble) return `the pages are older than their sources: ${trouble.split("\n", 1)[0]}`;
    if (left === 0) return "";
    return `checking the lessons: ${left} left${step ? `; ${step}` : ""}`;
}
