/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The contract of /dev/crossings_signals, a ticker: everything that a program
 * and the driver must agree on. A read(2) returns a __u64, the ticks since the
 * last one, and waits if there were none.
 */
#ifndef CROSSINGS_SIGNALS_H
#define CROSSINGS_SIGNALS_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* ANCHOR: requests */
/* Tick so many times, so many microseconds apart. EBUSY: it still ticks. */
#define TICKER_START _IOW(0xC5, 0x20, struct ticker_start)

/* Send the calling thread a signal with each tick; signal 0: no longer. */
#define TICKER_NOTIFY _IOW(0xC5, 0x21, struct ticker_notify)

/* Add 1 to this eventfd with each tick; -1: no longer. */
#define TICKER_EVENTFD _IOW(0xC5, 0x22, __s32)

/* What has happened since open(2). */
#define TICKER_COUNTS _IOR(0xC5, 0x23, struct ticker_counts)
/* ANCHOR_END: requests */

#define TICKER_MAX_COUNT 1000000U
#define TICKER_MIN_PERIOD 100U
#define TICKER_MAX_PERIOD 1000000U

struct ticker_start {
	__u32 count;
	__u32 period;
};

/**
 * struct ticker_notify - the argument of TICKER_NOTIFY
 * @signal: which signal, or 0
 * @value: what it carries as si_value; one more with each tick. Its si_code is
 *         SI_TIMER, which any program that may signal the thread can send too.
 */
struct ticker_notify {
	__s32 signal;
	__s32 value;
};

/* ANCHOR: counts */
/**
 * struct ticker_counts - the argument of TICKER_COUNTS
 * @ticks: ticks
 * @sent: signals that were sent
 * @full: signals that were not, because too many are pending for that user
 * @gone: signals that were not, because the thread has ended
 * @refused: signals that were not, because the thread is now another user's
 * @interrupted: reads that a signal has woken up
 */
struct ticker_counts {
	__u64 ticks;
	__u64 sent;
	__u64 full;
	__u64 gone;
	__u64 refused;
	__u64 interrupted;
};

/* ANCHOR_END: counts */

#endif /* CROSSINGS_SIGNALS_H */
