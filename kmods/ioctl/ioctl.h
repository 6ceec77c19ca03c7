/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The contract of /dev/crossings_ioctl, a byte meter: everything a program
 * and the driver must agree on, and nothing else. Both sides may include it.
 */
#ifndef CROSSINGS_IOCTL_H
#define CROSSINGS_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* ANCHOR: requests */
/* Free in Documentation/userspace-api/ioctl/ioctl-number.rst. */
#define METER_TYPE 0xC5

/* Bytes taken through every open file since the last reset. */
#define METER_GET_TOTAL _IOR(METER_TYPE, 0, __u64)

/* The most bytes this open file may take. */
#define METER_SET_LIMIT _IOW(METER_TYPE, 1, __u64)

/* All counts at once, and on request a fresh start for this open file. */
#define METER_GET_READING _IOWR(METER_TYPE, 2, struct meter_reading)

/* Set the total to zero. Needs a file that is open for writing. */
#define METER_RESET _IO(METER_TYPE, 3)
/* ANCHOR_END: requests */

/* ANCHOR: reading */
/* Flag: after this reading, set taken to zero. */
#define METER_READING_CLEAR 0x1U

/* The limit of a file that was just opened. */
#define METER_NO_LIMIT (~0ULL)

/**
 * struct meter_reading - the argument of METER_GET_READING
 * @flags: in: METER_READING_CLEAR or 0
 * @reserved: in: must be 0; it fills the hole before the first __u64
 * @taken: out: bytes taken through this open file
 * @limit: out: the most bytes this open file may take
 * @total: out: bytes taken through every open file since the last reset
 *
 * New fields go at the end. The driver learns from the size in the request
 * number which of them the program knows.
 */
struct meter_reading {
	__u32 flags;
	__u32 reserved;
	__u64 taken;
	__u64 limit;
	__u64 total;
};

/* ANCHOR_END: reading */

#endif /* CROSSINGS_IOCTL_H */
