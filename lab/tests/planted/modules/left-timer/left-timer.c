// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <linux/timer.h>

static void left_expired(struct timer_list *timer)
{
}

static DEFINE_TIMER(left_timer, left_expired);

static int __init left_init(void)
{
	mod_timer(&left_timer, jiffies + 100 * HZ);
	return 0;
}
module_init(left_init);

static void __exit left_exit(void)
{
}
module_exit(left_exit);

MODULE_DESCRIPTION("leaves a timer");
MODULE_LICENSE("GPL");
