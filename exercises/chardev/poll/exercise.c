// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a conveyor belt for up to 16 bytes. write(2) puts on as many
 * as there is room for, and sleeps while the belt is full; read(2) takes off
 * what there is, and sleeps while it is empty. With O_NONBLOCK, what would
 * sleep fails with EAGAIN. poll(2) reports POLLIN while a read would not sleep,
 * and POLLOUT while a write would not.
 */
#include <linux/fs.h>
#include <linux/kfifo.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/wait.h>

static DEFINE_MUTEX(belt_lock);	/* guards belt */
static DEFINE_KFIFO(belt, char, 16);
static DECLARE_WAIT_QUEUE_HEAD(belt_readers);
static DECLARE_WAIT_QUEUE_HEAD(belt_writers);

static ssize_t belt_read(struct file *file, char __user *buf, size_t count,
			 loff_t *ppos)
{
	unsigned int copied;
	int err;

	if (!count)
		return 0;

	mutex_lock(&belt_lock);
	while (kfifo_is_empty(&belt)) {
		mutex_unlock(&belt_lock);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(belt_readers,
					     !kfifo_is_empty(&belt)))
			return -ERESTARTSYS;
		mutex_lock(&belt_lock);
	}
	err = kfifo_to_user(&belt, buf, count, &copied);
	mutex_unlock(&belt_lock);

	if (!copied)
		return err;
	wake_up_interruptible(&belt_writers);
	return copied;
}

static ssize_t belt_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	unsigned int copied;
	int err;

	if (!count)
		return 0;

	mutex_lock(&belt_lock);
	while (kfifo_is_full(&belt)) {
		mutex_unlock(&belt_lock);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(belt_writers,
					     !kfifo_is_full(&belt)))
			return -ERESTARTSYS;
		mutex_lock(&belt_lock);
	}
	err = kfifo_from_user(&belt, buf, count, &copied);
	mutex_unlock(&belt_lock);

	if (!copied)
		return err;
	wake_up_interruptible(&belt_readers);
	return copied;
}

static __poll_t belt_poll(struct file *file, poll_table *wait)
{
	__poll_t events = 0;

	mutex_lock(&belt_lock);
	if (!kfifo_is_empty(&belt))
		events |= EPOLLIN | EPOLLRDNORM;
	if (!kfifo_is_full(&belt))
		events |= EPOLLOUT | EPOLLWRNORM;
	mutex_unlock(&belt_lock);
	return events;
}

static const struct file_operations belt_fops = {
	.owner = THIS_MODULE,
	.open = stream_open,
	.read = belt_read,
	.write = belt_write,
	.poll = belt_poll,
};

static struct miscdevice belt_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &belt_fops,
	.mode = 0600,
};
module_misc_device(belt_device);

MODULE_DESCRIPTION("Crossings: a conveyor belt for 16 bytes");
MODULE_LICENSE("GPL");
