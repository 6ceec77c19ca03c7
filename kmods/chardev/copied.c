// SPDX-License-Identifier: GPL-2.0
/*
 * FAULTY ON PURPOSE, for the lab only: /dev/crossings_chardev_copied keeps one
 * message, with the faults of a widely copied example. A read ignores the size
 * of the buffer and returns 0. A write follows the program's pointer itself,
 * which a processor with SMAP does not allow, and the kernel reports an oops.
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/uaccess.h>

/* ANCHOR: message */
static char copied_message[256] = "hello from the kernel";
static short copied_size = 21;
/* ANCHOR_END: message */

/* ANCHOR: read */
static ssize_t copied_read(struct file *file, char __user *buf, size_t count,
			   loff_t *ppos)
{
	if (copy_to_user(buf, copied_message, copied_size))
		return -EFAULT;
	return copied_size = 0;
}

/* ANCHOR_END: read */

/* ANCHOR: write */
static ssize_t copied_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	snprintf(copied_message, sizeof(copied_message), "%s",
		 (const char __force *)buf);
	copied_size = strlen(copied_message);
	return count;
}

/* ANCHOR_END: write */

static const struct file_operations copied_fops = {
	.owner = THIS_MODULE,
	.read = copied_read,
	.write = copied_write,
};

static struct miscdevice copied_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "crossings_chardev_copied",
	.fops = &copied_fops,
	.mode = 0600,
};
module_misc_device(copied_device);

MODULE_DESCRIPTION("Crossings: a character device that follows a user pointer (faulty on purpose)");
MODULE_LICENSE("GPL");
