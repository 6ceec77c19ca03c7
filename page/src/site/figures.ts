// Measured figures, as lab/lesson/src/cost.rs prints them and finds them again.

const FIGURE = /≈ +[0-9.]+ +(?:ns|µs|ms|s|times)(?![\p{Alphabetic}\p{N}])/gu;

/** A text with `≈ …` for every measured figure, however wide it is. Everything else stays. */
export function withoutFigures(text: string): string {
    return text.replace(FIGURE, "≈ …");
}
