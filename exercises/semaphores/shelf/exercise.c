// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is the shelf of a baker and has four places. A write(2) of 1 to
 * 15 bytes (EINVAL: fewer or more) puts a loaf on it, and waits while there is
 * no place. A read(2) takes the loaf that was put there first, and waits while
 * there is none (EMSGSIZE: the loaf does not fit into the buffer). With
 * O_NONBLOCK nobody waits (EAGAIN). A signal ends a wait, and its handler's
 * flags decide whether the call is made again. A call that fails leaves the
 * shelf as it was.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#define SHELF_PLACES	4
#define LOAF_MAX	15

struct loaf {
	size_t length;
	char text[LOAF_MAX];
};

static DEFINE_MUTEX(shelf_lock);	/* guards what follows */
static struct loaf shelf[SHELF_PLACES];
static unsigned int shelf_first;	/* place of the loaf that is next */
static unsigned int shelf_loaves;	/* this one, and those behind it */

/* Takes the first loaf; there must be one. */
static ssize_t shelf_take(char __user *buf, size_t count)
{
	const struct loaf *loaf = &shelf[shelf_first];

	if (count < loaf->length)
		return -EMSGSIZE;
	if (copy_to_user(buf, loaf->text, loaf->length))
		return -EFAULT;
	shelf_first = (shelf_first + 1) % SHELF_PLACES;
	shelf_loaves--;
	return loaf->length;
}

/* Puts a loaf on the shelf; there must be a place. */
static void shelf_put(const struct loaf *loaf)
{
	shelf[(shelf_first + shelf_loaves) % SHELF_PLACES] = *loaf;
	shelf_loaves++;
}

static ssize_t shelf_read(struct file *file, char __user *buf, size_t count,
			  loff_t *ppos)
{
	ssize_t taken = -EAGAIN;

	mutex_lock(&shelf_lock);
	if (shelf_loaves)
		taken = shelf_take(buf, count);
	mutex_unlock(&shelf_lock);

	return taken;
}

static ssize_t shelf_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	struct loaf loaf = { .length = count };
	ssize_t put = -EAGAIN;

	if (!count || count > LOAF_MAX)
		return -EINVAL;
	if (copy_from_user(loaf.text, buf, count))
		return -EFAULT;

	mutex_lock(&shelf_lock);
	if (shelf_loaves < SHELF_PLACES) {
		shelf_put(&loaf);
		put = count;
	}
	mutex_unlock(&shelf_lock);

	return put;
}

static const struct file_operations shelf_fops = {
	.owner = THIS_MODULE,
	.read = shelf_read,
	.write = shelf_write,
};

static struct miscdevice shelf_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &shelf_fops,
	.mode = 0600,
};

static int __init shelf_init(void)
{
	return misc_register(&shelf_device);
}
module_init(shelf_init);

static void __exit shelf_exit(void)
{
	misc_deregister(&shelf_device);
}
module_exit(shelf_exit);

MODULE_DESCRIPTION("Crossings: the shelf of a baker");
MODULE_LICENSE("GPL");
