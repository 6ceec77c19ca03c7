// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include "../nested.h"

int below_number(void)
{
	return 42;
}
EXPORT_SYMBOL_GPL(below_number);

MODULE_DESCRIPTION("exports a function");
MODULE_LICENSE("GPL");
