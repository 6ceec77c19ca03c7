// The whole book on paper: `node paper.ts BROWSER FOLDER BOOK PDF` prints the pages of the built book in FOLDER, which BOOK lists in
// JSON, to the file PDF, and says on standard output what an EPUB of them consists of, in JSON.

import { readFileSync } from "node:fs";
import { browse } from "./browser.ts";
import { takeChapters } from "./chapters.ts";
import type { Book } from "./contents.ts";
import { joinPages } from "./join.ts";

const [program, folder, json, pdf] = process.argv.slice(2);
if (!program || !folder || !json || !pdf) throw new Error("usage: paper.ts BROWSER FOLDER BOOK PDF");
const book = JSON.parse(json) as Book;
const style = readFileSync(new URL("epub.css", import.meta.url), "utf8");

const parts = await browse(program, folder, "paper", async page => {
    await page.emulateMedia({ media: "print" });
    await page.evaluate(joinPages, book);
    await page.pdf({ path: pdf, preferCSSPageSize: true, printBackground: true, outline: true, tagged: true });
    return page.evaluate(takeChapters, style);
});
process.stdout.write(JSON.stringify(parts));
