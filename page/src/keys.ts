/** Keeps the keys that are meant for a control from mdBook, which turns the page at an arrow. */
export function keepKeys(control: HTMLElement): void {
    control.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") event.stopPropagation();
    });
}
