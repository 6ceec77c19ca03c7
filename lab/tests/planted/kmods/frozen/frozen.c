// SPDX-License-Identifier: GPL-2.0
/* Stops every processor, deaf to interrupts, while it loads. */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/processor.h>
#include <linux/smp.h>

static void stop(void *unused)
{
	while (1)
		cpu_relax();
}

static int __init frozen_init(void)
{
	/* Runs with interrupts off everywhere. */
	on_each_cpu(stop, NULL, 0);
	return 0;
}

module_init(frozen_init);
MODULE_DESCRIPTION("Planted: a kernel that stands still");
MODULE_LICENSE("GPL");
