// SPDX-License-Identifier: GPL-2.0
/* Forgets 64 bytes each time it is loaded. */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>

static int __init leak_init(void)
{
	return kzalloc(64, GFP_KERNEL) ? 0 : -ENOMEM;
}

static void __exit leak_exit(void)
{
}

module_init(leak_init);
module_exit(leak_exit);
MODULE_DESCRIPTION("Planted: a leak");
MODULE_LICENSE("GPL");
