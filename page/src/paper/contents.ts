// The book's pages in their order, as `cargo lab site` names them.

export interface Entry {
    /** Its path in the book, without `.html`. */
    name: string;
    /** As the book's table of contents has it, with its number. */
    title: string;
    /** The part of the book that begins with it. */
    part?: string;
    /** How many pages it stands below. */
    depth: number;
}

export interface Book {
    title: string;
    about: string;
    pages: Entry[];
}
