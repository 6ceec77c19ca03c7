// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

static int __init packaged_init(void)
{
	return 0;
}
module_init(packaged_init);

static void __exit packaged_exit(void)
{
}
module_exit(packaged_exit);

MODULE_DESCRIPTION("is built as DKMS does it");
MODULE_LICENSE("GPL");
