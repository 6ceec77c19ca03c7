// The service worker of a site. What a page loads comes from the network, or, where there is none, from what was kept of it.
// Kernels and chapters are kept by those who run them (kept.ts).

/** The version of the scripts, by page/build: another version begins anew. */
declare const VERSION: string;

// The types of pages do not have what there is in a service worker: this is as much of it as is used here.
interface Lasting extends globalThis.Event {
    waitUntil(done: Promise<unknown>): void;
}
interface Fetching extends Lasting {
    readonly request: Request;
    respondWith(answer: Promise<Response>): void;
}
interface Scope {
    readonly registration: { readonly scope: string };
    readonly clients: { claim(): Promise<void> };
    skipWaiting(): Promise<void>;
    addEventListener(type: "install" | "activate", listener: (event: Lasting) => void): void;
    addEventListener(type: "fetch", listener: (event: Fetching) => void): void;
    addEventListener(type: "message", listener: (event: Lasting & MessageEvent<{ keep: string[] }>) => void): void;
}
const here = self as unknown as Scope;

const SCOPE = here.registration.scope;
/** Other sites at this origin have theirs. */
const OURS = `crossings pages ${SCOPE} `;
const CACHE = OURS + VERSION;

here.addEventListener("install", (event) => event.waitUntil(here.skipWaiting()));

here.addEventListener("activate", (event) => event.waitUntil(begin()));

async function begin(): Promise<void> {
    const old = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await here.clients.claim();
}

here.addEventListener("fetch", (event) => {
    const { request } = event;
    // What is not to be stored by the browser is not to be stored by us.
    if (request.method !== "GET" || !request.url.startsWith(SCOPE) || request.cache === "no-store") return;
    event.respondWith(answer(event));
});

async function answer(event: Fetching): Promise<Response> {
    const { request } = event;
    try {
        const response = await fetch(request);
        event.waitUntil(keep(request.url, response.clone()));
        return response;
    } catch (error) {
        const kept = await (await caches.open(CACHE)).match(key(request.url));
        if (kept) return kept;
        if (request.mode === "navigate") return new Response(NOT_KEPT, { status: 503, headers: { "Content-Type": "text/html" } });
        throw error;
    }
}

const NOT_KEPT = `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Not kept</title><p>There is no network, and this browser has not kept this page: it was not opened before.</p></html>`;

here.addEventListener("message", (event) => event.waitUntil(keepAll(event.data.keep)));

/** Keeps those of these that are not kept yet. */
async function keepAll(addresses: string[]): Promise<void> {
    const cache = await caches.open(CACHE);
    const all = new Map(addresses.filter((address) => address.startsWith(SCOPE)).map((address) => [key(address), address]));
    // The page has just fetched them: the browser has them still, where the server lets it.
    const get = (address: string) => fetch(address, { cache: "force-cache" });
    await Promise.allSettled([...all].map(async ([kept, address]) => (await cache.match(kept)) ?? keep(address, await get(address))));
}

async function keep(address: string, response: Response): Promise<void> {
    if (response.status === 200) await (await caches.open(CACHE)).put(key(address), response);
}

/** A page is the same whatever is looked for in it, and a folder is its index. */
function key(address: string): string {
    const { origin, pathname } = new URL(address);
    return origin + pathname.replace(/\/index\.html$/, "/");
}
