/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The contract of /dev/crossings_mmap, a buffer, and /dev/crossings_mmap_ring,
 * a ring of records: everything that a program and the driver must agree on.
 */
#ifndef CROSSINGS_MMAP_H
#define CROSSINGS_MMAP_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Bytes in the buffer; it may be read, written and mapped. */
#define BUFFER_SIZE 65536

/* ANCHOR: ring */
/* Records in a ring: a power of two, so that counters may wrap around. */
#define RING_RECORDS 2048

/**
 * struct ring_consumer - page 0 of a ring, for reading and writing
 * @tail: records taken by the program, modulo 2^32
 */
struct ring_consumer {
	__u32 tail;
};

/**
 * struct ring_producer - page 1 of a ring, for reading only
 * @head: records put by the driver, modulo 2^32
 * @lost: records that the driver had no room for, modulo 2^32
 */
struct ring_producer {
	__u32 head;
	__u32 lost;
};

/**
 * struct ring_record - from page 2 on, RING_RECORDS of them, for reading only
 * @seq: counts every record made since open(2), lost ones too
 * @time: when it was made, CLOCK_MONOTONIC in nanoseconds
 */
struct ring_record {
	__u64 seq;
	__u64 time;
};

/* ANCHOR_END: ring */

/* Make this many records, at most RING_START_MAX, without waiting for them. */
#define RING_START _IOW(0xC5, 0x10, __u32)
#define RING_START_MAX 1000000U

#endif /* CROSSINGS_MMAP_H */
