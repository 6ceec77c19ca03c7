// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include "own.h"
#include "generated.h"

#ifndef READS_HEADERS
#error "the headers are not where they should be"
#endif
#ifndef SEES_RELEASE
#error "uname says another release"
#endif
#ifndef GREETING
#define GREETING "none"
#endif

static int __init own_init(void)
{
	pr_info("own: %s, %s, greeting %s\n", FROM_INC, WORDS, GREETING);
	return 0;
}
module_init(own_init);

static void __exit own_exit(void)
{
}
module_exit(own_exit);

MODULE_DESCRIPTION("is built by its own make");
MODULE_LICENSE("GPL");
