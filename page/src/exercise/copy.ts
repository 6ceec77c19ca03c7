// The reader's copy of an exercise, which the page, an editor, the terminal and other tabs may all write. The page writes only over
// what it has seen; where both have changed, the reader chooses, and nothing is lost.

import type { Ask, Conflict, Held, News } from "./protocol.ts";

/** What the page keeps of a text that the file does not say yet. */
export interface Draft {
    text: string;
    /** What the file said when it was begun. */
    seen: string | null;
}

/** What the copy needs of the page around it. */
export interface Around {
    /** Returns whether the server can hear it. */
    say(ask: Ask): boolean;
    /** What stands in the editor. */
    text(): string;
    /** Puts a text into the editor. */
    put(text: string): void;
    /** Keeps a draft; none: there is nothing to keep. */
    keep(draft: Draft | undefined): void;
    /** Shows two texts to choose from; none: there is no choice to make. */
    choose(conflict: Conflict | undefined): void;
    /** Tells whether the file says what the page says. */
    saved(isSaved: boolean): void;
}

export class Copy {
    readonly #around: Around;
    /** What the file says, as far as the page knows. */
    #file: Held;
    #conflict: Conflict | undefined;
    /** The text that is on its way into the file. */
    #sent: string | undefined;
    /** The reader has chosen: what the file says next is taken. */
    #settling: "page" | "file" | "reset" | undefined;
    #waiting: ((isSaved: boolean) => void)[] = [];

    /** Takes the first that is told of the file. A draft is what the page had when it was left. */
    constructor(around: Around, file: Held, draft: Draft | undefined) {
        this.#around = around;
        const kept = draft && draft.text !== file.text ? draft : undefined;
        this.#file = kept ? { text: file.text, hash: kept.seen } : file;
        if (file.text === null) this.#meet({ kind: "conflict", difference: [], ...file });
        else if (kept) void this.save();
        this.typed();
    }

    /** Whether the reader has to choose first. */
    get isTorn(): boolean {
        return this.#conflict !== undefined;
    }

    get isSaved(): boolean {
        return !this.isTorn && this.#around.text() === this.#file.text;
    }

    /** The reader has typed. */
    typed(): void {
        this.#around.keep(this.isSaved ? undefined : { text: this.#around.text(), seen: this.#file.hash });
        this.#around.saved(this.isSaved);
    }

    /** Writes what the page says. Returns whether the file says it then. */
    save(): Promise<boolean> {
        if (this.isSaved && this.#sent === undefined) return Promise.resolve(true);
        if (this.isTorn) return Promise.resolve(false);
        return new Promise((resolve) => {
            this.#waiting.push(resolve);
            if (this.#sent === undefined) this.#send();
        });
    }

    /** The reader has chosen. */
    settle(keep: "page" | "file"): void {
        if (!this.#conflict) return;
        const isHeard = this.#around.say({ kind: "settle", keep, text: this.#around.text(), seen: this.#conflict.hash });
        if (isHeard) this.#settling = keep;
    }

    /** Begins the exercise anew. What the page says is put beside the file, unless that says it. */
    reset(): void {
        const text = this.isSaved ? null : this.#around.text();
        if (this.#around.say({ kind: "reset", text })) this.#settling = "reset";
    }

    /** Whoever was to be told that it is saved is told that it is not. */
    gone(): void {
        this.#sent = undefined;
        this.#settling = undefined;
        this.#answer(false);
    }

    /** Takes what the server says of the file. Returns whether the page shows another text now that nobody here asked for. */
    hear(news: News): boolean {
        switch (news.kind) {
            case "saved":
                this.#file = { text: this.#sent ?? this.#around.text(), hash: news.hash };
                this.#sent = undefined;
                this.#meet(undefined);
                this.typed();
                if (this.isSaved) this.#answer(true);
                else this.#send(); // The reader has gone on typing meanwhile.
                return false;
            case "conflict":
                this.#sent = undefined;
                // What begins the exercise anew comes after this.
                if (this.#settling !== "reset") this.#settling = undefined;
                this.#meet(news);
                this.#answer(false);
                return false;
            case "file":
                return this.#changed(news);
            case "trouble":
                this.gone();
                return false;
            default:
                return false;
        }
    }

    /** Somebody else has written the file, or it is told anew. */
    #changed({ text, hash }: Held): boolean {
        const taken = this.#settling;
        if (this.#sent !== undefined && !taken) return false; // What is said to that text decides.
        this.#settling = undefined;
        const isMine = this.#around.text() === text;
        if (!taken && !isMine && (this.isTorn || !this.isSaved)) {
            // The server compares, and says what the difference is.
            this.#conflict = undefined;
            this.#send();
            return false;
        }
        if (text === null) {
            this.#meet({ kind: "conflict", difference: [], text, hash });
            return false;
        }
        this.#file = { text, hash };
        this.#meet(undefined);
        if (!isMine && taken !== "page") this.#around.put(text);
        this.typed();
        return !isMine && !taken;
    }

    #send(): void {
        const text = this.#around.text();
        // Where nobody hears it, the text waits for the file to be told anew.
        if (this.#around.say({ kind: "save", text, seen: this.#file.hash })) this.#sent = text;
        else this.#answer(false);
    }

    #meet(conflict: Conflict | undefined): void {
        this.#conflict = conflict;
        this.#around.choose(conflict);
        this.#around.saved(this.isSaved);
    }

    #answer(isSaved: boolean): void {
        for (const resolve of this.#waiting.splice(0)) resolve(isSaved);
    }
}
