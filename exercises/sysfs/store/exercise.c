// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/class/exercise/fan/speed (mode 0644) is the speed of a fan in percent,
 * from -100 (backwards) to 100. It takes one whole decimal number, with at
 * most one newline after it. A text that is something else is refused with
 * EINVAL, a number that is no speed with ERANGE, and then nothing changes.
 */
#include <linux/compiler.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kdev_t.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/sysfs.h>

#define SPEED_MAX	100

static int fan_speed;	/* one word, hence no lock: see READ_ONCE() */

static ssize_t speed_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(fan_speed));
}

static ssize_t speed_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t count)
{
	int speed = simple_strtol(buf, NULL, 10);

	if (speed < -SPEED_MAX || speed > SPEED_MAX)
		return -ERANGE;

	WRITE_ONCE(fan_speed, speed);
	return count;
}
static DEVICE_ATTR_RW(speed);

static struct attribute *fan_attrs[] = {
	&dev_attr_speed.attr,
	NULL
};
ATTRIBUTE_GROUPS(fan);

static struct class fan_class = {
	.name = "exercise",
};

static struct device *fan;

static int __init fan_init(void)
{
	int err;

	err = class_register(&fan_class);
	if (err)
		return err;

	fan = device_create_with_groups(&fan_class, NULL, MKDEV(0, 0), NULL,
					fan_groups, "fan");
	if (IS_ERR(fan)) {
		class_unregister(&fan_class);
		return PTR_ERR(fan);
	}
	return 0;
}
module_init(fan_init);

static void __exit fan_exit(void)
{
	device_unregister(fan);
	class_unregister(&fan_class);
}
module_exit(fan_exit);

MODULE_DESCRIPTION("Crossings: a fan in sysfs");
MODULE_LICENSE("GPL");
