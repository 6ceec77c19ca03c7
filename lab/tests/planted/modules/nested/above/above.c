// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include "../nested.h"

static int __init above_init(void)
{
	pr_info("above: from below %d\n", below_number());
	return 0;
}
module_init(above_init);

static void __exit above_exit(void)
{
}
module_exit(above_exit);

MODULE_DESCRIPTION("uses what is below");
MODULE_LICENSE("GPL");
