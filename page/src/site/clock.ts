// The time that an emulator counts by. It stands while the emulator does: else its kernel would find that it had hung for so long.

export class Clock {
    readonly #now: () => number;
    /** How long it has stood, in milliseconds. */
    #stood = 0;
    #since: number | undefined;

    /** One that goes with another, in milliseconds. */
    constructor(now: () => number) {
        this.#now = now;
    }

    now(): number {
        return (this.#since ?? this.#now()) - this.#stood;
    }

    stop(): void {
        this.#since ??= this.#now();
    }

    go(): void {
        if (this.#since !== undefined) this.#stood += this.#now() - this.#since;
        this.#since = undefined;
    }
}
