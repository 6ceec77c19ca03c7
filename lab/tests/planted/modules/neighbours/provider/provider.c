// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include "../include/shared.h"

int neighbour_number(void)
{
	return 42;
}
EXPORT_SYMBOL_GPL(neighbour_number);

MODULE_DESCRIPTION("exports a function");
MODULE_LICENSE("GPL");
