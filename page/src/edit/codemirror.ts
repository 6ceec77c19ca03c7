// The editor itself. A bundle of its own: it brings CodeMirror.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { cpp } from "@codemirror/lang-cpp";
import { rust } from "@codemirror/lang-rust";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { element } from "../element.ts";
import { keepKeys } from "../keys.ts";
import type { Editor, Language, Options } from "./editor.ts";
import { look } from "./look.ts";
import { marked, markLines } from "./marked.ts";
import { offset, range } from "./places.ts";

// As rustfmt and the kernel's style indent.
const LANGUAGES: Record<Language, Extension> = {
    rust: [rust(), indentUnit.of("    "), EditorState.tabSize.of(4)],
    c: [cpp(), indentUnit.of("\t"), EditorState.tabSize.of(8)],
};

/** A phone shows whole lines, as it does in listings. */
const NARROW = "(max-width: 480px)";

let opened = 0;

/** Opens an editor at the end of `parent`. */
export function open(parent: HTMLElement, { text, language, label, readOnly = false, onChange, onRun }: Options): Editor {
    const hint = element("p", { class: "editor-keys", id: `editor-keys-${++opened}` },
        `Escape, then Tab, leaves the editor.${onRun ? " Control and Enter runs it." : ""}`);
    // Not the language alone: `rust` is a theme of mdBook's.
    const host = parent.appendChild(element("div", { class: `editor in-${language}` }));
    // The page's own keys are not meant here, and an Escape neither.
    keepKeys(host);
    const run = { key: "Mod-Enter", run: () => (onRun?.(), onRun !== undefined) };
    const view = new EditorView({
        parent: host,
        doc: text,
        extensions: [
            Prec.highest(keymap.of([run])),
            lineNumbers(), lintGutter(), highlightActiveLineGutter(), highlightActiveLine(), highlightSpecialChars(),
            history(), drawSelection(), indentOnInput(), bracketMatching(), highlightSelectionMatches(), search(), marked,
            keymap.of([...searchKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
            LANGUAGES[language],
            look,
            matchMedia(NARROW).matches ? EditorView.lineWrapping : [],
            EditorState.readOnly.of(readOnly),
            EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": hint.id, spellcheck: "false" }),
            EditorView.updateListener.of((update) => {
                if (update.docChanged) onChange?.(update.state.doc.toString());
            }),
        ],
    });
    host.append(hint);
    return {
        text: () => view.state.doc.toString(),
        set: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
        diagnostics: (list) => {
            const { doc } = view.state;
            const all = list.map((one) => ({ ...range(doc, one), severity: one.severity, message: one.message }));
            view.dispatch(setDiagnostics(view.state, all));
        },
        reveal: (from, to) => {
            const at = offset(view.state.doc, from, 1);
            view.dispatch({ selection: { anchor: at }, effects: markLines.of({ from, to }) });
            // Within the editor: the page stays where it is.
            view.requestMeasure({
                read: () => view.lineBlockAt(at).top,
                write: (top) => (view.scrollDOM.scrollTop = top - 3 * view.defaultLineHeight),
            });
        },
        goTo: (line, column) => {
            const at = offset(view.state.doc, line, column);
            view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
            view.focus();
        },
        focus: () => view.focus(),
        destroy: () => {
            view.destroy();
            host.remove();
        },
    };
}
