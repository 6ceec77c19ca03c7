// What runs take is fetched once and kept in the browser, under addresses that have a file's hash.

import { type Asset, download, isWhole, size } from "./asset.ts";

/** Fetched by one tab at a time: the others then find it. */
const LOCK = "crossings: fetch what a run takes";

export class Kept {
    readonly #base: string;
    readonly #cache: Cache | undefined;

    /** Of the site whose folder `machine` is at `base`. */
    static async open(base: string): Promise<Kept> {
        // A browser may refuse to keep anything, as in a private window.
        const cache = await caches.open(`crossings machine ${base}`).catch(() => undefined);
        return new Kept(base, cache);
    }

    constructor(base: string, cache: Cache | undefined) {
        [this.#base, this.#cache] = [base, cache];
    }

    /** These files. Says how much is fetched of those that are not kept yet. */
    async get(assets: Asset[], say: (text: string) => void): Promise<Uint8Array<ArrayBuffer>[]> {
        const found = await this.#find(assets);
        const whole = found.filter((bytes) => bytes !== undefined);
        if (whole.length === assets.length) return whole;
        return navigator.locks.request(LOCK, async () => this.#fetch(assets, await this.#find(assets), say));
    }

    async #fetch(assets: Asset[], found: (Uint8Array<ArrayBuffer> | undefined)[], say: (text: string) => void) {
        const all = assets.filter((_, place) => !found[place]).reduce((sum, { bytes }) => sum + bytes, 0);
        let [come, tenths] = [0, 0];
        const tell = () => say(`${size(all)} are fetched, and kept for the next run: ${10 * tenths} %`);
        const gained = (bytes: number) => {
            come += bytes;
            // A screen reader says each.
            const now = Math.floor((10 * come) / all);
            if (now === tenths) return;
            tenths = now;
            tell();
        };
        if (all > 0) tell();
        const one = async (asset: Asset) => {
            const bytes = await download(this.#base, asset, gained);
            await this.#keep(asset, bytes);
            return bytes;
        };
        return Promise.all(assets.map((asset, place) => found[place] ?? one(asset)));
    }

    #find(assets: Asset[]): Promise<(Uint8Array<ArrayBuffer> | undefined)[]> {
        const one = async (asset: Asset) => {
            const kept = await this.#cache?.match(this.#key(asset));
            if (!kept) return undefined;
            const bytes = new Uint8Array(await kept.arrayBuffer());
            return (await isWhole(asset, bytes)) ? bytes : undefined;
        };
        return Promise.all(assets.map(one));
    }

    #key({ path, sha256 }: Asset): string {
        return `${this.#base}${path}?${sha256}`;
    }

    /** Keeps it in the place of another version of it. Without room it is fetched again another time. */
    async #keep(asset: Asset, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
        const cache = this.#cache;
        if (!cache) return;
        try {
            const others = await cache.keys(this.#key(asset), { ignoreSearch: true });
            await Promise.all(others.map((other) => cache.delete(other)));
            await cache.put(this.#key(asset), new Response(bytes));
        } catch {
            // There is no room.
        }
    }
}
