// SPDX-License-Identifier: GPL-2.0
/*
 * A byte meter: /dev/crossings_ioctl (mode 0600) swallows what is written to
 * it and counts it. The data goes through write(2); everything that is not
 * data (reading the counts, setting a limit, resetting) goes through ioctl(2).
 */
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#include "ioctl.h"

/* ANCHOR: asserts */
/*
 * Programs are compiled with these numbers in them: they can never change.
 * Four architectures spend three bits on the direction and have others.
 */
#if _IOC_DIRBITS == 2
static_assert(METER_GET_TOTAL == 0x8008c500);
static_assert(METER_SET_LIMIT == 0x4008c501);
static_assert(METER_GET_READING == 0xc020c502);
static_assert(METER_RESET == 0x0000c503);
#endif

static_assert(offsetof(struct meter_reading, taken) == 8);
static_assert(offsetof(struct meter_reading, limit) == 16);
static_assert(offsetof(struct meter_reading, total) == 24);
static_assert(sizeof(struct meter_reading) == 32);
/* ANCHOR_END: asserts */

/* ANCHOR: state */
/* Shared by every open file. It needs no lock: each use is one atomic step. */
static atomic64_t meter_total = ATOMIC64_INIT(0);

/* One for each open(2), in file->private_data. */
struct meter_session {
	/* Guards taken and limit, which keep taken <= limit. */
	struct mutex lock;
	u64 taken;
	u64 limit;
};

/* ANCHOR_END: state */

/* ANCHOR: open */
static int meter_open(struct inode *inode, struct file *file)
{
	struct meter_session *session;

	session = kzalloc(sizeof(*session), GFP_KERNEL_ACCOUNT);
	if (!session)
		return -ENOMEM;

	mutex_init(&session->lock);
	session->limit = METER_NO_LIMIT;
	file->private_data = session;

	return stream_open(inode, file);
}

static int meter_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

/* ANCHOR_END: open */

/* ANCHOR: write */
static ssize_t meter_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	struct meter_session *session = file->private_data;
	size_t accepted;

	mutex_lock(&session->lock);
	accepted = min_t(u64, count, session->limit - session->taken);
	session->taken += accepted;
	mutex_unlock(&session->lock);

	if (count && !accepted)
		return -ENOSPC;

	atomic64_add(accepted, &meter_total);
	return accepted;
}

/* ANCHOR_END: write */

/* ANCHOR: get_total */
static long meter_get_total(void __user *argp)
{
	u64 total = atomic64_read(&meter_total);

	if (copy_to_user(argp, &total, sizeof(total)))
		return -EFAULT;
	return 0;
}

/* ANCHOR_END: get_total */

/* ANCHOR: set_limit */
static long meter_set_limit(struct meter_session *session, void __user *argp)
{
	long err = 0;
	u64 limit;

	if (copy_from_user(&limit, argp, sizeof(limit)))
		return -EFAULT;

	mutex_lock(&session->lock);
	if (limit < session->taken)
		err = -EINVAL;
	else
		session->limit = limit;
	mutex_unlock(&session->lock);

	return err;
}

/* ANCHOR_END: set_limit */

/* ANCHOR: reset */
static long meter_reset(struct file *file)
{
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;

	atomic64_set(&meter_total, 0);
	return 0;
}

/* ANCHOR_END: reset */

/* ANCHOR: get_reading */
static long meter_get_reading(struct meter_session *session,
			      void __user *argp, size_t size)
{
	struct meter_reading reading;
	long err;

	if (size < offsetofend(struct meter_reading, total))
		return -EINVAL;

	err = copy_struct_from_user(&reading, sizeof(reading), argp, size);
	if (err)
		return err;
	if (reading.flags & ~METER_READING_CLEAR || reading.reserved)
		return -EINVAL;

	/* Held over the copy, so that a count is cleared only once delivered. */
	mutex_lock(&session->lock);
	reading.taken = session->taken;
	reading.limit = session->limit;
	reading.total = atomic64_read(&meter_total);
	if (copy_to_user(argp, &reading, min(size, sizeof(reading))))
		err = -EFAULT;
	else if (reading.flags & METER_READING_CLEAR)
		session->taken = 0;
	mutex_unlock(&session->lock);

	return err;
}

/* ANCHOR_END: get_reading */

/* ANCHOR: ioctl */
#define WITHOUT_SIZE(cmd) ((cmd) & ~(_IOC_SIZEMASK << _IOC_SIZESHIFT))

static long meter_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct meter_session *session = file->private_data;
	void __user *argp = (void __user *)arg;

	/* These three never change their size: the whole number must match. */
	switch (cmd) {
	case METER_GET_TOTAL:
		return meter_get_total(argp);
	case METER_SET_LIMIT:
		return meter_set_limit(session, argp);
	case METER_RESET:
		return meter_reset(file);
	}

	/* This one may grow: the program says which size it was built with. */
	if (WITHOUT_SIZE(cmd) == WITHOUT_SIZE(METER_GET_READING))
		return meter_get_reading(session, argp, _IOC_SIZE(cmd));

	return -ENOTTY;
}

/* ANCHOR_END: ioctl */

/* ANCHOR: device */
static const struct file_operations meter_fops = {
	.owner = THIS_MODULE,
	.open = meter_open,
	.release = meter_release,
	.write = meter_write,
	.unlocked_ioctl = meter_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice meter_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "crossings_ioctl",
	.fops = &meter_fops,
	.mode = 0600,
};
module_misc_device(meter_device);
/* ANCHOR_END: device */

MODULE_DESCRIPTION("Crossings: a byte meter controlled by ioctl(2)");
MODULE_LICENSE("GPL");
