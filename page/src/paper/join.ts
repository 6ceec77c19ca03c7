// In the browser: all pages of the book as one document, with everything open and nothing to press.

import type { Book } from "./contents.ts";

declare const hljs: { configure(options: object): void; highlightBlock(block: Element): void };

/** Fills the document. Runs in the browser by itself: it can use nothing that stands outside of it. */
export async function joinPages(book: Book): Promise<void> {
    /** A block of so many lines breaks where a page of paper ends. */
    const LONG = 30;
    const place = (name: string, id = "") => name.replaceAll("/", "-") + (id && `.${id}`);
    const names = new Set(book.pages.map(page => page.name));

    function make<K extends keyof HTMLElementTagNameMap>(tag: K, text = "", set: Record<string, string> = {}): HTMLElementTagNameMap[K] {
        const element = document.createElement(tag);
        element.append(text);
        for (const [name, value] of Object.entries(set)) element.setAttribute(name, value);
        return element;
    }

    /** A link within the book leads to its place in the document, and one to no page of it is none. */
    function relink(link: HTMLAnchorElement, address: URL): void {
        const target = new URL(link.getAttribute("href") ?? "", address);
        if (target.origin !== address.origin) return;
        const name = target.pathname.slice(1).replace(/\.html$/, "").replace(/^(index)?$/, "crossings");
        if (!names.has(name)) throw new Error(`${address.pathname} leads to ${target.pathname}, which is no page of the book`);
        link.setAttribute("href", `#${place(name, decodeURIComponent(target.hash.slice(1)))}`);
    }

    async function section(page: Book["pages"][number], above: number): Promise<HTMLElement> {
        const address = new URL(`${page.name}.html`, document.baseURI);
        const answer = await fetch(address);
        const main = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
        if (!main) throw new Error(`${page.name}.html has no content`);
        // What is known where the book was built goes, as from a page of the site (lab/src/site/publish.rs); and what is to be pressed.
        for (const element of main.querySelectorAll("nav.sections, script, button, .known, .ticks, .hold")) element.remove();
        for (const kernels of main.querySelectorAll(".kernels")) {
            kernels.previousSibling?.remove(); // the dot between them and what a chapter takes
            kernels.remove();
        }
        for (const header of main.querySelectorAll("a.header")) header.replaceWith(...header.childNodes);
        for (const details of main.querySelectorAll("details")) details.open = true;
        for (const box of main.querySelectorAll<HTMLInputElement>("input")) box.replaceWith(make("strong", box.checked ? "Right: " : "Wrong: "));
        for (const caption of main.querySelectorAll("figure.output > figcaption")) caption.textContent = "output";
        for (const image of main.querySelectorAll("img")) image.src = new URL(image.getAttribute("src") ?? "", address).href;
        for (const link of main.querySelectorAll<HTMLAnchorElement>("a[href]")) relink(link, address);
        for (const element of main.querySelectorAll("[id]:not(svg, svg *)")) element.id = place(page.name, element.id);
        for (const heading of main.querySelectorAll("h1, h2, h3, h4")) heading.setAttribute("aria-level", `${Number(heading.tagName[1]) + above}`);
        for (const code of main.querySelectorAll("pre > code")) {
            const long = (code.textContent ?? "").split("\n").length > LONG;
            if (long) for (const element of [code, code.parentElement, code.closest("figure")]) element?.classList.add("long");
        }
        const number = /^[\d.]+ /.exec(page.title)?.[0];
        if (number) main.querySelector("h1")?.prepend(number);
        const section = make("section", "", { id: place(page.name), "data-title": page.title });
        if (page.part) section.append(make("p", page.part, { class: "part", role: "heading", "aria-level": "1" }));
        section.append(...main.childNodes);
        return section;
    }

    const contents = make("ul");
    const cover = make("header");
    cover.append(make("p", book.title, { class: "title" }), make("p", book.about), contents);
    const main = make("main");
    main.append(cover);
    let inPart = false;
    for (const page of book.pages) {
        if (page.part) contents.append(make("li", page.part, { class: "part" }));
        const entry = make("li", "", { class: `depth-${page.depth}` });
        entry.append(make("a", page.title, { href: `#${place(page.name)}` }));
        contents.append(entry);
        inPart ||= page.part !== undefined;
        main.append(await section(page, page.depth + Number(inPart)));
    }
    document.title = book.title;
    document.body.append(main);
    // As the pages' own script does it.
    hljs.configure({ tabReplace: "    ", languages: [] });
    for (const block of document.querySelectorAll("pre > code[class*=language-]:not(.language-text)")) hljs.highlightBlock(block);
    await document.fonts.ready;
}
