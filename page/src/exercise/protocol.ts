// What the page and the server say to each other about an exercise, as lab/src/serve/exercise/message.rs defines it.

import type { Diagnostic } from "../edit/editor.ts";
import { VERSION, type How, type Line } from "../run/protocol.ts";

const ADDRESS = "/lab/exercise";
/** How long to wait before the next attempt to reach a server that has gone, in milliseconds. */
const PAUSE = 2000;

export type Ask =
    | { kind: "save"; text: string; seen: string | null }
    | { kind: "settle"; keep: "page" | "file"; text: string; seen: string | null }
    | { kind: "check"; kernel: string }
    | { kind: "stop" }
    | { kind: "hint" }
    | { kind: "reset"; text: string | null };

/** What the reader's file says; without text it is not there. */
export interface Held {
    text: string | null;
    hash: string | null;
}

export interface Conflict extends Held {
    kind: "conflict";
    /** From the file to the page. */
    difference: Line[];
}

export interface Standing {
    kind: "record";
    passed: boolean;
    /** Those taken, in HTML. */
    hints: string[];
    of: number;
    outdated?: string | null;
}

export interface Ended {
    kind: "ended";
    /** `same` is that it passes. */
    how: Exclude<How, "other" | "differs" | "ran" | "unbuilt">;
    why?: string | null;
    marks: Diagnostic[];
    warnings: string;
    printed: string;
    /** What is said at the end of a chapter, in HTML. */
    done?: string | null;
}

export type News =
    | ({ kind: "file"; path: string } & Held)
    | { kind: "saved"; hash: string | null }
    | Conflict
    | { kind: "aside"; path: string }
    | Standing
    | { kind: "queued"; place: number }
    | { kind: "step"; text: string }
    | Ended
    | { kind: "trouble"; why: string }
    | { kind: "refused"; why: string };

/** The server cannot be reached; it is tried again. */
export interface Gone {
    kind: "gone";
    why: string;
}

export interface Conversation {
    /** Says this. Returns whether there is a server that can hear it. */
    say(ask: Ask): boolean;
    close(): void;
}

/** Opens an exercise, and calls `hear` with all that is told of it. A server that has gone is tried again until the end. */
export function converse(slug: string, name: string, hear: (news: News | Gone) => void): Conversation {
    let socket: WebSocket | undefined;
    let over = false;
    const send = (message: object) => {
        if (socket?.readyState !== WebSocket.OPEN) return false;
        socket.send(JSON.stringify({ version: VERSION, ...message }));
        return true;
    };
    const connect = () => {
        if (over) return;
        let opened = false;
        const now = (socket = new WebSocket(location.origin.replace(/^http/, "ws") + ADDRESS));
        now.addEventListener("open", () => {
            opened = true;
            send({ kind: "open", slug, name });
        });
        now.addEventListener("message", ({ data }: MessageEvent<string>) => {
            const news = JSON.parse(data) as News & { version: number };
            const why = "The server speaks another version than this page: load the page anew.";
            const known: News = news.version === VERSION ? news : { kind: "refused", why };
            over ||= known.kind === "refused";
            hear(known);
        });
        now.addEventListener("close", () => {
            if (over) return;
            const why = opened
                ? "The server has gone. What you write is kept here until it is back."
                : "The server does not take it. If it was started anew, open the address that its terminal printed; what you have written is kept.";
            hear({ kind: "gone", why });
            setTimeout(connect, PAUSE);
        });
    };
    connect();
    return {
        say: send,
        close: () => {
            over = true;
            socket?.close();
        },
    };
}
