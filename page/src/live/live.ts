// What the page shows while `cargo lab serve` serves it. A page that is served by anything else asks for nothing of this.

import { showProgress } from "../exercise/progress.ts";
import { page } from "../page.ts";
import { whenIdle } from "../run/run.ts";
import { served } from "../served.ts";
import { showDifferences } from "./alert.ts";
import { showCaptions } from "./captions.ts";
import { listen } from "./events.ts";
import { goBack, reload } from "./reload.ts";
import { progress, VERSION, type State } from "./state.ts";
import { status } from "./status.ts";

const GONE = "the server is gone; these pages are what it last showed";
/** How often "a moment ago" is put right, in milliseconds. */
const MINUTE = 60_000;

export function live(): void {
    if (!served()) return;
    goBack();
    // What the browser has kept aside for the way back has lost its connection.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    let state: State | undefined;
    listen((heard) => {
        if (heard.kind !== "gone" && heard.version !== VERSION) return;
        switch (heard.kind) {
            case "state":
                state = heard;
                showCaptions(heard);
                showDifferences(heard);
                showProgress(heard.exercises ?? {});
                status(progress(heard));
                break;
            case "pages":
                if (heard.changed.includes(page())) whenIdle(reload);
                break;
            case "gone":
                status(GONE);
        }
    });
    setInterval(() => state && showCaptions(state), MINUTE);
}
