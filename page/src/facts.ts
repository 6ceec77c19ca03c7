import { element } from "./element.ts";

/** The line under the title, which every chapter has. */
export function facts(): HTMLElement {
    const there = document.querySelector<HTMLElement>("main p.facts");
    if (there) return there;
    const made = element("p", { class: "facts" });
    document.querySelector("main h1")?.after(made);
    return made;
}

/** Adds one more to it. */
export function fact(made: HTMLElement): void {
    const line = facts();
    line.append(line.textContent?.trim() ? " · " : "", made);
}
