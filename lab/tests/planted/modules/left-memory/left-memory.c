// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <linux/slab.h>

struct left {
	struct rcu_head rcu;
	char text[200];
};

static void *left_text;

static int __init left_init(void)
{
	struct left *given_back = kzalloc(sizeof(*given_back), GFP_KERNEL);

	if (!given_back)
		return -ENOMEM;
	kfree_rcu(given_back, rcu);
	left_text = kzalloc(1000, GFP_KERNEL);
	return left_text ? 0 : -ENOMEM;
}
module_init(left_init);

static void __exit left_exit(void)
{
}
module_exit(left_exit);

MODULE_DESCRIPTION("does not give memory back");
MODULE_LICENSE("GPL");
