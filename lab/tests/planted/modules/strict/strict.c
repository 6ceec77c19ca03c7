// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

static int __init strict_init(void)
{
	int x = 3;

	x = 4;
	return 0;
}
module_init(strict_init);

static void __exit strict_exit(void)
{
}
module_exit(strict_exit);

MODULE_DESCRIPTION("wants no warning, and has one only under W=1");
MODULE_LICENSE("GPL");
