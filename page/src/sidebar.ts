/** mdBook's label that shows and hides the side bar is there for the mouse alone: it becomes a button, for keys and screen readers. */
export function sidebarButton(): void {
    const label = document.getElementById("sidebar-toggle");
    if (!label) return;
    label.setAttribute("role", "button");
    label.tabIndex = 0;
    label.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        label.click();
    });
}
