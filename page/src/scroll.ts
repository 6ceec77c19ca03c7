// Code and tables that are wider than the page scroll sideways, also by the arrow keys once the tab key has reached them.

import { keepKeys } from "./keys.ts";

export function scrollable(): void {
    const watcher = new ResizeObserver((entries) => {
        for (const { target } of entries) mark(target as HTMLElement);
    });
    for (const wide of document.querySelectorAll<HTMLElement>("main pre > code, main .table-wrapper")) {
        keepKeys(wide);
        watcher.observe(wide);
    }
}

/** Lets the tab key reach what scrolls, and nothing else. */
export function mark(wide: HTMLElement): void {
    if (wide.scrollWidth > wide.clientWidth || wide.scrollHeight > wide.clientHeight + 1) {
        wide.tabIndex = 0;
        wide.setAttribute("role", "region");
        wide.setAttribute("aria-label", label(wide));
    } else {
        for (const attribute of ["tabindex", "role", "aria-label"]) wide.removeAttribute(attribute);
    }
}

function label(wide: HTMLElement): string {
    if (wide.dataset["label"]) return wide.dataset["label"];
    const caption = wide.closest("figure")?.querySelector("figcaption")?.textContent.trim();
    return caption ?? (wide.matches("code") ? "code" : "table");
}
