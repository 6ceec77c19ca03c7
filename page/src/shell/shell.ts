// Shells: a terminal each, in a fresh kernel with the chapter's module loaded. What draws a terminal is loaded with the first.

import { announce } from "../announce.ts";
import { element } from "../element.ts";
import { engine, type Engine } from "../engine.ts";
import { fact } from "../facts.ts";
import { keepKeys } from "../keys.ts";
import { kernel } from "../run/kernel.ts";
import { CLOSED } from "../run/run.ts";
import { theme } from "../theme.ts";
import type { open } from "./terminal.ts";

let opened = 0;
let dock: HTMLElement | undefined;

/** Offers a shell in each chapter. */
export function shells(): void {
    const scene = document.querySelector<HTMLElement>("main figure.output[data-scene]")?.dataset["scene"];
    const there = engine();
    if (!scene || !there) return;
    const button = element("button", { type: "button", class: "covering" }, "Shell");
    button.addEventListener("click", () => void begin(there, scene.replace(/-crash$/, ""), button));
    fact(button);
}

async function begin(engine: Engine, slug: string, button: HTMLElement): Promise<void> {
    const chosen = kernel();
    const name = `Shell ${++opened}, Linux ${chosen}`;
    const state = element("span", { role: "status" }, "a kernel is started");
    const close = element("button", { type: "button", "aria-label": `Close: ${name}` }, "Close");
    const screen = element("div", { class: "screen" });
    const bar = element("p", {}, element("strong", {}, name), " ", state, " ", close);
    const hint = element("p", { class: "unseen" }, "Shift and Escape leave the terminal.");
    // highlight.js calls the records of terminals "shell".
    const section = element("section", { class: "guest-shell", "aria-label": name }, bar, hint, screen);
    keepKeys(section);
    dock ??= document.body.appendChild(element("div", { class: "shells" }));
    dock.append(section);
    if (!document.querySelector("link[data-terminal]")) {
        document.head.append(element("link", { rel: "stylesheet", href: theme("terminal.css"), "data-terminal": true }));
    }
    const { open: openTerminal } = (await import(theme("terminal.js"))) as { open: typeof open };
    const terminal = openTerminal(screen, {
        connect: (size, hearer) => engine.connect({ slug, kernel: chosen }, size, hearer),
        say: (text) => state.replaceChildren(text),
        leave: () => close.focus(),
    });
    close.addEventListener("click", () => {
        terminal.close();
        section.remove();
        announce(`${name} is closed`);
        button.focus();
        dispatchEvent(new Event(CLOSED));
    });
}
