// SPDX-License-Identifier: GPL-2.0
/*
 * A byte pipe: what is written to /dev/crossings_chardev (mode 0600) can be
 * read from it, in order and once. It holds 64 KiB. A reader sleeps while it
 * is empty and a writer while it is full, unless they asked not to.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kfifo.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

/* ANCHOR: state */
/*
 * The bytes on their way. A kfifo needs no lock between one reader and one
 * writer, so each side has a mutex that keeps the others of its kind out.
 */
static DEFINE_KFIFO(tube, u8, SZ_64K);
static DEFINE_MUTEX(tube_reading); /* guards the end that bytes leave by */
static DEFINE_MUTEX(tube_writing); /* guards the end that bytes enter by */

/* Who sleeps until there are bytes, and who until there is room. */
static DECLARE_WAIT_QUEUE_HEAD(tube_readable);
static DECLARE_WAIT_QUEUE_HEAD(tube_writable);

/* Guards the three counts. Unlike a mutex above, it is never held for long. */
static DEFINE_SPINLOCK(tube_ends);
static unsigned int tube_readers; /* files open for reading */
static unsigned int tube_writers; /* files open for writing */
static unsigned int tube_hangups; /* how often the last writer has left */

/* One for each open(2), in file->private_data. Never changes. */
struct tube_end {
	unsigned int hangups; /* tube_hangups, when it was opened */
};

/* ANCHOR_END: state */

/* ANCHOR: open */
static int tube_open(struct inode *inode, struct file *file)
{
	struct tube_end *end;

	end = kmalloc(sizeof(*end), GFP_KERNEL_ACCOUNT);
	if (!end)
		return -ENOMEM;

	spin_lock(&tube_ends);
	/* Nobody reads yet, so the first reader may throw old bytes away. */
	if (file->f_mode & FMODE_READ && !tube_readers++)
		kfifo_reset_out(&tube);
	if (file->f_mode & FMODE_WRITE)
		tube_writers++;
	end->hangups = tube_hangups;
	spin_unlock(&tube_ends);

	file->private_data = end;
	wake_up_interruptible_poll(&tube_writable, EPOLLOUT | EPOLLWRNORM);

	return stream_open(inode, file);
}

/* ANCHOR_END: open */

/* ANCHOR: release */
static int tube_release(struct inode *inode, struct file *file)
{
	bool last_reader, last_writer;

	spin_lock(&tube_ends);
	last_reader = file->f_mode & FMODE_READ && !--tube_readers;
	last_writer = file->f_mode & FMODE_WRITE && !--tube_writers;
	if (last_writer)
		tube_hangups++;
	spin_unlock(&tube_ends);

	/* Only now: whoever wakes up looks at the counts. */
	if (last_reader)
		wake_up_interruptible_poll(&tube_writable, EPOLLERR);
	if (last_writer)
		wake_up_interruptible_poll(&tube_readable, EPOLLHUP);

	kfree(file->private_data);
	return 0;
}

/* ANCHOR_END: release */

/* ANCHOR: ended */
/* There was a writer since this file was opened, and there is none any more. */
static bool tube_ended(const struct tube_end *end)
{
	bool ended;

	spin_lock(&tube_ends);
	ended = !tube_writers && tube_hangups != end->hangups;
	spin_unlock(&tube_ends);

	return ended;
}

/* Nobody has it open for reading. */
static bool tube_broken(void)
{
	bool broken;

	spin_lock(&tube_ends);
	broken = !tube_readers;
	spin_unlock(&tube_ends);

	return broken;
}

/* ANCHOR_END: ended */

/* ANCHOR: take */
/* Takes what is there, at most count bytes. Returns 0 if it is empty. */
static ssize_t tube_take(char __user *buf, size_t count)
{
	unsigned int copied;
	int err;

	if (mutex_lock_interruptible(&tube_reading))
		return -ERESTARTSYS;
	err = kfifo_to_user(&tube, buf, count, &copied);
	mutex_unlock(&tube_reading);

	/* These bytes have left, even if a bad pointer stopped the rest. */
	if (copied) {
		wake_up_interruptible_poll(&tube_writable,
					   EPOLLOUT | EPOLLWRNORM);
		return copied;
	}

	return err;
}

/* ANCHOR_END: take */

/* ANCHOR: read */
static ssize_t tube_read(struct file *file, char __user *buf, size_t count,
			 loff_t *ppos)
{
	const struct tube_end *end = file->private_data;
	ssize_t taken;
	bool ended;
	int err;

	if (!count)
		return 0;

	for (;;) {
		/* In this order: bytes that came before the end are taken. */
		ended = tube_ended(end);
		taken = tube_take(buf, count);
		if (taken || ended)
			return taken;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;

		err = wait_event_interruptible(tube_readable,
					       !kfifo_is_empty(&tube) ||
					       tube_ended(end));
		if (err)
			return err;
	}
}

/* ANCHOR_END: read */

/* ANCHOR: write */
/* Puts what fits, at most count bytes. Returns 0 if it is full. */
static ssize_t tube_put(const char __user *buf, size_t count)
{
	unsigned int copied;
	int err;

	if (mutex_lock_interruptible(&tube_writing))
		return -ERESTARTSYS;
	err = kfifo_from_user(&tube, buf, count, &copied);
	mutex_unlock(&tube_writing);

	if (copied) {
		wake_up_interruptible_poll(&tube_readable,
					   EPOLLIN | EPOLLRDNORM);
		return copied;
	}

	return err;
}

static ssize_t tube_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	ssize_t put;
	int err;

	if (!count)
		return 0;

	for (;;) {
		if (tube_broken())
			return -EPIPE;
		put = tube_put(buf, count);
		if (put)
			return put;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;

		err = wait_event_interruptible(tube_writable,
					       !kfifo_is_full(&tube) ||
					       tube_broken());
		if (err)
			return err;
	}
}

/* ANCHOR_END: write */

/* ANCHOR: poll */
static __poll_t tube_poll(struct file *file, poll_table *wait)
{
	__poll_t events = 0;

	/* First stand in the queues, then look: no change goes unnoticed. */
	poll_wait(file, &tube_readable, wait);
	poll_wait(file, &tube_writable, wait);

	if (file->f_mode & FMODE_READ) {
		if (!kfifo_is_empty(&tube))
			events |= EPOLLIN | EPOLLRDNORM;
		if (tube_ended(file->private_data))
			events |= EPOLLHUP;
	}
	if (file->f_mode & FMODE_WRITE) {
		if (!kfifo_is_full(&tube))
			events |= EPOLLOUT | EPOLLWRNORM;
		if (tube_broken())
			events |= EPOLLERR;
	}

	return events;
}

/* ANCHOR_END: poll */

/* ANCHOR: device */
static const struct file_operations tube_fops = {
	.owner = THIS_MODULE,
	.open = tube_open,
	.release = tube_release,
	.read = tube_read,
	.write = tube_write,
	.poll = tube_poll,
};

static struct miscdevice tube_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "crossings_chardev",
	.fops = &tube_fops,
	.mode = 0600,
};
module_misc_device(tube_device);
/* ANCHOR_END: device */

MODULE_DESCRIPTION("Crossings: a bounded byte pipe behind a character device");
MODULE_LICENSE("GPL");
