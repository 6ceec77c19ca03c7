// What a page without a server behind it cannot do is said, with the way to it.

import { element } from "../element.ts";
import { facts } from "../facts.ts";
import { hosted } from "../served.ts";
import { inBook } from "../theme.ts";

/** Says once where code can be changed, and once where exercises are checked. */
export function elsewhere(): void {
    if (!hosted()) return;
    const listing = document.querySelector("main figure.listing[data-file]");
    if (listing) facts().after(way("This code runs here as it stands. Changing it needs compilers", "Edit at each listing"));
    document.querySelector("main .exercise[data-exercise]")?.before(way("These cannot be checked here, because that needs compilers", "an editor and a check for each"));
}

function way(what: string, offer: string): HTMLElement {
    const machine = element("a", { href: inBook("index.html#how-to-begin") }, "a Debian machine of your own");
    const command = (text: string) => element("code", {}, text);
    return element("p", { class: "facts" }, `${what}. On `, machine, ", in a checkout of the book’s sources, ", command("ci/setup.sh"),
        " installs them, and ", command("cargo lab serve"), ` then serves this page with ${offer}.`);
}
