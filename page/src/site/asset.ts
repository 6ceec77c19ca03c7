// Files of the folder `machine` of a site: what a run takes. `cargo lab site` writes who they are into machine.json.

/** A file, and what it must be. */
export interface Asset {
    /** Relative to the folder. */
    path: string;
    /** How long it is as it is fetched. */
    bytes: number;
    /** In hexadecimal. */
    sha256: string;
}

/** Something that cannot be fetched, or is not what it must be; said to the reader as it is. */
export class Unfetched extends Error {}

const MB = 1e6;

/** So many bytes, in words. */
export function size(bytes: number): string {
    return bytes < 100_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / MB).toFixed(1)} MB`;
}

/** Whether these bytes are the file. */
export async function isWhole(asset: Asset, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    if (bytes.length !== asset.bytes) return false;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("") === asset.sha256;
}

/** Fetches it. `gained` is called with how many bytes have come, piece by piece. */
export async function download(base: string, asset: Asset, gained: (bytes: number) => void): Promise<Uint8Array<ArrayBuffer>> {
    const { path } = asset;
    // The hash in the address: what stands between us and the server may have kept another file of this name.
    const address = `${base}${path}?${asset.sha256.slice(0, 16)}`;
    // It is kept by us; the browser need not keep it too.
    const response = await reach(address, { cache: "no-store" });
    if (!response.ok || !response.body) throw new Unfetched(`${path} could not be fetched: the server says ${response.status}.`);
    const bytes = new Uint8Array(asset.bytes);
    let length = 0;
    try {
        for (const reader = response.body.getReader(); ; ) {
            const { done, value } = await reader.read();
            if (done) break;
            if (length + value.length > bytes.length) throw altered(path);
            bytes.set(value, length);
            length += value.length;
            gained(value.length);
        }
    } catch (error) {
        if (error instanceof Unfetched) throw error;
        throw new Unfetched(`${path} was fetched in part only: the network has gone. Run it again when it is there.`);
    }
    if (length < bytes.length) {
        throw new Unfetched(`${path} has come cut short: ${length} bytes of ${bytes.length}. Run it again; if it comes so again, the site is damaged.`);
    }
    if (!(await isWhole(asset, bytes))) throw altered(path);
    return bytes;
}

function altered(path: string): Unfetched {
    return new Unfetched(`${path} is not what the site says it is, so it is not used. Load the page anew, and run it again: the site may have changed meanwhile.`);
}

/** As `fetch`, with a reason for the reader. */
export async function reach(address: string, options: RequestInit): Promise<Response> {
    try {
        return await fetch(address, options);
    } catch {
        const name = new URL(address).pathname.split("/").at(-1);
        throw new Unfetched(`${name} could not be fetched: there is no network, or the server has gone.`);
    }
}
