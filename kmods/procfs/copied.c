// SPDX-License-Identifier: GPL-2.0
/*
 * FAULTY ON PURPOSE. /proc/crossings_copied (mode 0666) is written the way
 * that many pages on procfs show: one flag for all readers, the caller's
 * count ignored, a mode that promises writing. Load it in the lab only.
 */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/uaccess.h>

/* ANCHOR: read */
static ssize_t copied_read(struct file *file, char __user *buf, size_t count,
			   loff_t *ppos)
{
	static const char text[] = "all aboard\n";
	static int completed;

	if (completed) {
		completed = 0;
		return 0;
	}

	completed = 1;
	if (copy_to_user(buf, text, sizeof(text) - 1))
		return -EFAULT;
	return sizeof(text) - 1;
}

/* ANCHOR_END: read */

/* ANCHOR: entry */
static const struct proc_ops copied_ops = {
	.proc_read	= copied_read,
};

static struct proc_dir_entry *copied_entry;

static int __init copied_init(void)
{
	copied_entry = proc_create("crossings_copied", 0666, NULL, &copied_ops);
	return copied_entry ? 0 : -ENOMEM;
}

/* ANCHOR_END: entry */
module_init(copied_init);

static void __exit copied_exit(void)
{
	proc_remove(copied_entry);
}
module_exit(copied_exit);

MODULE_DESCRIPTION("Crossings: a proc file with one end of file for all");
MODULE_LICENSE("GPL");
