// One terminal and what it is connected to. A bundle of its own: it brings xterm.js.

import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import type { Connection, Hearer, Size } from "./connection.ts";

export interface Around {
    /** Begins a shell for a terminal of this size. */
    connect(size: Size, hearer: Hearer): Connection;
    /** Says how the shell fares. */
    say(text: string): void;
    /** Takes the focus out of the terminal. */
    leave(): void;
}

/** Opens a shell and shows it in `host`. */
export function open(host: HTMLElement, around: Around): { close(): void } {
    const look = { fontSize: 14, lineHeight: 1.2, fontFamily: "Source Code Pro, monospace" };
    const terminal = new Terminal({ screenReaderMode: true, scrollback: 5000, ...look });
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.open(host);
    fit.fit();
    terminal.focus();
    const watcher = new ResizeObserver(() => fit.fit());
    watcher.observe(host);

    const size = () => ({ rows: terminal.rows, columns: terminal.cols });
    let ended = false;
    const connection = around.connect(size(), {
        say: (text) => around.say(text),
        show: (bytes) => terminal.write(bytes),
        end: (why) => {
            if (!ended) around.say(`ended: ${why}`);
            ended = true;
            terminal.options.disableStdin = true;
        },
    });
    const bytes = new TextEncoder();
    terminal.onData((text) => connection.type(bytes.encode(text)));
    terminal.onResize(() => connection.resize(size()));
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
            connection.close();
            terminal.dispose();
        },
    };
}
