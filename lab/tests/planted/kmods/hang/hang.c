// SPDX-License-Identifier: GPL-2.0
/* Sleeps for ever, deaf to signals, while it loads. */
#include <linux/completion.h>
#include <linux/init.h>
#include <linux/module.h>

static DECLARE_COMPLETION(never);

static int __init hang_init(void)
{
	wait_for_completion(&never);
	return 0;
}

module_init(hang_init);
MODULE_DESCRIPTION("Planted: a hang at load");
MODULE_LICENSE("GPL");
