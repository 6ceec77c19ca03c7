// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a tea machine. write(2) of a struct tea_order is an order:
 * the buffer is the struct, and the count is its size, as the writer knows it.
 * read(2) tells the last order that was accepted, as text.
 *
 * The struct has grown, and may grow again. Version 0 ended after seconds,
 * version 1 has delay too. A field that is added means with 0 what the machine
 * did before there was such a field.
 *
 * EINVAL: the struct is smaller than version 0, a flag is unknown, or the tea
 * is to be hotter than 100 degrees. E2BIG: the struct is larger than the
 * machine knows and asks in its rest for something, or is larger than a page.
 * An order that is refused changes nothing.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#define TEA_MILK		BIT(0)
#define TEA_SUGAR		BIT(1)
#define TEA_FLAGS		(TEA_MILK | TEA_SUGAR)

struct tea_order {
	__aligned_u64 flags;
	__u32 degrees;
	__u32 seconds;
	__aligned_u64 delay;	/* in milliseconds */
};

#define TEA_ORDER_SIZE_VER0	offsetofend(struct tea_order, seconds)

static DEFINE_MUTEX(tea_lock);	/* guards tea_last */
static struct tea_order tea_last;

static ssize_t tea_write(struct file *file, const char __user *buf,
			 size_t count, loff_t *ppos)
{
	struct tea_order order = {};

	if (copy_from_user(&order, buf, min(count, sizeof(order))))
		return -EFAULT;
	if (order.degrees > 100)
		return -EINVAL;

	mutex_lock(&tea_lock);
	tea_last = order;
	mutex_unlock(&tea_lock);
	return count;
}

static ssize_t tea_read(struct file *file, char __user *buf, size_t count,
			loff_t *ppos)
{
	struct tea_order order;
	char text[96];
	int length;

	mutex_lock(&tea_lock);
	order = tea_last;
	mutex_unlock(&tea_lock);

	length = scnprintf(text, sizeof(text),
			   "flags %#llx, %u degrees, %u seconds, after %llu ms\n",
			   order.flags, order.degrees, order.seconds,
			   order.delay);
	return simple_read_from_buffer(buf, count, ppos, text, length);
}

static const struct file_operations tea_fops = {
	.owner = THIS_MODULE,
	.read = tea_read,
	.write = tea_write,
};

static struct miscdevice tea_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &tea_fops,
	.mode = 0600,
};
module_misc_device(tea_device);

MODULE_DESCRIPTION("Crossings: a tea machine");
MODULE_LICENSE("GPL");
