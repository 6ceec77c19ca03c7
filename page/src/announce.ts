import { element } from "./element.ts";

let region: HTMLElement | undefined;

/** Has a screen reader say something that others see. */
export function announce(text: string): void {
    region ??= document.body.appendChild(element("p", { class: "unseen", role: "status" }));
    region.textContent = "";
    setTimeout(() => region?.replaceChildren(text), 50); // the same words twice are a change only this way
}
