// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a turnstile: each write(2) lets one person pass. Who has it
 * open may have it count these into an eventfd(2), by GATE_COUNT_INTO with the
 * descriptor: instead of the one that was named before, until the file is
 * closed, and whoever lets the people pass. GATE_NOWHERE ends it earlier.
 *
 * EBADF: there is no such descriptor. EINVAL: it is none of an eventfd. A
 * request that fails changes nothing.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#include "crossings_compat.h"

#define GATE_COUNT_INTO	_IOW(0xC5, 0x30, __s32)
#define GATE_NOWHERE	(-1)

/* Somebody who has the turnstile open. */
struct gate_watcher {
	struct list_head node;
	int fd;			/* of the eventfd */
};

static DEFINE_MUTEX(gate_lock);	/* guards the list and all that is in it */
static LIST_HEAD(gate_watchers);

static int gate_open(struct inode *inode, struct file *file)
{
	struct gate_watcher *watcher;

	watcher = kzalloc(sizeof(*watcher), GFP_KERNEL_ACCOUNT);
	if (!watcher)
		return -ENOMEM;
	watcher->fd = GATE_NOWHERE;

	mutex_lock(&gate_lock);
	list_add_tail(&watcher->node, &gate_watchers);
	mutex_unlock(&gate_lock);

	file->private_data = watcher;
	return stream_open(inode, file);
}

static int gate_release(struct inode *inode, struct file *file)
{
	struct gate_watcher *watcher = file->private_data;

	mutex_lock(&gate_lock);
	list_del(&watcher->node);
	mutex_unlock(&gate_lock);

	kfree(watcher);
	return 0;
}

static ssize_t gate_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	struct gate_watcher *watcher;
	struct eventfd_ctx *eventfd;

	mutex_lock(&gate_lock);
	list_for_each_entry(watcher, &gate_watchers, node) {
		eventfd = eventfd_ctx_fdget(watcher->fd);
		if (IS_ERR(eventfd))
			continue;
		eventfd_signal(eventfd);
		eventfd_ctx_put(eventfd);
	}
	mutex_unlock(&gate_lock);
	return count;
}

static int gate_count_into(struct gate_watcher *watcher, int fd)
{
	mutex_lock(&gate_lock);
	watcher->fd = fd;
	mutex_unlock(&gate_lock);
	return 0;
}

static long gate_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	s32 fd;

	if (cmd != GATE_COUNT_INTO)
		return -ENOTTY;
	if (get_user(fd, (s32 __user *)arg))
		return -EFAULT;
	return gate_count_into(file->private_data, fd);
}

static const struct file_operations gate_fops = {
	.owner = THIS_MODULE,
	.open = gate_open,
	.release = gate_release,
	.write = gate_write,
	.unlocked_ioctl = gate_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice gate_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &gate_fops,
	.mode = 0600,
};
module_misc_device(gate_device);

MODULE_DESCRIPTION("Crossings: a turnstile that counts into eventfds");
MODULE_LICENSE("GPL");
