// A browser that sees nothing but files: those of the book's folder, and where there is none, those of this package.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";

/** Where the book is for its pages. Nothing is there: each request is answered here. */
const ADDRESS = "http://book.invalid/";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));

/** A page with the look of the book, one style more, and what colours its code. */
function frame(style: string): string {
    const theme = ["colours", "crossings", "reader"].map(name => `book/theme/${name}`);
    const sheets = ["css/variables", "css/general", "css/print", "fonts/fonts", ...theme, `src/paper/${style}`];
    const links = sheets.map(sheet => `<link rel="stylesheet" href="${sheet}.css">`).join("");
    return `<!DOCTYPE html><html lang="en" class="light"><head><meta charset="utf-8">${links}<script src="highlight.js"></script></head><body class="content"></body></html>`;
}

/** Runs `work` in an empty page of the browser `program`, with that style; `folder` is the book's. */
export async function browse<T>(program: string, folder: string, style: string, work: (page: Page) => Promise<T>): Promise<T> {
    // Letters have their own widths then, and a PDF need not say where each of them stands.
    const browser = await chromium.launch({ executablePath: program, args: ["--font-render-hinting=none"] });
    try {
        const page = await browser.newPage({ colorScheme: "light", reducedMotion: "reduce" });
        page.setDefaultTimeout(0);
        await page.route("**/*", route => {
            const name = decodeURIComponent(new URL(route.request().url()).pathname.slice(1));
            if (name === "") return route.fulfill({ body: frame(style), contentType: "text/html" });
            const path = [folder, PACKAGE].map(folder => join(folder, name)).find(existsSync);
            return path ? route.fulfill({ path }) : route.fulfill({ status: 404, body: `there is no ${name}` });
        });
        await page.goto(ADDRESS);
        return await work(page);
    } finally {
        await browser.close();
    }
}
