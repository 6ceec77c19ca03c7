// What the server sends, once for all tabs: a browser keeps at most six connections to a server, and each page that listens
// takes one for good. So one tab listens and passes on what it hears; when it is closed, another takes over.

import type { Message } from "./state.ts";

const ADDRESS = "/lab/events";
/** How long to wait before the next attempt, in milliseconds, where the browser itself makes none. */
const PAUSE = 2000;

/** What a tab hears: a message, or that the server is gone. */
export type Heard = Message | { kind: "gone" };

/** Calls `hear` with all that is heard. */
export function listen(hear: (heard: Heard) => void): void {
    if (!navigator.locks) {
        connect(hear);
        return;
    }
    const channel = new BroadcastChannel(ADDRESS);
    let last: Heard | undefined;
    let leads = false;
    channel.addEventListener("message", ({ data }: MessageEvent<Heard | "what is known?">) => {
        if (data !== "what is known?") hear(data);
        else if (leads && last) channel.postMessage(last);
    });
    channel.postMessage("what is known?");
    void navigator.locks.request(ADDRESS, () => {
        leads = true;
        connect((heard) => {
            if (heard.kind !== "pages") last = heard;
            channel.postMessage(heard);
            hear(heard);
        });
        return new Promise(() => {}); // until the tab is closed
    });
}

function connect(hear: (heard: Heard) => void): void {
    const source = new EventSource(ADDRESS);
    source.addEventListener("message", ({ data }: MessageEvent<string>) => hear(JSON.parse(data) as Message));
    source.addEventListener("error", () => {
        hear({ kind: "gone" });
        if (source.readyState === EventSource.CLOSED) setTimeout(() => connect(hear), PAUSE);
    });
    addEventListener("pagehide", () => source.close());
}
