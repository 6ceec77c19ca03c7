// mdBook's copy buttons, for every reader: of a terminal's record they copy the commands, and they say what they did.

import { announce } from "./announce.ts";
import { commands } from "./commands.ts";

// mdBook's own scripts bring this.
declare const ClipboardJS: new (target: Element, options: { text: () => string }) => {
    on(event: "success" | "error", done: () => void): void;
};

/** What a button copies. */
function text(code: HTMLElement): string {
    const shown = code.textContent.trimEnd() + "\n";
    return code.classList.contains("language-console") ? commands(shown) : shown;
}

function kind(code: HTMLElement): string {
    if (code.matches(".language-sh, .language-console")) return "commands";
    return code.closest("figure.output") ? "output" : "code";
}

export function copyButtons(): void {
    for (const button of document.querySelectorAll<HTMLElement>("pre .clip-button")) {
        const code = button.closest("pre")?.querySelector<HTMLElement>("code");
        if (!code) continue;
        const label = `Copy the ${kind(code)}`;
        button.title = label;
        button.setAttribute("aria-label", label);
        // mdBook listens further out, and would copy the prompts too.
        button.addEventListener("click", (event) => event.stopPropagation());
        const tell = (what: string) => {
            announce(what);
            button.querySelector(".tooltiptext")?.replaceChildren(what);
            button.classList.add("tooltipped");
        };
        const copying = new ClipboardJS(button, { text: () => text(code) });
        copying.on("success", () => {
            tell("Copied!");
            button.focus();
        });
        copying.on("error", () => tell("This browser does not let the page copy."));
        for (const leave of ["mouseout", "blur"]) {
            button.addEventListener(leave, () => button.classList.remove("tooltipped"));
        }
    }
}
