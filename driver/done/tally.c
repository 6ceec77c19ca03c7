// SPDX-License-Identifier: GPL-2.0
/* /dev/tally adds up the numbers that are written to it, for each open file, and tells the sum. */

#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "tally.h"

/* The longest number, "-9223372036854775808", the end of its line, and an end. */
#define TALLY_LINE 24

struct tally {
	struct mutex lock; /* guards sum */
	s64 sum;
};

static int tally_open(struct inode *inode, struct file *file)
{
	struct tally *tally = kzalloc(sizeof(*tally), GFP_KERNEL_ACCOUNT);

	if (!tally)
		return -ENOMEM;
	mutex_init(&tally->lock);
	file->private_data = tally;
	return 0;
}

static int tally_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static ssize_t tally_write(struct file *file, const char __user *text, size_t count, loff_t *offset)
{
	struct tally *tally = file->private_data;
	s64 number, sum;
	int error;

	if (count > TALLY_LINE) /* kstrtos64_from_user() would look at its beginning only */
		return -EINVAL;
	error = kstrtos64_from_user(text, count, 10, &number);
	if (error)
		return error;
	mutex_lock(&tally->lock);
	error = check_add_overflow(tally->sum, number, &sum);
	if (!error)
		tally->sum = sum;
	mutex_unlock(&tally->lock);
	if (error)
		return -EOVERFLOW;
	return count;
}

static ssize_t tally_read(struct file *file, char __user *text, size_t count, loff_t *offset)
{
	struct tally *tally = file->private_data;
	char line[TALLY_LINE];
	int length;

	mutex_lock(&tally->lock);
	length = scnprintf(line, sizeof(line), "%lld\n", tally->sum);
	mutex_unlock(&tally->lock);
	return simple_read_from_buffer(text, count, offset, line, length);
}

/* ANCHOR: ioctl */
static long tally_ioctl(struct file *file, unsigned int request, unsigned long argument)
{
	struct tally *tally = file->private_data;
	s64 number;

	if (request != TALLY_SET)
		return -ENOTTY;
	if (copy_from_user(&number, (s64 __user *)argument, sizeof(number)))
		return -EFAULT;
	mutex_lock(&tally->lock);
	tally->sum = number;
	mutex_unlock(&tally->lock);
	return 0;
}

/* ANCHOR_END: ioctl */

static const struct file_operations tally_fops = {
	.owner = THIS_MODULE,
	.open = tally_open,
	.release = tally_release,
	.read = tally_read,
	.write = tally_write,
	.unlocked_ioctl = tally_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice tally_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tally",
	.fops = &tally_fops,
};
module_misc_device(tally_device);

MODULE_DESCRIPTION("Adds up the numbers that are written to it");
MODULE_LICENSE("GPL");
