// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a tube for up to 64 bytes. write(2) puts in what there is
 * room for, and fails with EAGAIN if there is none. read(2) takes out what
 * comes, and returns when it has as many bytes as the program wants.
 *
 * TUBE_LIMIT sets how many milliseconds a read(2) from this open file may wait
 * in all; 0, as at first, is without a limit. When the time is over, read(2)
 * returns what it has, or fails with EAGAIN if it has nothing.
 *
 * A signal ends the wait. A read(2) that has something returns that. One that
 * has nothing is made again after a handler with SA_RESTART, and else fails
 * with EINTR; with a limit it always fails with EINTR, as that of a socket.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/jiffies.h>
#include <linux/kfifo.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define TUBE_LIMIT	_IOW(0xC5, 0x20, __u32)
#define TUBE_LIMIT_MAX	(60 * MSEC_PER_SEC)

static DEFINE_MUTEX(tube_lock);	/* guards tube */
static DEFINE_KFIFO(tube, char, 64);
static DECLARE_WAIT_QUEUE_HEAD(tube_readers);

static int tube_open(struct inode *inode, struct file *file)
{
	file->private_data = (void *)MAX_SCHEDULE_TIMEOUT;
	return stream_open(inode, file);
}

/* Takes out what is there, and adds to done how many bytes that was. */
static int tube_take(char __user *buf, size_t count, size_t *done)
{
	unsigned int copied;
	int err;

	mutex_lock(&tube_lock);
	err = kfifo_to_user(&tube, buf + *done, count - *done, &copied);
	mutex_unlock(&tube_lock);

	*done += copied;
	return err;
}

static ssize_t tube_read(struct file *file, char __user *buf, size_t count,
			 loff_t *ppos)
{
	long left = (long)READ_ONCE(file->private_data);
	size_t done = 0;
	int err;

	for (;;) {
		err = tube_take(buf, count, &done);
		if (err || done == count)
			break;

		left = wait_event_interruptible_timeout(tube_readers,
							!kfifo_is_empty(&tube),
							left);
		if (left < 0)
			return -EINTR;
		if (!left)
			return -EAGAIN;
	}

	return done ? done : err;
}

static ssize_t tube_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	unsigned int copied;
	int err;

	mutex_lock(&tube_lock);
	err = kfifo_from_user(&tube, buf, count, &copied);
	mutex_unlock(&tube_lock);

	if (copied)
		wake_up_interruptible(&tube_readers);
	if (copied || err || !count)
		return copied ? copied : err;
	return -EAGAIN;
}

static long tube_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	long limit;
	u32 ms;

	if (cmd != TUBE_LIMIT)
		return -ENOTTY;
	if (get_user(ms, (u32 __user *)arg))
		return -EFAULT;
	if (ms > TUBE_LIMIT_MAX)
		return -EINVAL;

	limit = ms ? msecs_to_jiffies(ms) : MAX_SCHEDULE_TIMEOUT;
	WRITE_ONCE(file->private_data, (void *)limit);
	return 0;
}

static const struct file_operations tube_fops = {
	.owner = THIS_MODULE,
	.open = tube_open,
	.read = tube_read,
	.write = tube_write,
	.unlocked_ioctl = tube_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice tube_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &tube_fops,
	.mode = 0600,
};
module_misc_device(tube_device);

MODULE_DESCRIPTION("Crossings: a tube for bytes, and a limit for its readers");
MODULE_LICENSE("GPL");
