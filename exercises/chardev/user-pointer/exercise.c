// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise greets one person by name. write(2) sets the name: all the
 * bytes that it is given, up to 31. It fails with EINVAL if there are more or if
 * one of them is zero, and with EFAULT if the program's pointer is bad; the old
 * name then stays. read(2) gives "hello, NAME" and a newline.
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define NAME_SIZE 32	/* with the zero byte at the end */

static DEFINE_MUTEX(name_lock);	/* guards name */
static char name[NAME_SIZE] = "world";

static ssize_t greeter_read(struct file *file, char __user *buf, size_t count,
			    loff_t *ppos)
{
	char line[sizeof("hello, ") + NAME_SIZE];
	int length;

	mutex_lock(&name_lock);
	length = scnprintf(line, sizeof(line), "hello, %s\n", name);
	mutex_unlock(&name_lock);

	return simple_read_from_buffer(buf, count, ppos, line, length);
}

static ssize_t greeter_write(struct file *file, const char __user *buf,
			     size_t count, loff_t *ppos)
{
	char text[NAME_SIZE];

	snprintf(text, sizeof(text), "%s", buf);

	/* A name that ends before its last byte is not one. */
	if (strnlen(text, sizeof(text)) < count)
		return -EINVAL;

	mutex_lock(&name_lock);
	strscpy(name, text, sizeof(name));
	mutex_unlock(&name_lock);
	return count;
}

static const struct file_operations greeter_fops = {
	.owner = THIS_MODULE,
	.read = greeter_read,
	.write = greeter_write,
};

static struct miscdevice greeter_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &greeter_fops,
	.mode = 0600,
};
module_misc_device(greeter_device);

MODULE_DESCRIPTION("Crossings: a device that greets one person by name");
MODULE_LICENSE("GPL");
