// SPDX-License-Identifier: GPL-2.0
/* A ticker: a timer, and everybody who is notified of its ticks. */
#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "crossings_compat.h"
#include "ticker.h"

/* ANCHOR: tick */
static void ticker_send(struct ticker *ticker)
{
	switch (recipient_send(&ticker->recipient)) {
	case 0:
		ticker->counts.sent++;
		break;
	case -EAGAIN:
		ticker->counts.full++;
		break;
	case -EPERM:
		ticker->counts.refused++;
		break;
	default:
		ticker->counts.gone++;
	}
}

static enum hrtimer_restart ticker_tick(struct hrtimer *timer)
{
	struct ticker *ticker = container_of(timer, struct ticker, timer);
	bool again;

	spin_lock(&ticker->lock);
	ticker->unread++;
	ticker->counts.ticks++;
	if (ticker->recipient.pid)
		ticker_send(ticker);
	if (ticker->eventfd)
		eventfd_signal(ticker->eventfd);
	/* Under the lock: who has read a tick has also been sent its SIGIO. */
	kill_fasync(&ticker->fasync, SIGIO, POLL_IN);
	again = --ticker->left;
	if (again)
		hrtimer_forward_now(timer, ticker->period);
	spin_unlock(&ticker->lock);

	wake_up_interruptible(&ticker->wait);

	return again ? HRTIMER_RESTART : HRTIMER_NORESTART;
}

/* ANCHOR_END: tick */

struct ticker *ticker_create(void)
{
	struct ticker *ticker;

	ticker = kzalloc(sizeof(*ticker), GFP_KERNEL_ACCOUNT);
	if (!ticker)
		return NULL;

	hrtimer_setup(&ticker->timer, ticker_tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	init_waitqueue_head(&ticker->wait);
	spin_lock_init(&ticker->lock);

	return ticker;
}

/* ANCHOR: destroy */
void ticker_destroy(struct ticker *ticker)
{
	/* Waits for a tick that is under way: from here on nobody sends. */
	hrtimer_cancel(&ticker->timer);
	put_pid(ticker->recipient.pid);
	if (ticker->eventfd)
		eventfd_ctx_put(ticker->eventfd);
	kfree(ticker);
}

/* ANCHOR_END: destroy */

int ticker_start(struct ticker *ticker, u32 count, ktime_t period)
{
	int err = 0;

	spin_lock_bh(&ticker->lock);
	if (ticker->left) {
		err = -EBUSY;
	} else {
		ticker->left = count;
		ticker->period = period;
		hrtimer_start(&ticker->timer, period, HRTIMER_MODE_REL_SOFT);
	}
	spin_unlock_bh(&ticker->lock);

	return err;
}

/* ANCHOR: set_recipient */
/* Takes over the reference on the pid. */
void ticker_set_recipient(struct ticker *ticker, struct recipient recipient)
{
	spin_lock_bh(&ticker->lock);
	swap(ticker->recipient, recipient);
	spin_unlock_bh(&ticker->lock);

	/* That of the one before, if there was one. */
	put_pid(recipient.pid);
}

/* ANCHOR_END: set_recipient */

/* Takes over the reference on the eventfd, which may be NULL. */
void ticker_set_eventfd(struct ticker *ticker, struct eventfd_ctx *eventfd)
{
	spin_lock_bh(&ticker->lock);
	swap(ticker->eventfd, eventfd);
	spin_unlock_bh(&ticker->lock);

	if (eventfd)
		eventfd_ctx_put(eventfd);
}

/* The ticks since the last call. */
u64 ticker_take(struct ticker *ticker)
{
	u64 ticks;

	spin_lock_bh(&ticker->lock);
	ticks = ticker->unread;
	ticker->unread = 0;
	spin_unlock_bh(&ticker->lock);

	return ticks;
}

/* ANCHOR: put_back */
/* Ticks that were taken, but could not be delivered. */
void ticker_put_back(struct ticker *ticker, u64 ticks)
{
	spin_lock_bh(&ticker->lock);
	ticker->unread += ticks;
	spin_unlock_bh(&ticker->lock);

	/* Another reader may have found none meanwhile, and sleep. */
	wake_up_interruptible(&ticker->wait);
}

/* ANCHOR_END: put_back */

/* ANCHOR: wait */
/* Sleeps until there is a tick to take, or a signal: -ERESTARTSYS. */
int ticker_wait(struct ticker *ticker)
{
	int err;

	err = wait_event_interruptible(ticker->wait, READ_ONCE(ticker->unread));
	if (err) {
		spin_lock_bh(&ticker->lock);
		ticker->counts.interrupted++;
		spin_unlock_bh(&ticker->lock);
	}

	return err;
}

/* ANCHOR_END: wait */

struct ticker_counts ticker_counts(struct ticker *ticker)
{
	struct ticker_counts counts;

	spin_lock_bh(&ticker->lock);
	counts = ticker->counts;
	spin_unlock_bh(&ticker->lock);

	return counts;
}
