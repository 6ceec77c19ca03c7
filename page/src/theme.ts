// mdBook's own script declares this in each page: how one gets from there to the book's root.
declare const path_to_root: string;

/** Where a file of the book's theme is, from whatever page. What a page loads on demand is there. */
export const theme = (file: string): string => new URL(`${path_to_root}theme/${file}`, location.href).href;
