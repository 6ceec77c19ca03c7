// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include "shared.h"

static int __init caller_init(void)
{
	pr_info("caller: the neighbour says %d\n", neighbour_number());
	return 0;
}
module_init(caller_init);

static void __exit caller_exit(void)
{
}
module_exit(caller_exit);

MODULE_DESCRIPTION("uses what its neighbour exports");
MODULE_LICENSE("GPL");
