// The encoding of what the machine and we say to each other, https://postcard.jamesmunns.com: numbers are varints, what
// has a length says it first, and of several kinds the number comes first.

/** Puts values behind each other. */
export class Writer {
    readonly #bytes: number[] = [];

    /** An unsigned number, a length, or which of several kinds. */
    number(value: number): this {
        for (; value >= 0x80; value = Math.floor(value / 0x80)) this.#bytes.push((value % 0x80) | 0x80);
        this.#bytes.push(value);
        return this;
    }

    /** A signed number. */
    signed(value: number): this {
        return this.number(value < 0 ? -2 * value - 1 : 2 * value);
    }

    flag(value: boolean): this {
        return this.number(value ? 1 : 0);
    }

    /** Bytes of which both sides know how many they are. */
    raw(bytes: Uint8Array): this {
        this.#bytes.push(...bytes);
        return this;
    }

    bytes(bytes: Uint8Array): this {
        return this.number(bytes.length).raw(bytes);
    }

    text(text: string): this {
        return this.bytes(new TextEncoder().encode(text));
    }

    list<T>(items: T[], write: (item: T) => void): this {
        this.number(items.length);
        items.forEach(write);
        return this;
    }

    done(): Uint8Array {
        return Uint8Array.from(this.#bytes);
    }
}

/** Takes values off in their order. Throws a RangeError when there are no more. */
export class Reader {
    readonly #bytes: Uint8Array;
    #at = 0;

    constructor(bytes: Uint8Array) {
        this.#bytes = bytes;
    }

    number(): number {
        let value = 0;
        for (let place = 1; ; place *= 0x80) {
            const byte = this.#bytes[this.#at++];
            if (byte === undefined) throw new RangeError("the message is cut short");
            value += (byte & 0x7f) * place;
            if (byte < 0x80) return value;
        }
    }

    signed(): number {
        const value = this.number();
        return value % 2 ? -(value + 1) / 2 : value / 2;
    }

    bytes(): Uint8Array {
        const length = this.number();
        const bytes = this.#bytes.subarray(this.#at, (this.#at += length));
        if (bytes.length < length) throw new RangeError("the message is cut short");
        return bytes;
    }

    text(): string {
        return new TextDecoder().decode(this.bytes());
    }
}
