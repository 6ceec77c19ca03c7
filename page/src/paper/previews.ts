// Pictures of pages for those who show a link to them: `node previews.ts BROWSER FOLDER PAGES` makes FOLDER/previews/NAME.png for each
// of the PAGES of the built book in FOLDER, which are given in JSON.

import { join } from "node:path";
import { browse } from "./browser.ts";
import { type Shown, showPage } from "./show.ts";

/** As large as those who show them ask for. */
const SIZE = { width: 1200, height: 630 };

const [program, folder, json] = process.argv.slice(2);
if (!program || !folder || !json) throw new Error("usage: previews.ts BROWSER FOLDER PAGES");
const pages = JSON.parse(json) as Shown[];

await browse(program, folder, "preview", async page => {
    await page.setViewportSize(SIZE);
    for (const shown of pages) {
        await page.evaluate(showPage, shown);
        await page.screenshot({ path: join(folder, "previews", `${shown.name}.png`) });
    }
});
process.stdout.write(JSON.stringify(pages.length));
