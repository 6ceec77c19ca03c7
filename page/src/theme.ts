// mdBook's own script declares this in each page: how one gets from there to the book's root.
declare const path_to_root: string;

/** Where a file of the book is, from whatever page. */
export const inBook = (path: string): string => new URL(path_to_root + path, location.href).href;

/** Where a file of the book's theme is. What a page loads on demand is there. */
export const theme = (file: string): string => inBook(`theme/${file}`);
