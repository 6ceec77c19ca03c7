// SPDX-License-Identifier: GPL-2.0
/* Keeps a reference to itself, so it cannot be unloaded. */
#include <linux/init.h>
#include <linux/module.h>

static int __init stuck_init(void)
{
	__module_get(THIS_MODULE);
	return 0;
}

static void __exit stuck_exit(void)
{
}

module_init(stuck_init);
module_exit(stuck_exit);
MODULE_DESCRIPTION("Planted: cannot be unloaded");
MODULE_LICENSE("GPL");
