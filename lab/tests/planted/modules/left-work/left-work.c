// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <linux/workqueue.h>

static void left_work(struct work_struct *work)
{
}

static DECLARE_DELAYED_WORK(left_delayed, left_work);

static int __init left_init(void)
{
	schedule_delayed_work(&left_delayed, 100 * HZ);
	return 0;
}
module_init(left_init);

static void __exit left_exit(void)
{
}
module_exit(left_exit);

MODULE_DESCRIPTION("leaves delayed work");
MODULE_LICENSE("GPL");
