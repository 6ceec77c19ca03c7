// In the browser: what a page is about, and what one sees first in it.

export interface Shown {
    /** Its path in the book, without `.html`. */
    name: string;
    title: string;
    about: string;
}

declare const hljs: { configure(options: object): void; highlightBlock(block: Element): void };

/** Fills the document. Runs in the browser by itself: it can use nothing that stands outside of it. */
export async function showPage({ name, title, about }: Shown): Promise<void> {
    const answer = await fetch(new URL(`${name}.html`, document.baseURI));
    const main = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    const text = document.createElement("div");
    for (const [tag, content] of [["p", "Crossings"], ["h1", title], ["p", about]] as const) {
        text.appendChild(document.createElement(tag)).textContent = content;
    }
    // A drawing tells most; then what was printed, then code. Lists of pages have none of them.
    const seen = ["figure > svg", "figure.output > pre, pre:has(> .language-text)", "pre"].map(what => main?.querySelector(what)).find(Boolean);
    const shown = document.createElement("figure");
    const icon = new Image();
    icon.src = "favicon.svg";
    shown.append(seen ?? icon);
    document.body.replaceChildren(text, shown);
    await icon.decode();
    hljs.configure({ tabReplace: "    ", languages: [] });
    for (const block of document.querySelectorAll("pre > code:not(.language-text)")) hljs.highlightBlock(block);
    await document.fonts.ready;
}
