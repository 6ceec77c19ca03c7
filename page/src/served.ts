// What the server lets the page know of itself: words in meta tags, which a page that is served otherwise has not.

const words = (name = "crossings"): string[] =>
    document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content.split(" ") ?? [];

/** Whether `cargo lab serve` serves the page. */
export const served = (): boolean => words().includes("serve");

/** Whether the reader may run there what the page shows. */
export const mayRun = (): boolean => words().includes("run");

/** Whether the page is one of a site without a server behind it, whose lessons run in the reader's browser. */
export const hosted = (): boolean => words().includes("hosted");

/** The kernels that there are, the newest first. */
export const kernels = (): string[] => words("crossings-kernels");
