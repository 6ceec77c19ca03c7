// A site's pages work without a network, once they were seen: the service worker sw.ts keeps what they load.

import { hosted } from "../served.ts";
import { inBook } from "../theme.ts";

/** Starts the service worker, where there may be one, and has it keep this page. */
export function keepPages(): void {
    if (!hosted() || !navigator.serviceWorker) return;
    // A new one begins with nothing.
    navigator.serviceWorker.addEventListener("controllerchange", () => keepPage());
    // A browser may refuse, as in a private window: then the pages need the network.
    navigator.serviceWorker.register(inBook("sw.js")).then(() => keepPage(), () => {});
}

/** Has the service worker keep what this page has loaded, as it began without one perhaps, and these files of the book. */
export function keepPage(files: string[] = []): void {
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    const keep = [location.href, ...loaded, ...files.map(inBook)];
    void navigator.serviceWorker?.ready.then(({ active }) => active?.postMessage({ keep }));
}
