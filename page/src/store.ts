// What a reader has done, kept by the browser. A private window, or one without room, may refuse to keep it: then it lasts as long
// as the page.

const unkept = new Map<string, string>();

/** A name in the store that no other site on this address uses. */
const named = (key: string): string => `crossings/${key}`;

/** What is kept under `key`; empty if nothing is. */
export function recall(key: string): string {
    try {
        return unkept.get(key) ?? localStorage.getItem(named(key)) ?? "";
    } catch {
        return "";
    }
}

/** Keeps `value` under `key`; an empty one is forgotten. */
export function keep(key: string, value: string): void {
    try {
        if (value === "") localStorage.removeItem(named(key));
        else localStorage.setItem(named(key), value);
        unkept.delete(key);
    } catch {
        unkept.set(key, value);
    }
}

/** Calls `changed` with the new value when another tab keeps one under `key`. */
export function watch(key: string, changed: (value: string) => void): void {
    addEventListener("storage", (event) => {
        if (event.key === named(key)) changed(event.newValue ?? "");
    });
}
