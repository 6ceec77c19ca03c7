// One terminal and its WebSocket, as lab/src/serve/shell.rs defines what is said over it. A bundle of its own: it brings xterm.js.

import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { VERSION } from "../run/protocol.ts";

export interface Request {
    slug: string;
    kernel: string;
}

export interface Around {
    /** Says how the shell fares. */
    say(text: string): void;
    /** Takes the focus out of the terminal. */
    leave(): void;
}

type News = { version: number } & ({ kind: "step"; text: string } | { kind: "ended"; why: string });

/** Opens a shell and shows it in `host`. */
export function open(host: HTMLElement, request: Request, around: Around): { close(): void } {
    const look = { fontSize: 14, lineHeight: 1.2, fontFamily: "Source Code Pro, monospace" };
    const terminal = new Terminal({ screenReaderMode: true, scrollback: 5000, ...look });
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.open(host);
    fit.fit();
    terminal.focus();
    const watcher = new ResizeObserver(() => fit.fit());
    watcher.observe(host);

    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/lab/shell`);
    socket.binaryType = "arraybuffer";
    const isOpen = () => socket.readyState === WebSocket.OPEN;
    const say = (message: object) => isOpen() && socket.send(JSON.stringify({ version: VERSION, ...message }));
    const size = () => ({ rows: terminal.rows, columns: terminal.cols });
    let ended = false;
    const end = (why: string) => {
        if (!ended) around.say(`ended: ${why}`);
        ended = true;
        terminal.options.disableStdin = true;
    };
    socket.addEventListener("open", () => say({ kind: "open", ...request, ...size() }));
    socket.addEventListener("message", ({ data }: MessageEvent<ArrayBuffer | string>) => {
        if (typeof data !== "string") {
            terminal.write(new Uint8Array(data));
            return;
        }
        const news = JSON.parse(data) as News;
        if (news.kind === "ended") end(news.why);
        else around.say(news.text);
    });
    socket.addEventListener("close", () => end("the server has gone"));
    const bytes = new TextEncoder();
    const type = (text: string) => {
        // What is pasted may be long: no message is longer than the server takes.
        for (let rest = bytes.encode(text); rest.length > 0; rest = rest.slice(4096)) {
            if (isOpen()) socket.send(rest.slice(0, 4096));
        }
    };
    terminal.onData(type);
    terminal.onResize(() => say({ kind: "resize", ...size() }));
    terminal.attachCustomKeyEventHandler((event) => {
        if (event.type !== "keydown") return true;
        if (event.key === "Escape" && event.shiftKey) {
            around.leave();
            return false;
        }
        if (event.ctrlKey && event.shiftKey && event.key === "C") {
            event.preventDefault();
            void navigator.clipboard.writeText(terminal.getSelection());
            return false;
        }
        return true;
    });
    return {
        close: () => {
            ended = true;
            watcher.disconnect();
            socket.close();
            terminal.dispose();
        },
    };
}
