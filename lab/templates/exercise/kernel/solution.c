// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise says hello to whoever reads it.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/types.h>
#include <linux/uaccess.h>

static const char greeting[] = "hello\n";

static ssize_t greeter_read(struct file *file, char __user *buf, size_t count,
			    loff_t *ppos)
{
	size_t length = min(count, sizeof(greeting) - 1);

	if (copy_to_user(buf, greeting, length))
		return -EFAULT;
	return length;
}

static const struct file_operations greeter_fops = {
	.owner = THIS_MODULE,
	.read = greeter_read,
};

static struct miscdevice greeter_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &greeter_fops,
	.mode = 0600,
};
module_misc_device(greeter_device);

MODULE_DESCRIPTION("Crossings: a device that says hello");
MODULE_LICENSE("GPL");
