// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a keyboard. write(2) presses a key: it takes one byte, and
 * fails with EAGAIN when KEYBOARD_EVENTS events wait. Each key is an event, a
 * struct key_event, and the events are numbered from 0.
 *
 * read(2) takes events out, the oldest first: as many whole ones as are there
 * and have room. It fails with EAGAIN if there is none, and with EINVAL if
 * there is not room for one. No event is lost or seen twice: where the
 * caller's memory ends early, read(2) returns the events before that, and
 * fails with EFAULT only if there are none.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kfifo.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#define KEYBOARD_EVENTS	64

struct key_event {
	u32 number;
	u32 key;
};

static DEFINE_MUTEX(keyboard_lock);	/* guards what follows */
static DEFINE_KFIFO(keyboard_events, struct key_event, KEYBOARD_EVENTS);
static u32 keyboard_number;		/* of the next event */

static ssize_t keyboard_read(struct file *file, char __user *buf,
			     size_t count, loff_t *ppos)
{
	struct key_event event;
	ssize_t ret;

	if (!count)
		return 0;
	if (count < sizeof(event))
		return -EINVAL;

	mutex_lock(&keyboard_lock);
	if (!kfifo_peek(&keyboard_events, &event)) {
		ret = -EAGAIN;
	} else if (copy_to_user(buf, &event, sizeof(event))) {
		ret = -EFAULT;
	} else {
		kfifo_skip(&keyboard_events);
		ret = sizeof(event);
	}
	mutex_unlock(&keyboard_lock);

	return ret;
}

static ssize_t keyboard_write(struct file *file, const char __user *buf,
			      size_t count, loff_t *ppos)
{
	struct key_event event;
	u8 key;
	ssize_t ret = 1;

	if (!count)
		return 0;
	if (get_user(key, buf))
		return -EFAULT;

	mutex_lock(&keyboard_lock);
	event.number = keyboard_number;
	event.key = key;
	if (kfifo_put(&keyboard_events, event))
		keyboard_number++;
	else
		ret = -EAGAIN;
	mutex_unlock(&keyboard_lock);

	return ret;
}

static const struct file_operations keyboard_fops = {
	.owner = THIS_MODULE,
	.read = keyboard_read,
	.write = keyboard_write,
};

static struct miscdevice keyboard_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &keyboard_fops,
	.mode = 0600,
};
module_misc_device(keyboard_device);

MODULE_DESCRIPTION("Crossings: a keyboard and its events");
MODULE_LICENSE("GPL");
