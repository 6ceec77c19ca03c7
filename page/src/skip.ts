import { element } from "./element.ts";

/** A link past the menus, the first thing that the tab key reaches. */
export function skipLink(): void {
    const main = document.querySelector<HTMLElement>("main");
    if (!main) return;
    main.tabIndex = -1;
    const link = element("a", { class: "skip", href: "#content" }, "Skip to the text");
    link.addEventListener("click", (event) => {
        event.preventDefault();
        main.focus();
        main.scrollIntoView();
    });
    document.body.prepend(link);
}
