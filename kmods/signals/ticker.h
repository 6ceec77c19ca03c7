/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CROSSINGS_TICKER_H
#define CROSSINGS_TICKER_H

#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "recipient.h"
#include "signals.h"

/* ANCHOR: ticker */
struct ticker {
	struct hrtimer timer;
	/* Threads in read(2) and poll(2). */
	wait_queue_head_t wait;
	/* Open files with O_ASYNC. */
	struct fasync_struct *fasync;

	/* Guards what follows. The timer takes it in a softirq. */
	spinlock_t lock;
	ktime_t period;
	u32 left;
	u64 unread;
	struct recipient recipient;
	struct eventfd_ctx *eventfd;
	struct ticker_counts counts;
};

/* ANCHOR_END: ticker */

struct ticker *ticker_create(void);
void ticker_destroy(struct ticker *ticker);

int ticker_start(struct ticker *ticker, u32 count, ktime_t period);
void ticker_set_recipient(struct ticker *ticker, struct recipient recipient);
void ticker_set_eventfd(struct ticker *ticker, struct eventfd_ctx *eventfd);

u64 ticker_take(struct ticker *ticker);
void ticker_put_back(struct ticker *ticker, u64 ticks);
int ticker_wait(struct ticker *ticker);
struct ticker_counts ticker_counts(struct ticker *ticker);

#endif /* CROSSINGS_TICKER_H */
