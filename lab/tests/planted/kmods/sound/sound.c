// SPDX-License-Identifier: GPL-2.0
/* Loads, says so in the kernel log, and unloads. */
#include <linux/init.h>
#include <linux/module.h>

static int __init sound_init(void)
{
	pr_info("crossings_sound: loaded\n");
	return 0;
}

static void __exit sound_exit(void)
{
}

module_init(sound_init);
module_exit(sound_exit);
MODULE_DESCRIPTION("Planted: nothing wrong");
MODULE_LICENSE("GPL");
