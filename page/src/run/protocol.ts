// What the page and the server say to each other about a run, as lab/src/serve/run/message.rs defines it.

import type { Diagnostic } from "../edit/editor.ts";

/** The version of the messages that this script knows. */
export const VERSION = 1;

const ADDRESS = "/lab/run";

export interface Request {
    scene: string;
    /** The part of its output; none: all of it. */
    part?: string;
    kernel: string;
    /** The files of the lesson that the reader has changed. */
    edits?: Edit[];
}

/** A file, by its path in the course, and all that is in it. */
export interface Edit {
    file: string;
    text: string;
}

/** `other`, which only a browser's own kernel says: what it printed is right there, and not what the page shows. */
export type How = "same" | "other" | "differs" | "ran" | "failed" | "unbuilt" | "stopped" | "broken" | "refused";

/** What a compiler says of a file of the reader's. */
export interface Said extends Diagnostic {
    file: string;
}

export interface Line {
    /** "-" was expected, "+" was printed, " " is both, "@" says where, "…" that there is more. */
    sign: string;
    text: string;
}

export interface Ended {
    kind: "ended";
    how: How;
    why?: string | null;
    place?: string | null;
    difference: Line[];
}

export type News =
    | { kind: "queued"; place: number }
    | { kind: "step"; text: string }
    | { kind: "output"; text: string }
    | { kind: "log"; text: string }
    | { kind: "compiler"; diagnostics: Said[] }
    | Ended;

/** A file of the course that can be changed. */
export interface Source {
    text: string;
    /** Of each file of its lesson that can be changed: another one, if its content is another. */
    versions: Record<string, string>;
}

/** A run that was asked for. */
export interface Run {
    stop(): void;
}

const GONE = "The server has gone.";
const REFUSED = "The server does not take it. If it was started anew, open the address that its terminal printed.";
const OTHER = "The server speaks another version than this page: load the page anew.";

function open(): WebSocket {
    return new WebSocket(location.origin.replace(/^http/, "ws") + ADDRESS);
}

/** A file of the course as it is now. Fails with a reason for the reader. */
export function source(slug: string, file: string): Promise<Source> {
    return new Promise((resolve, reject) => {
        const socket = open();
        let why = REFUSED;
        socket.addEventListener("open", () => {
            why = GONE;
            socket.send(JSON.stringify({ version: VERSION, kind: "source", slug, file }));
        });
        socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
            const told = JSON.parse(data) as ({ kind: "source" } & Source | Ended) & { version: number };
            if (told.version !== VERSION) reject(new Error(OTHER));
            else if (told.kind === "source") resolve(told);
            else reject(new Error(told.why ?? ""));
        });
        socket.addEventListener("close", () => reject(new Error(why)));
    });
}

/** Asks for a run, and calls `hear` with all that comes of it, the end included, whatever happens. */
export function ask(request: Request, hear: (news: News) => void): Run {
    const socket = open();
    let opened = false;
    let ended = false;
    const end = (how: How, why: string) => {
        if (!ended) hear({ kind: "ended", how, why, difference: [] });
        ended = true;
    };
    const say = (message: object) => socket.send(JSON.stringify({ version: VERSION, ...message }));
    socket.addEventListener("open", () => {
        opened = true;
        say({ kind: "run", ...request });
    });
    socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
        const news = JSON.parse(data) as News & { version: number };
        if (ended) return;
        if (news.version !== VERSION) {
            end("refused", OTHER);
            socket.close();
            return;
        }
        ended = news.kind === "ended";
        hear(news);
    });
    socket.addEventListener("close", () => {
        if (opened) end("broken", GONE);
        else end("refused", REFUSED);
    });
    return {
        stop: () => {
            if (opened) say({ kind: "stop" });
            else socket.close();
        },
    };
}
