// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a tube for messages of up to MESSAGE_MAX bytes; a message
 * may be empty. write(2) puts one in, and sleeps while there is no room for
 * it; read(2) takes out the oldest, whole, and sleeps while there is none.
 * With O_NONBLOCK, what would sleep fails with EAGAIN. A write(2) of more than
 * MESSAGE_MAX bytes fails with EMSGSIZE, and so does a read(2) with room for
 * less, both whatever the tube holds. A call that fails changes nothing.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kfifo.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

#define MESSAGE_MAX	100

static DEFINE_MUTEX(tube_lock);	/* guards tube */
static STRUCT_KFIFO_REC_1(512) tube;	/* of each message its length, and it */
static DECLARE_WAIT_QUEUE_HEAD(tube_readers);
static DECLARE_WAIT_QUEUE_HEAD(tube_writers);

/* Even an empty message needs a byte, for its length. */
static bool tube_has_room(size_t size)
{
	return !kfifo_is_full(&tube) && size <= kfifo_avail(&tube);
}

static ssize_t tube_read(struct file *file, char __user *buf, size_t count,
			 loff_t *ppos)
{
	unsigned int copied;
	int err;

	if (!count)
		return 0;

	mutex_lock(&tube_lock);
	while (kfifo_is_empty(&tube)) {
		mutex_unlock(&tube_lock);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(tube_readers,
					     !kfifo_is_empty(&tube)))
			return -ERESTARTSYS;
		mutex_lock(&tube_lock);
	}
	err = kfifo_to_user(&tube, buf, count, &copied);
	mutex_unlock(&tube_lock);

	if (err)
		return err;
	wake_up_interruptible(&tube_writers);
	return copied;
}

static ssize_t tube_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	unsigned int copied;
	int err;

	if (!count)
		return 0;

	mutex_lock(&tube_lock);
	while (!tube_has_room(count)) {
		mutex_unlock(&tube_lock);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(tube_writers,
					     tube_has_room(count)))
			return -ERESTARTSYS;
		mutex_lock(&tube_lock);
	}
	err = kfifo_from_user(&tube, buf, count, &copied);
	mutex_unlock(&tube_lock);

	if (err)
		return err;
	wake_up_interruptible(&tube_readers);
	return copied;
}

static const struct file_operations tube_fops = {
	.owner = THIS_MODULE,
	.open = stream_open,
	.read = tube_read,
	.write = tube_write,
};

static struct miscdevice tube_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &tube_fops,
	.mode = 0600,
};

static int __init tube_init(void)
{
	INIT_KFIFO(tube);
	return misc_register(&tube_device);
}
module_init(tube_init);

static void __exit tube_exit(void)
{
	misc_deregister(&tube_device);
}
module_exit(tube_exit);

MODULE_DESCRIPTION("Crossings: a tube for messages");
MODULE_LICENSE("GPL");
