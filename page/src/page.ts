// mdBook's own script declares this in each page: how one gets from there to the book's root.
declare const path_to_root: string;

/** The name of the page in the book, such as `sources/ioctl.html`. */
export function page(): string {
    const root = new URL(path_to_root || ".", location.href).pathname;
    return decodeURIComponent(location.pathname.slice(root.length)) || "index.html";
}
