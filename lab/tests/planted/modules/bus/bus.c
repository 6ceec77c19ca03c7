// SPDX-License-Identifier: GPL-2.0
#include <linux/i2c.h>
#include <linux/module.h>

static struct i2c_driver bus_driver = {
	.driver = { .name = "bus" },
};
module_i2c_driver(bus_driver);

MODULE_DESCRIPTION("drives a device on a bus that the kernel lacks");
MODULE_LICENSE("GPL");
