// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(lock);

static int __init spins_init(void)
{
	return 0;
}
module_init(spins_init);

static void __exit spins_exit(void)
{
	spin_lock(&lock);
	spin_lock(&lock);
	spin_unlock(&lock);
}
module_exit(spins_exit);

MODULE_DESCRIPTION("locks a spinlock twice in exit");
MODULE_LICENSE("GPL");
