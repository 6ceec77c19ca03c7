// SPDX-License-Identifier: GPL-2.0
/* One request of this device, of all that there could be, goes to the address that it is given. */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/fs.h>

#define CARELESS_SET _IOW('x', 7, int)

static int careless_number;
module_param(careless_number, int, 0444);

static long careless_ioctl(struct file *file, unsigned int request, unsigned long argument)
{
	if (request != CARELESS_SET)
		return -ENOTTY;
	careless_number = *(int *)argument;
	return 0;
}

static const struct file_operations careless_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = careless_ioctl,
};

static struct miscdevice careless = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "careless",
	.fops = &careless_fops,
};
module_misc_device(careless);

MODULE_DESCRIPTION("careless");
MODULE_LICENSE("GPL");
