// What a page and its worker say to each other. A worker does one thing: it runs a scene, or has a shell.

import type { News, Request } from "../run/protocol.ts";
import type { Size } from "../shell/connection.ts";

export type ToWorker =
    /** The first: to run this, of which the page shows that output. */
    | { kind: "run"; request: Request; shown: string | undefined }
    /** The first: a shell in a kernel with this lesson. */
    | { kind: "open"; slug: string; size: Size }
    | { kind: "type"; bytes: Uint8Array }
    | { kind: "resize"; size: Size }
    /** Whether the reader sees the page, at first and whenever that changes. */
    | { kind: "seen"; seen: boolean };

export type FromWorker =
    | News
    /** The terminal shows this. */
    | { kind: "show"; bytes: Uint8Array }
    /** The shell has ended. */
    | { kind: "left"; why: string };
