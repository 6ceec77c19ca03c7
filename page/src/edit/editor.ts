// An editor. What draws it, CodeMirror, is a bundle of its own that is loaded with the first.

import { theme } from "../theme.ts";
import type { open } from "./codemirror.ts";

export type Language = "rust" | "c";

/** What a compiler says of a place. Lines and columns count from 1, columns in characters; the end is not part of it. */
export interface Diagnostic {
    line: number;
    column: number;
    endLine?: number;
    endColumn?: number;
    severity: "error" | "warning";
    message: string;
}

export interface Options {
    text: string;
    language: Language;
    /** What a screen reader calls it. */
    label: string;
    readOnly?: boolean;
    /** Called whenever the reader has changed the text. */
    onChange?: (text: string) => void;
    /** Called at Control and Enter. */
    onRun?: () => void;
}

export interface Editor {
    /** What stands in it. */
    text(): string;
    /** Puts another text into it; undo brings back what was there. */
    set(text: string): void;
    /** Shows these at their places, in place of those that it showed. */
    diagnostics(list: readonly Diagnostic[]): void;
    /** Marks these lines, which move with the text, and scrolls to them. */
    reveal(fromLine: number, toLine: number): void;
    /** Puts the cursor there, and the focus. */
    goTo(line: number, column: number): void;
    focus(): void;
    destroy(): void;
}

/** Opens an editor at the end of `parent`. Fails if the bundle cannot be loaded. */
export async function openEditor(parent: HTMLElement, options: Options): Promise<Editor> {
    const bundle = (await import(theme("editor.js"))) as { open: typeof open };
    return bundle.open(parent, options);
}
