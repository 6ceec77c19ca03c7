// The kernel that runs are on: chosen once beside a chapter's facts, and remembered for all.

import { element } from "../element.ts";
import { keepKeys } from "../keys.ts";
import { kernels } from "../served.ts";
import { keep, recall, watch } from "../store.ts";

const KEY = "kernel";

/** The kernel that runs are on now. */
export function kernel(): string {
    const all = kernels();
    const kept = recall(KEY);
    return all.includes(kept) ? kept : (all[0] ?? "");
}

/** A label and a list to choose it from, or, where there is one only, which it is. */
export function chooser(): HTMLElement {
    if (kernels().length === 1) return element("span", { class: "kernel" }, `Runs on Linux ${kernel()}`);
    const options = kernels().map((name) => element("option", { value: name }, `Linux ${name}`));
    const list = element("select", {}, ...options);
    list.value = kernel();
    list.addEventListener("change", () => keep(KEY, list.value));
    watch(KEY, () => (list.value = kernel()));
    keepKeys(list);
    return element("label", { class: "kernel" }, "Run on ", list);
}
