// The exercises of a chapter can be done on its page, where `cargo lab serve` serves it and the reader may.

import { element } from "../element.ts";
import { page } from "../page.ts";
import { mayRun } from "../served.ts";
import { Desk } from "./desk.ts";
import { Solution } from "./solution.ts";

/** Which are open is known to the tab: a page that is loaded anew opens them again. */
const KEY = `crossings/desks`;

export function exercises(): void {
    if (!mayRun()) return;
    for (const exercise of document.querySelectorAll<HTMLElement>("main .exercise[data-exercise]")) offer(exercise);
}

function offer(exercise: HTMLElement): void {
    const id = exercise.dataset["exercise"] ?? "";
    const [slug = "", name = ""] = id.split("/");
    const title = exercise.querySelector("p > strong")?.textContent ?? id;
    const task = exercise.querySelector<HTMLDetailsElement>("details.task");
    const solution = new Solution(exercise, title);
    const button = element("button", { type: "button", id: `desk-${slug}-${name}`, "aria-expanded": "false" });
    let desk: Desk | undefined;
    const label = () => {
        const word = desk ? "Put it away" : "Do it here";
        button.textContent = word;
        button.setAttribute("aria-label", `${word}: ${title}`);
        button.setAttribute("aria-expanded", String(desk !== undefined));
    };
    const toggle = (focused: boolean) => {
        if (desk) {
            desk.close();
            desk = undefined;
        } else {
            desk = new Desk(slug, name, title, solution, focused);
            if (task) task.open = true;
            (task ?? exercise.lastElementChild)?.after(desk.element);
        }
        label();
        remember(id, desk !== undefined);
    };
    button.addEventListener("click", () => toggle(true));
    label();
    (task ?? exercise).before(element("div", { class: "run" }, element("p", {}, button)));
    if (opened().includes(id)) toggle(false);
}

function opened(): string[] {
    try {
        const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Record<string, string[]>;
        return kept[page()] ?? [];
    } catch {
        return [];
    }
}

function remember(id: string, isOpen: boolean): void {
    const others = opened().filter((other) => other !== id);
    try {
        const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Record<string, string[]>;
        sessionStorage.setItem(KEY, JSON.stringify({ ...kept, [page()]: isOpen ? [...others, id] : others }));
    } catch {
        // Then a page that is loaded anew has them closed.
    }
}
