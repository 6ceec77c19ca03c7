// How an editor looks: in the book's own colours, whatever its theme is. They stand in book/theme/colours.css.

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const frame = EditorView.theme({
    "&": {
        color: "var(--code-fg)",
        backgroundColor: "var(--code-bg)",
        fontSize: "var(--code-font-size)",
        maxHeight: "min(60vh, 40em)",
    },
    "&.cm-focused": { outline: "2px solid var(--links)" },
    ".cm-scroller": { fontFamily: "var(--mono-font)", lineHeight: "1.5", overflow: "auto", scrollbarWidth: "thin" },
    ".cm-content": { caretColor: "var(--fg)" },
    ".cm-cursor, .cm-dropCursor": { borderLeft: "2px solid var(--fg)" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
        background: "var(--editor-selected)",
    },
    ".cm-selectionMatch": { backgroundColor: "transparent", outline: "1px solid var(--quiet)" },
    ".cm-gutters": { color: "var(--quiet)", backgroundColor: "var(--code-bg)", borderRight: "1px solid var(--table-border-color)" },
    ".cm-activeLine": { backgroundColor: "transparent", boxShadow: "inset 0 0 0 1px var(--table-border-color)" },
    ".cm-activeLineGutter": { color: "var(--fg)", backgroundColor: "transparent" },
    ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "transparent", outline: "1px solid var(--links)" },
    ".cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket": {
        backgroundColor: "transparent",
        outline: "1px solid var(--wrong)",
    },
    ".cm-line.cm-marked": { boxShadow: "inset 3px 0 0 var(--editor-edge)", backgroundColor: "var(--editor-band)" },
    ".cm-searchMatch": { color: "inherit", backgroundColor: "transparent", outline: "1px solid var(--links)" },
    ".cm-searchMatch-selected": { backgroundColor: "transparent", outline: "2px solid var(--links)" },
    ".cm-panels": { color: "var(--fg)", backgroundColor: "var(--bg)" },
    ".cm-panels-bottom": { borderTop: "1px solid var(--output-line)" },
    ".cm-panel": { fontFamily: "inherit", fontSize: "1em" },
    ".cm-panel.cm-search": { padding: "0.5em 2em 0.5em 0.6em" },
    ".cm-panel.cm-search label": { fontSize: "1em" },
    ".cm-panel button[name=close]": { color: "var(--fg)", fontSize: "1.4em" },
    ".cm-textfield": { color: "inherit", backgroundColor: "var(--bg)", border: "1px solid var(--icons)", fontSize: "1em" },
    ".cm-button": { color: "inherit", backgroundImage: "none", backgroundColor: "var(--code-bg)", border: "1px solid var(--icons)", fontSize: "1em" },
    ".cm-tooltip": { color: "var(--fg)", backgroundColor: "var(--bg)", border: "1px solid var(--output-line)" },
    ".cm-diagnostic": { whiteSpace: "pre-wrap", fontFamily: "var(--mono-font)", maxWidth: "min(46rem, 90vw)" },
    ".cm-diagnostic-error": { borderLeft: "4px solid var(--wrong)" },
    ".cm-diagnostic-warning": { borderLeft: "4px solid var(--kernel-line)" },
    ".cm-lintRange": { backgroundImage: "none", paddingBottom: "0" },
    ".cm-lintRange-error": { textDecoration: "underline wavy var(--wrong)", textDecorationSkipInk: "none" },
    ".cm-lintRange-warning": { textDecoration: "underline wavy var(--kernel-line)", textDecorationSkipInk: "none" },
    ".cm-lint-marker": { content: "none", width: "auto", fontWeight: "700", cursor: "help" },
    ".cm-lint-marker-error": { color: "var(--wrong)" },
    ".cm-lint-marker-error::before": { content: "'✗' / ''" },
    ".cm-lint-marker-warning": { color: "var(--kernel-line)" },
    ".cm-lint-marker-warning::before": { content: "'!' / ''" },
});

const colours = HighlightStyle.define([
    { tag: tags.comment, color: "var(--code-comment)" },
    { tag: [tags.keyword, tags.self, tags.modifier, tags.controlKeyword, tags.definitionKeyword], color: "var(--code-keyword)" },
    { tag: [tags.string, tags.character, tags.special(tags.string)], color: "var(--code-string)" },
    { tag: [tags.number, tags.bool, tags.null, tags.typeName, tags.standard(tags.typeName)], color: "var(--code-number)" },
    { tag: [tags.meta, tags.processingInstruction, tags.attributeName, tags.macroName], color: "var(--code-number)" },
    { tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.typeName)], color: "var(--code-title)" },
    { tag: tags.labelName, color: "var(--code-name)" },
]);

export const look = [frame, syntaxHighlighting(colours)];
