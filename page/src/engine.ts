// What runs what a page shows: the lab behind `cargo lab serve`, or an emulator in the reader's browser.

import { ask, type News, type Request, type Run } from "./run/protocol.ts";
import { hosted, mayRun } from "./served.ts";
import type { Connection, Hearer, Size, Wanted } from "./shell/connection.ts";
import { connect } from "./shell/socket.ts";
import * as browser from "./site/ask.ts";

export interface Engine {
    /** Asks for a run, and calls `hear` with all that comes of it, the end included, whatever happens. */
    ask(request: Request, hear: (news: News) => void): Run;
    /** Begins a shell for a terminal of this size. */
    connect(wanted: Wanted, size: Size, hearer: Hearer): Connection;
}

/** The lab of the server. */
export const lab: Engine = { ask, connect };

/** The one that this page has; none where nothing may run. */
export function engine(): Engine | undefined {
    if (mayRun()) return lab;
    return hosted() ? browser : undefined;
}
