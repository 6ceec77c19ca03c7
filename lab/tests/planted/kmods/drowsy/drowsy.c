// SPDX-License-Identifier: GPL-2.0
/* Takes many short naps while it loads: a second in all, and ten where each takes ten times as long. */
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/module.h>

static int __init drowsy_init(void)
{
	int nap;

	for (nap = 0; nap < 60; nap++)
		msleep(10);
	return 0;
}

static void __exit drowsy_exit(void)
{
}

module_init(drowsy_init);
module_exit(drowsy_exit);
MODULE_DESCRIPTION("Planted: slow, and right");
MODULE_LICENSE("GPL");
