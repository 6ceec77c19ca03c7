// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

/* Of two areas, one is forgotten. */
static void *given_back;
static void *forgotten;

static int __init left_init(void)
{
	given_back = vmalloc(SZ_1M);
	forgotten = vzalloc(SZ_64K);
	if (given_back && forgotten)
		return 0;
	vfree(given_back);
	vfree(forgotten);
	return -ENOMEM;
}
module_init(left_init);

static void __exit left_exit(void)
{
	vfree(given_back);
}
module_exit(left_exit);

MODULE_DESCRIPTION("leaves a mapping behind");
MODULE_LICENSE("GPL");
