// SPDX-License-Identifier: GPL-2.0
#include <linux/kthread.h>
#include <linux/module.h>

static int __init left_init(void)
{
	return PTR_ERR_OR_ZERO(kthread_create_worker(0, "left_worker"));
}
module_init(left_init);

static void __exit left_exit(void)
{
}
module_exit(left_exit);

MODULE_DESCRIPTION("leaves a thread");
MODULE_LICENSE("GPL");
