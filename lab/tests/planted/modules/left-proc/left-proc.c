// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

static int left_show(struct seq_file *file, void *data)
{
	seq_puts(file, "here\n");
	return 0;
}

static int __init left_init(void)
{
	return proc_create_single("left_behind", 0444, NULL, left_show) ? 0 : -ENOMEM;
}
module_init(left_init);

static void __exit left_exit(void)
{
}
module_exit(left_exit);

MODULE_DESCRIPTION("leaves a file in /proc");
MODULE_LICENSE("GPL");
