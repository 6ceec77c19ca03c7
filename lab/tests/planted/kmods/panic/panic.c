// SPDX-License-Identifier: GPL-2.0
/* Takes the whole kernel down while it loads. */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/panic.h>

static int __init panic_init(void)
{
	panic("planted");
}

module_init(panic_init);
MODULE_DESCRIPTION("Planted: a panic at load");
MODULE_LICENSE("GPL");
