// What machine.json and chapter.json say, as `cargo lab site` writes them.

import type { Chapter } from "../machine/chapter.ts";
import { type Asset, reach, Unfetched } from "./asset.ts";

/** The version of both that this script knows. */
const VERSION = 1;

/** What a site has. */
export interface Site {
    version: number;
    /** The kernel that its lessons run on, and that one's release. */
    kernel: string;
    release: string;
    /** How that says that something is wrong: a regular expression. */
    trouble: string;
    /** A machine in which it has booted. */
    state: Asset;
    /** The `chapter.json` of each chapter. */
    chapters: Record<string, Asset>;
}

/** What a chapter has. */
export interface Description extends Chapter {
    /** Its files, as cpio(5) has them, compressed by gzip. */
    archive: Asset;
    /** By the names that the page's outputs have for them. */
    scenes: Record<string, Scene>;
}

export type Scene = Able | { why_not: string };

/** A scene that can run there. */
export interface Able {
    program: string;
    /** Takes the place of the chapter's. */
    module?: Chapter["module"];
    /** All that it prints there, without measured figures; none: that is not known. */
    expected: string | null;
    /** Whether the kernel is meant to report some. */
    trouble: boolean;
}

/** What the site whose folder `machine` is at `base` has. */
export async function describe(base: string): Promise<Site> {
    const response = await reach(`${base}machine.json`, { cache: "no-cache" });
    if (!response.ok) throw new Unfetched(`machine.json could not be fetched: the server says ${response.status}.`);
    const site = (await response.json().catch(() => ({}))) as Partial<Site>;
    if (site.version !== VERSION) throw new Unfetched("The site has another version than this page: load the page anew.");
    return site as Site;
}
