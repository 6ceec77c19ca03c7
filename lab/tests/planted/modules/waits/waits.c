// SPDX-License-Identifier: GPL-2.0
#include <linux/completion.h>
#include <linux/module.h>

static DECLARE_COMPLETION(never);

static int __init waits_init(void)
{
	wait_for_completion(&never);
	return 0;
}
module_init(waits_init);

static void __exit waits_exit(void)
{
}
module_exit(waits_exit);

MODULE_DESCRIPTION("waits for ever in init");
MODULE_LICENSE("GPL");
