// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/crossings_signals (mode 0600): each open file is a ticker, which
 * notifies of its ticks in every way there is: by read(2) and poll(2), by a
 * signal that carries an integer, by SIGIO, and through an eventfd.
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/signal.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#include "recipient.h"
#include "signals.h"
#include "ticker.h"

/*
 * Programs are compiled with these numbers in them: they can never change.
 * Four architectures spend three bits on the direction and have others.
 */
#if _IOC_DIRBITS == 2
static_assert(TICKER_START == 0x4008c520);
static_assert(TICKER_NOTIFY == 0x4008c521);
static_assert(TICKER_EVENTFD == 0x4004c522);
static_assert(TICKER_COUNTS == 0x8030c523);
#endif

static int signals_open(struct inode *inode, struct file *file)
{
	file->private_data = ticker_create();
	if (!file->private_data)
		return -ENOMEM;

	return stream_open(inode, file);
}

static int signals_release(struct inode *inode, struct file *file)
{
	ticker_destroy(file->private_data);
	return 0;
}

/* ANCHOR: read */
static ssize_t signals_read(struct file *file, char __user *buf, size_t count,
			    loff_t *ppos)
{
	struct ticker *ticker = file->private_data;
	u64 ticks;
	int err;

	if (count < sizeof(ticks))
		return -EINVAL;

	while (!(ticks = ticker_take(ticker))) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		/* -ERESTARTSYS: a signal came first. */
		err = ticker_wait(ticker);
		if (err)
			return err;
	}

	if (put_user(ticks, (u64 __user *)buf)) {
		ticker_put_back(ticker, ticks);
		return -EFAULT;
	}

	return sizeof(ticks);
}

/* ANCHOR_END: read */

static __poll_t signals_poll(struct file *file, poll_table *table)
{
	struct ticker *ticker = file->private_data;

	poll_wait(file, &ticker->wait, table);

	return READ_ONCE(ticker->unread) ? EPOLLIN | EPOLLRDNORM : 0;
}

/* ANCHOR: fasync */
static int signals_fasync(int fd, struct file *file, int on)
{
	struct ticker *ticker = file->private_data;

	return fasync_helper(fd, file, on, &ticker->fasync);
}

/* ANCHOR_END: fasync */

static long signals_start(struct ticker *ticker, void __user *argp)
{
	struct ticker_start start;

	if (copy_from_user(&start, argp, sizeof(start)))
		return -EFAULT;
	if (!start.count || start.count > TICKER_MAX_COUNT)
		return -EINVAL;
	if (start.period < TICKER_MIN_PERIOD || start.period > TICKER_MAX_PERIOD)
		return -EINVAL;

	return ticker_start(ticker, start.count,
			    ns_to_ktime((u64)start.period * NSEC_PER_USEC));
}

/* ANCHOR: notify */
static long signals_notify(struct ticker *ticker, void __user *argp)
{
	struct recipient recipient = {};
	struct ticker_notify notify;

	if (copy_from_user(&notify, argp, sizeof(notify)))
		return -EFAULT;
	/* Also refuses what is negative. */
	if (!valid_signal(notify.signal))
		return -EINVAL;

	if (notify.signal)
		recipient = recipient_current(notify.signal, notify.value);
	ticker_set_recipient(ticker, recipient);

	return 0;
}

/* ANCHOR_END: notify */

/* ANCHOR: eventfd */
static long signals_eventfd(struct ticker *ticker, void __user *argp)
{
	struct eventfd_ctx *eventfd = NULL;
	s32 fd;

	if (get_user(fd, (s32 __user *)argp))
		return -EFAULT;

	if (fd != -1) {
		/* -EBADF: not open. -EINVAL: open, but no eventfd. */
		eventfd = eventfd_ctx_fdget(fd);
		if (IS_ERR(eventfd))
			return PTR_ERR(eventfd);
	}
	ticker_set_eventfd(ticker, eventfd);

	return 0;
}

/* ANCHOR_END: eventfd */

static long signals_counts(struct ticker *ticker, void __user *argp)
{
	struct ticker_counts counts = ticker_counts(ticker);

	return copy_to_user(argp, &counts, sizeof(counts)) ? -EFAULT : 0;
}

static long signals_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	struct ticker *ticker = file->private_data;
	void __user *argp = (void __user *)arg;

	switch (cmd) {
	case TICKER_START:
		return signals_start(ticker, argp);
	case TICKER_NOTIFY:
		return signals_notify(ticker, argp);
	case TICKER_EVENTFD:
		return signals_eventfd(ticker, argp);
	case TICKER_COUNTS:
		return signals_counts(ticker, argp);
	}

	return -ENOTTY;
}

static const struct file_operations signals_fops = {
	.owner = THIS_MODULE,
	.open = signals_open,
	.release = signals_release,
	.read = signals_read,
	.poll = signals_poll,
	.fasync = signals_fasync,
	.unlocked_ioctl = signals_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice signals_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "crossings_signals",
	.fops = &signals_fops,
	.mode = 0600,
};
module_misc_device(signals_device);

MODULE_DESCRIPTION("Crossings: a ticker that notifies by signal(7)");
MODULE_LICENSE("GPL");
