// In the browser: the document's pages as the chapters of an EPUB, whose drawings are files of their own. Readers of it know few
// styles, so all colours are what they come to on paper.

export interface Chapter {
    /** The id of its whole content. */
    id: string;
    file: string;
    xhtml: string;
    /** Its sections: where they are in the file, and their titles. */
    sections: [string, string][];
}

export interface Parts {
    chapters: Chapter[];
    /** The drawings, by their files. */
    drawings: Record<string, string>;
    style: string;
}

/** Takes the chapters from the document. Runs in the browser by itself: it can use nothing that stands outside of it. */
export function takeChapters(style: string): Parts {
    const XHTML = "http://www.w3.org/1999/xhtml";
    const serializer = new XMLSerializer();
    const drawings: Record<string, string> = {};
    const probe = document.body.appendChild(document.createElement("i"));
    const fileOf = (place: string) => `${place.split(".")[0]}.xhtml`;
    const fixed = (text: string) => text.replace(/var\((--[\w-]+)(?:,[^()]*)?\)/g, (_, name: string) => colour(name));

    function colour(name: string): string {
        probe.style.color = `var(${name})`;
        const parts = getComputedStyle(probe).color.match(/\d+/g) ?? [];
        return `#${parts.slice(0, 3).map(part => Number(part).toString(16).padStart(2, "0")).join("")}`;
    }

    /** A drawing by itself. Another font makes no word of it longer. */
    function drawing(svg: SVGSVGElement): string {
        const copy = svg.cloneNode(true) as SVGSVGElement;
        const copies = [...copy.querySelectorAll("*")];
        const moving = svg.querySelector("style") !== null;
        for (const [place, element] of [...svg.querySelectorAll("*")].entries()) {
            const own = copies[place] as SVGElement;
            const seen = getComputedStyle(element);
            if (element instanceof SVGTextContentElement && element.childElementCount === 0 && element.textContent?.trim()) {
                own.setAttribute("textLength", element.getComputedTextLength().toFixed(1));
                own.setAttribute("lengthAdjust", "spacingAndGlyphs");
            }
            if (!moving) continue;
            if (seen.visibility === "hidden") own.remove();
            else if (element instanceof SVGGraphicsElement) {
                own.setAttribute("style", ["fill", "stroke", "font-weight", "white-space"].map(name => `${name}: ${seen.getPropertyValue(name)}`).join("; "));
            }
        }
        copy.querySelector("style")?.remove();
        for (const link of copy.querySelectorAll("a")) link.replaceWith(...link.childNodes);
        copy.setAttribute("role", "img");
        const { width, height } = svg.viewBox.baseVal;
        copy.setAttribute("width", `${width}`);
        copy.setAttribute("height", `${height}`);
        copy.style.background = colour("--bg"); // a reader's ground may be dark
        return fixed(serializer.serializeToString(copy));
    }

    /** Where a drawing leads to, below it: a picture has no links. */
    function linksIn(svg: SVGSVGElement): Element[] {
        const links = [...svg.querySelectorAll("a")].map(link => {
            const plain = document.createElement("a");
            plain.setAttribute("href", link.getAttribute("href") ?? "");
            plain.append(link.textContent?.trim() ?? "");
            return plain;
        });
        if (links.length === 0) return [];
        const line = document.createElement("p");
        line.className = "links";
        line.append(...links.flatMap(link => [link, " "]));
        return [line];
    }

    /** An element as an EPUB has it: without what only a browser knows. */
    function cleaned(section: Element): Element {
        const copy = section.cloneNode(true) as Element;
        const images = [...copy.querySelectorAll("svg")];
        for (const [place, svg] of [...section.querySelectorAll("svg")].entries()) {
            const file = `drawings/${section.id}-${place + 1}.svg`;
            drawings[file] = drawing(svg);
            const image = document.createElement("img");
            const say = (tag: string) => svg.querySelector(`:scope > ${tag}`)?.textContent?.trim() ?? "";
            image.setAttribute("src", file);
            image.setAttribute("alt", [say("title"), say("desc")].filter(Boolean).join(": "));
            images[place]?.replaceWith(image, ...linksIn(svg));
        }
        for (const link of copy.querySelectorAll("a[href^='#']")) {
            const place = link.getAttribute("href")?.slice(1) ?? "";
            link.setAttribute("href", place.includes(".") ? `${fileOf(place)}#${encodeURIComponent(place)}` : fileOf(place));
        }
        for (const details of copy.querySelectorAll("details, summary")) {
            const plain = document.createElement(details.tagName === "SUMMARY" ? "p" : "div");
            plain.className = details.tagName === "SUMMARY" ? "summary" : details.className;
            plain.append(...details.childNodes);
            details.replaceWith(plain);
        }
        for (const element of [copy, ...copy.querySelectorAll("*")]) {
            for (const { name } of [...element.attributes]) {
                if (/^(data-|aria-level|tabindex|role)/.test(name)) element.removeAttribute(name);
            }
        }
        return copy;
    }

    function chapter(section: HTMLElement): Chapter {
        const page = document.implementation.createDocument(XHTML, "html", document.implementation.createDocumentType("html", "", ""));
        const make = (tag: string, set: Record<string, string>, ...content: (Node | string)[]) => {
            const element = page.createElementNS(XHTML, tag);
            for (const [name, value] of Object.entries(set)) element.setAttribute(name, value);
            element.append(...content);
            return element;
        };
        page.documentElement.setAttribute("lang", document.documentElement.lang);
        page.documentElement.setAttributeNS("http://www.w3.org/XML/1998/namespace", "xml:lang", document.documentElement.lang);
        const sheet = make("link", { rel: "stylesheet", type: "text/css", href: "stylesheet.css" });
        page.documentElement.append(
            make("head", {}, make("title", {}, section.dataset["title"] ?? ""), sheet),
            make("body", {}, page.adoptNode(cleaned(section))),
        );
        const headings = [...section.querySelectorAll("h2[id]")];
        return {
            id: section.id,
            file: fileOf(section.id),
            xhtml: `<?xml version="1.0" encoding="UTF-8"?>\n${serializer.serializeToString(page)}`,
            sections: headings.map(heading => [heading.id, heading.textContent ?? ""]),
        };
    }

    const chapters = [...document.querySelectorAll<HTMLElement>("main > section")].map(chapter);
    const parts = { chapters, drawings, style: fixed(style) };
    probe.remove();
    return parts;
}
