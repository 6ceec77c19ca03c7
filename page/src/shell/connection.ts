// What a terminal is connected to: a shell in a kernel, wherever that runs.

export interface Wanted {
    slug: string;
    kernel: string;
}

/** Of a terminal, in character cells. */
export interface Size {
    rows: number;
    columns: number;
}

/** Who hears how the shell fares. */
export interface Hearer {
    /** This is being done, or it is ready. */
    say(text: string): void;
    /** The terminal shows this. */
    show(bytes: Uint8Array): void;
    /** It is over, and why. */
    end(why: string): void;
}

export interface Connection {
    type(bytes: Uint8Array): void;
    resize(size: Size): void;
    close(): void;
}
