// A shell in the lab, over a WebSocket, as lab/src/serve/shell/message.rs defines what is said.

import { VERSION } from "../run/protocol.ts";
import type { Connection, Hearer, Size, Wanted } from "./connection.ts";

type News = { version: number } & ({ kind: "step"; text: string } | { kind: "ended"; why: string });

/** What is pasted may be long: no message is longer than the server takes. */
const LONGEST = 4096;

export function connect(wanted: Wanted, first: Size, hearer: Hearer): Connection {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/lab/shell`);
    socket.binaryType = "arraybuffer";
    const isOpen = () => socket.readyState === WebSocket.OPEN;
    const say = (message: object) => isOpen() && socket.send(JSON.stringify({ version: VERSION, ...message }));
    let size = first;
    socket.addEventListener("open", () => say({ kind: "open", ...wanted, ...size }));
    socket.addEventListener("message", ({ data }: MessageEvent<ArrayBuffer | string>) => {
        if (typeof data !== "string") {
            hearer.show(new Uint8Array(data));
            return;
        }
        const news = JSON.parse(data) as News;
        if (news.kind === "ended") hearer.end(news.why);
        else hearer.say(news.text);
    });
    socket.addEventListener("close", () => hearer.end("the server has gone"));
    return {
        type: (bytes) => {
            for (let rest = bytes; rest.length > 0; rest = rest.slice(LONGEST)) if (isOpen()) socket.send(rest.slice(0, LONGEST));
        },
        resize: (now) => {
            size = now;
            say({ kind: "resize", ...size });
        },
        close: () => socket.close(),
    };
}
