// SPDX-License-Identifier: GPL-2.0
/* Writes through a null pointer while it loads. */
#include <linux/init.h>
#include <linux/module.h>

static int *nowhere;

static int __init oops_init(void)
{
	WRITE_ONCE(*nowhere, 1);
	return 0;
}

module_init(oops_init);
MODULE_DESCRIPTION("Planted: an oops at load");
MODULE_LICENSE("GPL");
