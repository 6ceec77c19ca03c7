// A chapter's lesson, run in a machine.

import type { Ended, Machine } from "./machine.ts";

/** What a chapter has, as `chapter.json` beside its archive says it. */
export interface Chapter {
    slug: string;
    /** Files of modules of the stock kernel, in the order in which they are loaded. */
    stock: string[];
    /** The file of its own module, if it has one, and its name. */
    module?: { path: string; name: string };
}

const AGENT = "/init";

/** Puts the chapter's files into the machine and loads its modules. */
export async function install(machine: Machine, chapter: Chapter, archive: Uint8Array): Promise<void> {
    await machine.unpack(archive);
    for (const path of chapter.stock) await machine.must([AGENT, "insmod", path]);
    if (chapter.module) await machine.must([AGENT, "insmod", chapter.module.path]);
}

/** Unloads a module. */
export async function unload(machine: Machine, { name }: NonNullable<Chapter["module"]>): Promise<void> {
    await machine.must([AGENT, "rmmod", name]);
}

/** Runs its program, and unloads its module. `show` gets what it prints, as it comes. */
export async function run(machine: Machine, chapter: Chapter, show?: (text: string) => void): Promise<Ended> {
    const ended = await machine.run([`/root/${chapter.slug}`], show);
    if (chapter.module) await unload(machine, chapter.module);
    return ended;
}
