// SPDX-License-Identifier: GPL-2.0
/*
 * Stands for another driver, one that keeps a reference to the lamp for as
 * long as it is loaded: /sys/devices/crossings_guest/lamp has the lamp's name.
 *
 * FAULTY ON PURPOSE in one line: the mode of that file promises that it can be
 * written. Load it in the lab only.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sysfs.h>

static struct device *guest;
static struct kobject *lamp;

/* ANCHOR: attribute */
static ssize_t lamp_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%s\n", kobject_name(lamp));
}

/* 0644, and no store function: DEVICE_ATTR_RO() would have said 0444. */
static struct device_attribute dev_attr_lamp =
	__ATTR(lamp, 0644, lamp_show, NULL);
/* ANCHOR_END: attribute */

static struct attribute *guest_attrs[] = {
	&dev_attr_lamp.attr,
	NULL
};

static const struct attribute_group guest_group = {
	.attrs	= guest_attrs,
};

/* ANCHOR: init */
static int __init guest_init(void)
{
	int err;

	guest = root_device_register("crossings_guest");
	if (IS_ERR(guest))
		return PTR_ERR(guest);

	/* All devices are in one set, which is where ours is, too. */
	lamp = kset_find_obj(guest->kobj.kset, "lamp");
	if (!lamp) {
		err = -ENODEV;
		goto unregister_guest;
	}

	err = sysfs_create_group(&guest->kobj, &guest_group);
	if (err)
		goto put_lamp;
	return 0;

put_lamp:
	kobject_put(lamp);
unregister_guest:
	root_device_unregister(guest);
	return err;
}
module_init(guest_init);

static void __exit guest_exit(void)
{
	root_device_unregister(guest);
	kobject_put(lamp);
}
module_exit(guest_exit);
/* ANCHOR_END: init */

MODULE_DESCRIPTION("Crossings: a driver that holds on to the lamp");
MODULE_LICENSE("GPL");
