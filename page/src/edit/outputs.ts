// What an edited file can be run as: the outputs of its page, and all that its lesson prints.

export interface Output {
    scene: string;
    part?: string | undefined;
}

export interface Choice extends Output {
    label: string;
}

const CRASH = "-crash";

/**
 * What can be chosen for a file of the lesson `slug`, and which of it is meant. `outputs` are those of the page in order; `before`
 * of them stand before the listing.
 */
export function choices(slug: string, file: string, outputs: Output[], before: number): { all: Choice[]; meant: number } {
    const isFaulty = /\/(copied\.c|bin\/crash\.rs)$/.test(file);
    const own = outputs.map((output, place) => ({ ...output, place })).filter(({ scene }) => scene === slug || scene === slug + CRASH);
    const all: (Choice & { place: number })[] = [];
    for (const output of own) {
        if (all.some(({ scene, part }) => scene === output.scene && part === output.part)) continue;
        const label = output.part ?? (output.scene.endsWith(CRASH) ? "the crash" : "all of it");
        all.push({ ...output, label });
    }
    if (!all.some(({ scene, part }) => scene === slug && part === undefined)) {
        all.push({ scene: slug, label: "all of it", place: -1 });
    }
    // The faulty module and what provokes it are for the crash, and that is what one wants to see of them.
    const crash = isFaulty ? all.findIndex(({ scene }) => scene.endsWith(CRASH)) : -1;
    if (crash >= 0) return { all, meant: crash };
    const next = all.findIndex(({ scene, place }) => scene === slug && place >= before);
    const last = all.findLastIndex(({ scene, place }) => scene === slug && place >= 0);
    return { all, meant: next >= 0 ? next : last >= 0 ? last : all.length - 1 };
}
