// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/exercise (mode 0644) is a notice board. write(2) replaces the whole
 * notice, whatever the position, and fails with E2BIG if it has more than 200
 * bytes. The notice is read like any file: read(2) returns as much of it as
 * the caller has room for, from the file's position on, and 0 at its end.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#define NOTICE_MAX	200

static DEFINE_MUTEX(notice_lock);	/* guards notice and notice_length */
static char notice[NOTICE_MAX];
static size_t notice_length;

static ssize_t notice_read(struct file *file, char __user *buf, size_t count,
			   loff_t *ppos)
{
	ssize_t ret;

	mutex_lock(&notice_lock);
	if (copy_to_user(buf, notice, notice_length))
		ret = -EFAULT;
	else
		ret = notice_length;
	mutex_unlock(&notice_lock);
	return ret;
}

static ssize_t notice_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	char text[NOTICE_MAX];

	if (count > sizeof(text))
		return -E2BIG;
	if (copy_from_user(text, buf, count))
		return -EFAULT;

	mutex_lock(&notice_lock);
	memcpy(notice, text, count);
	notice_length = count;
	mutex_unlock(&notice_lock);
	return count;
}

static const struct proc_ops notice_ops = {
	.proc_read	= notice_read,
	.proc_write	= notice_write,
	.proc_lseek	= default_llseek,
};

static struct proc_dir_entry *notice_entry;

static int __init notice_init(void)
{
	notice_entry = proc_create("exercise", 0644, NULL, &notice_ops);
	return notice_entry ? 0 : -ENOMEM;
}
module_init(notice_init);

static void __exit notice_exit(void)
{
	proc_remove(notice_entry);
}
module_exit(notice_exit);

MODULE_DESCRIPTION("Crossings: a notice board in procfs");
MODULE_LICENSE("GPL");
