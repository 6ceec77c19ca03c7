// SPDX-License-Identifier: GPL-2.0
/* Builds, but not without a warning. */
#include <linux/init.h>
#include <linux/module.h>

static int __init warns_init(void)
{
	int unused;

	return 0;
}

static void __exit warns_exit(void)
{
}

module_init(warns_init);
module_exit(warns_exit);
MODULE_DESCRIPTION("Planted: a compiler's warning");
MODULE_LICENSE("GPL");
