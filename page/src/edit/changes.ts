// What a reader has changed: whole files, kept by the browser until they are as the course has them again.

import type { Edit } from "../run/protocol.ts";
import { keep, recall, watch } from "../store.ts";

export interface Change {
    /** The version of the course's file that it was made of. */
    base: string;
    text: string;
}

const key = (file: string): string => `edit/${file}`;

/** What is kept, as it is read from the store; none: nothing, or what another version of this script has left. */
export function read(kept: string): Change | undefined {
    try {
        const { base, text } = JSON.parse(kept) as Partial<Change>;
        return typeof base === "string" && typeof text === "string" ? { base, text } : undefined;
    } catch {
        return undefined;
    }
}

/** What the reader has changed in a file of the course, if anything. */
export const changed = (file: string): Change | undefined => read(recall(key(file)));

/** Keeps a change; none: forgets it. */
export function keepChange(file: string, change: Change | undefined): void {
    keep(key(file), change ? JSON.stringify(change) : "");
}

/** Calls `then` when another tab keeps a change of this file, or forgets it. */
export function watchChange(file: string, then: (change: Change | undefined) => void): void {
    watch(key(file), (kept) => then(read(kept)));
}

/** All changes of these files. */
export function edits(files: string[]): Edit[] {
    return files.flatMap((file) => {
        const change = changed(file);
        return change ? [{ file, text: change.text }] : [];
    });
}

export interface Lines {
    from: number;
    to: number;
}

/** Where lines of a text stand in a changed one: what is before the change stays, and what is after it moves with the end. */
export function moved({ from, to }: Lines, original: string, changed: string): Lines {
    const [old, now] = [original.split("\n"), changed.split("\n")];
    const most = Math.min(old.length, now.length);
    let before = 0;
    while (before < most && old[before] === now[before]) before++;
    let after = 0;
    while (after < most - before && old[old.length - 1 - after] === now[now.length - 1 - after]) after++;
    const by = now.length - old.length;
    // A line that is itself changed is among the changed ones: the first of them for a beginning, the last for an end.
    const place = (line: number, within: number) => (line <= before ? line : line > old.length - after ? line + by : within);
    const first = place(from, before + 1);
    return { from: first, to: Math.max(first, place(to, now.length - after)) };
}
