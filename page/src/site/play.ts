// Plays a scene for a reader, and tells what comes as it comes.

import { unload } from "../machine/chapter.ts";
import type { Ended, How, News, Request } from "../run/protocol.ts";
import { Unfetched } from "./asset.ts";
import { fetchParts, start } from "./guest.ts";
import { KernelLog } from "./log.ts";
import { Cut } from "./part.ts";
import { end, verdict } from "./verdict.ts";

type Tell = (news: News) => void;

/** Plays it to its end. `shown` is what the page shows of it. */
export async function play(request: Request, shown: string | undefined, tell: Tell): Promise<void> {
    const ended = await tryToPlay(request, shown, tell).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        return because(error instanceof Unfetched ? "refused" : "broken", why);
    });
    tell(ended);
}

const because = (how: How, why: string): Ended => ({ kind: "ended", how, why, difference: [] });

async function tryToPlay({ scene: name, part }: Request, shown: string | undefined, tell: Tell): Promise<Ended> {
    const step = (text: string) => tell({ kind: "step", text });
    const parts = await fetchParts(name.replace(/-crash$/, ""), step);
    const scene = parts.chapter.scenes[name];
    if (!scene) return because("refused", `This site has no scene ${name}.`);
    if ("why_not" in scene) return because("refused", scene.why_not);
    step("it runs");
    const log = new KernelLog((text) => tell({ kind: "log", text }));
    const cut = new Cut(part);
    let printed = "";
    const hear = (text: string) => {
        printed += text;
        if (text !== "") tell({ kind: "output", text });
    };
    const module = scene.module ?? parts.chapter.module;
    const machine = await start(parts, module, (piece) => log.hear(piece));
    const show = (text: string, stream: string) => {
        if (stream === "stdout") hear(cut.feed(text));
    };
    const { exit, stderr } = await Promise.race([machine.run([scene.program], show), log.panic]);
    const isWell = "code" in exit && exit.code === 0;
    if (module && isWell && !scene.trouble) await unload(machine, module);
    const played = { exit, stderr, log: log.text, trouble: parts.trouble };
    if (scene.trouble) hear(cut.feed(end(played)));
    hear(cut.finish());
    return verdict(scene, part, played, printed, shown);
}
