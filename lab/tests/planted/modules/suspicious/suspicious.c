// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

static int __init suspicious_init(void)
{
	return 243;
}
module_init(suspicious_init);

static void __exit suspicious_exit(void)
{
}
module_exit(suspicious_exit);

MODULE_DESCRIPTION("returns what init functions do not return");
MODULE_LICENSE("GPL");
