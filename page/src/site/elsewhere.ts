// What a page without a server behind it cannot do is said, with the way to it.

import { element } from "../element.ts";
import { facts } from "../facts.ts";
import { hosted } from "../served.ts";
import { inBook } from "../theme.ts";

/** Says once where code can be changed, and once where exercises are checked. */
export function elsewhere(): void {
    if (!hosted()) return;
    const listing = document.querySelector("main figure.listing[data-file]");
    if (listing) facts().after(way("To change this code and run it so"));
    document.querySelector("main .exercise[data-exercise]")?.before(way("To do these here, and have them checked"));
}

function way(what: string): HTMLElement {
    const needs = element("a", { href: inBook("index.html#how-to-begin") }, "a machine with Debian");
    const command = (text: string) => element("code", {}, text);
    return element("p", { class: "facts" }, `${what}, you need compilers: on `, needs, ", in a checkout of the book’s sources, ",
        command("ci/setup.sh"), " brings them, and ", command("cargo lab serve"), " opens this page with all that it can do.");
}
