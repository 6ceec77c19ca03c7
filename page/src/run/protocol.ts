// What the page and the server say to each other about a run, as lab/src/serve/run/message.rs defines it.

/** The version of the messages that this script knows. */
export const VERSION = 1;

const ADDRESS = "/lab/run";

export interface Request {
    scene: string;
    /** The part of its output; none: all of it. */
    part?: string;
    kernel: string;
}

export type How = "same" | "differs" | "ran" | "failed" | "stopped" | "broken" | "refused";

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
    | Ended;

/** A run that was asked for. */
export interface Run {
    stop(): void;
}

/** Asks for a run, and calls `hear` with all that comes of it, the end included, whatever happens. */
export function ask(request: Request, hear: (news: News) => void): Run {
    const socket = new WebSocket(location.origin.replace(/^http/, "ws") + ADDRESS);
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
            end("refused", "The server speaks another version than this page: load the page anew.");
            socket.close();
            return;
        }
        ended = news.kind === "ended";
        hear(news);
    });
    socket.addEventListener("close", () => {
        if (opened) end("broken", "The server has gone.");
        else end("refused", "The server does not take it. If it was started anew, open the address that its terminal printed.");
    });
    return {
        stop: () => {
            if (opened) say({ kind: "stop" });
            else socket.close();
        },
    };
}
