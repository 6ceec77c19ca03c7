// The engine of a page without a server behind it: each run, and each shell, is a worker that has a kernel of its own and is ended
// with it.

import { inBook } from "../theme.ts";
import type { How, News, Request, Run } from "../run/protocol.ts";
import type { Connection, Hearer, Size, Wanted } from "../shell/connection.ts";
import { keepPage } from "./keep.ts";
import type { FromWorker, ToWorker } from "./message.ts";

// v86 takes these words for leave to be called by the browser's scheduler. Else it starts a worker in the worker for that, which in
// Firefox on a busy machine now and then never begins.
const WORKER = "machine/worker.js?use-scheduling-api";

const NOT_LOADED = "The script of the emulator could not be loaded. Where there is no network, it works after a first run with one.";

interface Hired {
    say(message: ToWorker): void;
    end(): void;
}

/** Starts a worker with this. `failed` is called if it cannot be loaded, or breaks. */
function hire(first: ToWorker, hear: (message: FromWorker) => void, failed: (why: string) => void): Hired {
    const worker = new Worker(inBook(WORKER), { type: "module", name: first.kind });
    const say = (message: ToWorker) => worker.postMessage(message);
    const tellSeen = () => say({ kind: "seen", seen: document.visibilityState === "visible" });
    const end = () => {
        document.removeEventListener("visibilitychange", tellSeen);
        worker.terminate();
    };
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => hear(data));
    worker.addEventListener("error", ({ message }) => {
        end();
        failed(message || NOT_LOADED);
    });
    document.addEventListener("visibilitychange", tellSeen);
    tellSeen();
    // By then it has loaded both.
    worker.addEventListener("message", () => keepPage([WORKER, "machine/machine.json"]), { once: true });
    say(first);
    return { say, end };
}

/** Runs this, and calls `hear` with all that comes of it, the end included, whatever happens. */
export function ask(request: Request, hear: (news: News) => void): Run {
    let ended = false;
    const end = (how: How, why?: string) => {
        if (ended) return;
        ended = true;
        worker.end();
        hear({ kind: "ended", how, ...(why === undefined ? {} : { why }), difference: [] });
    };
    const heard = (news: FromWorker) => {
        if (ended || news.kind === "show" || news.kind === "left") return;
        if (news.kind === "ended") {
            ended = true;
            worker.end();
        }
        hear(news);
    };
    const worker = hire({ kind: "run", request, shown: shown(request) }, heard, (why) => end("broken", why));
    return { stop: () => end("stopped") };
}

/** Begins a shell for a terminal of this size. */
export function connect({ slug }: Wanted, size: Size, hearer: Hearer): Connection {
    const heard = (news: FromWorker) => {
        if (news.kind === "show") hearer.show(news.bytes);
        else if (news.kind === "step") hearer.say(news.text);
        else if (news.kind === "left") {
            worker.end();
            hearer.end(news.why);
        }
    };
    const worker = hire({ kind: "open", slug, size }, heard, hearer.end);
    return {
        type: (bytes) => worker.say({ kind: "type", bytes }),
        resize: (size) => worker.say({ kind: "resize", size }),
        close: () => worker.end(),
    };
}

/** What the page shows where this runs. */
function shown({ scene, part }: Request): string | undefined {
    const outputs = [...document.querySelectorAll<HTMLElement>("main figure.output[data-scene]")];
    const output = outputs.find(({ dataset }) => dataset["scene"] === scene && dataset["part"] === part);
    return output?.querySelector("pre > code")?.textContent;
}
