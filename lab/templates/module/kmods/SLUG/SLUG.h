/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The contract of /dev/crossings_SLUG: everything a program and the driver
 * must agree on, and nothing else. Both sides may include it.
 */
#ifndef CROSSINGS_NOTE_H
#define CROSSINGS_NOTE_H

/* ANCHOR: contract */
/* How many bytes the note has. */
#define NOTE_SIZE 64
/* ANCHOR_END: contract */

#endif /* CROSSINGS_NOTE_H */
