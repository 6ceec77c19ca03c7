// The worker of one run or one shell: it has the emulator.

import { seen } from "./guest.ts";
import type { FromWorker, ToWorker } from "./message.ts";
import { play } from "./play.ts";
import { Shell } from "./shell.ts";

const tell = (message: FromWorker) => self.postMessage(message);

let shell: Shell | undefined;
let isSeen = true;

self.addEventListener("message", ({ data: message }: MessageEvent<ToWorker>) => {
    switch (message.kind) {
        case "run":
            void play(message.request, message.shown, tell);
            break;
        case "open":
            shell = new Shell(message.slug, message.size, tell);
            break;
        case "type":
            shell?.type(message.bytes);
            break;
        case "resize":
            shell?.resize(message.size);
            break;
        case "seen":
            if (message.seen === isSeen) break;
            isSeen = message.seen;
            void seen(isSeen);
            tell({ kind: "step", text: isSeen ? "it goes on" : "it waits until this tab is seen" });
    }
});
