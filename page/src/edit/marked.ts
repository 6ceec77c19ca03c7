// Lines that are marked because the page shows them. They move with the text.

import { RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";

/** Marks the lines from the first of these to the last, and no others. */
export const markLines = StateEffect.define<{ from: number; to: number }>();

const line = Decoration.line({ class: "cm-marked" });

export const marked = StateField.define<DecorationSet>({
    create: () => Decoration.none,
    update(old, change) {
        let lines = old.map(change.changes);
        for (const effect of change.effects) {
            if (!effect.is(markLines)) continue;
            const builder = new RangeSetBuilder<Decoration>();
            const { doc } = change.state;
            for (let number = effect.value.from; number <= Math.min(effect.value.to, doc.lines); number++) {
                const { from } = doc.line(number);
                builder.add(from, from, line);
            }
            lines = builder.finish();
        }
        return lines;
    },
    provide: (field) => EditorView.decorations.from(field),
});
