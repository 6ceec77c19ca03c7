import assert from "node:assert/strict";
import test from "node:test";
import { headlines, message, summary, trouble } from "./log.ts";

test("only a time stamp is cut off", () => {
    assert.equal(message("[    1.234567] hello"), "hello");
    assert.equal(message("[<ffff>] f+0x1"), "[<ffff>] f+0x1");
});

/** Of all that the lab tells the pages. */
const TROUBLE = /BUG: |WARNING: /;

test("the first report is found, and chatter is none", () => {
    const report = "WARNING: CPU: 0 PID: 77 at kernel/x.c:1 f+0x1/0x2 [m]";
    assert.equal(trouble(`[    1.000000] fine\n[    3.141592] ${report}\n[    3.2] BUG: later\n`, TROUBLE), report);
    assert.equal(trouble("[    2.0] crossings_ioctl: loading out-of-tree module taints kernel.\n", TROUBLE), undefined);
});

const OOPS = `[    4.1] BUG: unable to handle page fault for address: bfd12345
[    4.1] CPU: 0 PID: 99 Comm: crash Tainted: G           OE      6.1.0
[    4.1] Oops: 0002 [#1] PREEMPT SMP NOPTI
[    4.1] EIP: copied_write+0x1f/0x60 [crossings_chardev_copied]
[    4.1] EIP: default_idle+0xb/0x10
[    4.1] ---[ end trace 0000000000000000 ]---
[    4.2] EIP: again+0x1/0x2
`;

test("an oops is reduced to what every build says", () => {
    assert.equal(headlines(OOPS), `BUG: unable to handle page fault for address: …
Oops: 0002 [#1] PREEMPT SMP
EIP: copied_write+… [crossings_chardev_copied]
`);
});

test("an oops is told with its place", () => {
    assert.equal(summary(OOPS, TROUBLE), `the kernel reported trouble
  BUG: unable to handle page fault for address: bfd12345
  EIP: copied_write+0x1f/0x60 [crossings_chardev_copied]`);
    assert.equal(summary("[    1.0] fine\n", TROUBLE), undefined);
});
