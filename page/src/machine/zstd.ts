// v86's WebAssembly has an unpacker of zstd, for states; here it unpacks ours.

/** What of its exports that takes: src/rust/zstd.rs of v86. */
export interface Zstd {
    memory: WebAssembly.Memory;
    zstd_create_ctx(length: number): number;
    zstd_get_src_ptr(context: number): number;
    zstd_read(context: number, length: number): number;
    zstd_read_free(pointer: number, length: number): void;
    zstd_free_ctx(context: number): void;
}

/** A frame that is unpacked from its begin to its end. */
export class Frame {
    readonly #zstd: Zstd;
    readonly #context: number;

    constructor(zstd: Zstd, frame: Uint8Array) {
        this.#zstd = zstd;
        this.#context = zstd.zstd_create_ctx(frame.length);
        this.#view(zstd.zstd_get_src_ptr(this.#context), frame.length).set(frame);
    }

    /** Gives so many bytes that come next, which are gone afterwards. */
    take<T>(length: number, use: (bytes: Uint8Array) => T): T {
        const pointer = this.#zstd.zstd_read(this.#context, length);
        if (pointer === 0) throw new Error("the saved machine cannot be unpacked");
        const used = use(this.#view(pointer, length));
        this.#zstd.zstd_read_free(pointer, length);
        return used;
    }

    end(): void {
        this.#zstd.zstd_free_ctx(this.#context);
    }

    #view(pointer: number, length: number): Uint8Array {
        return new Uint8Array(this.#zstd.memory.buffer, pointer >>> 0, length);
    }
}
