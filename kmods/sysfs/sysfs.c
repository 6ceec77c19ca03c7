// SPDX-License-Identifier: GPL-2.0
/*
 * A lamp: /sys/class/crossings/lamp has the files brightness (mode 0644),
 * max_brightness (0444), switch (0200) and nvram (0600, 64 bytes, binary).
 * Who polls brightness wakes up when it changes, and each time the lamp goes
 * on or off, a uevent tells everybody.
 */
#include <linux/completion.h>
#include <linux/container_of.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/types.h>

#include "crossings_compat.h"

/* ANCHOR: lamp */
#define MAX_BRIGHTNESS	100
#define NVRAM_SIZE	64

struct lamp {
	struct device dev;
	struct mutex lock;	/* guards what follows */
	u8 brightness;
	u8 when_on;		/* the last brightness that was not 0 */
	u8 nvram[NVRAM_SIZE];
};

static struct lamp *to_lamp(struct device *dev)
{
	return container_of(dev, struct lamp, dev);
}

/* ANCHOR_END: lamp */

/* ANCHOR: change */
/* Called with the lock held, so that the news arrives in the right order. */
static void lamp_change(struct lamp *lamp, u8 brightness)
{
	struct kobject *kobj = &lamp->dev.kobj;
	char *envp[2] = { brightness ? "STATE=on" : "STATE=off", NULL };
	u8 before = lamp->brightness;

	if (brightness == before)
		return;

	lamp->brightness = brightness;
	if (brightness)
		lamp->when_on = brightness;

	sysfs_notify(kobj, NULL, "brightness");
	if (!brightness || !before)
		kobject_uevent_env(kobj, KOBJ_CHANGE, envp);
}

/* ANCHOR_END: change */

/* ANCHOR: brightness */
static ssize_t brightness_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	struct lamp *lamp = to_lamp(dev);
	u8 brightness;

	mutex_lock(&lamp->lock);
	brightness = lamp->brightness;
	mutex_unlock(&lamp->lock);

	return sysfs_emit(buf, "%u\n", brightness);
}

static ssize_t brightness_store(struct device *dev,
				struct device_attribute *attr,
				const char *buf, size_t count)
{
	struct lamp *lamp = to_lamp(dev);
	u8 brightness;
	int err;

	err = kstrtou8(buf, 10, &brightness);
	if (err)
		return err;
	if (brightness > MAX_BRIGHTNESS)
		return -ERANGE;

	mutex_lock(&lamp->lock);
	lamp_change(lamp, brightness);
	mutex_unlock(&lamp->lock);

	return count;
}
static DEVICE_ATTR_RW(brightness);
/* ANCHOR_END: brightness */

/* ANCHOR: max_brightness */
static ssize_t max_brightness_show(struct device *dev,
				   struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", MAX_BRIGHTNESS);
}
static DEVICE_ATTR_RO(max_brightness);
/* ANCHOR_END: max_brightness */

/* ANCHOR: switch */
static ssize_t switch_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	struct lamp *lamp = to_lamp(dev);
	bool on;
	int err;

	err = kstrtobool(buf, &on);
	if (err)
		return err;

	mutex_lock(&lamp->lock);
	lamp_change(lamp, on ? lamp->when_on : 0);
	mutex_unlock(&lamp->lock);

	return count;
}
static DEVICE_ATTR_WO(switch);
/* ANCHOR_END: switch */

/* ANCHOR: nvram */
/* sysfs has cut count so that neither of these goes beyond NVRAM_SIZE. */
static ssize_t nvram_read(struct file *file, struct kobject *kobj,
			  crossings_bin_attribute *attr, char *buf, loff_t pos,
			  size_t count)
{
	struct lamp *lamp = to_lamp(kobj_to_dev(kobj));

	mutex_lock(&lamp->lock);
	memcpy(buf, lamp->nvram + pos, count);
	mutex_unlock(&lamp->lock);

	return count;
}

static ssize_t nvram_write(struct file *file, struct kobject *kobj,
			   crossings_bin_attribute *attr, char *buf, loff_t pos,
			   size_t count)
{
	struct lamp *lamp = to_lamp(kobj_to_dev(kobj));

	mutex_lock(&lamp->lock);
	memcpy(lamp->nvram + pos, buf, count);
	mutex_unlock(&lamp->lock);

	return count;
}
static BIN_ATTR(nvram, 0600, nvram_read, nvram_write, NVRAM_SIZE);
/* ANCHOR_END: nvram */

/* ANCHOR: group */
static struct attribute *lamp_attrs[] = {
	&dev_attr_brightness.attr,
	&dev_attr_max_brightness.attr,
	&dev_attr_switch.attr,
	NULL
};

static crossings_bin_attribute *lamp_bin_attrs[] = {
	&bin_attr_nvram,
	NULL
};

static const struct attribute_group lamp_group = {
	.attrs		= lamp_attrs,
	.bin_attrs	= lamp_bin_attrs,
};

static const struct attribute_group *lamp_groups[] = {
	&lamp_group,
	NULL
};

static struct class crossings_class = {
	.name		= "crossings",
	.dev_groups	= lamp_groups,
};

/* ANCHOR_END: group */

/* ANCHOR: register */
static DECLARE_COMPLETION(lamp_released);

/* The last reference is gone. */
static void lamp_release(struct device *dev)
{
	kfree(to_lamp(dev));
	complete(&lamp_released);
}

/* From device_initialize() on, only put_device() may free the lamp. */
static struct lamp *lamp_register(void)
{
	struct lamp *lamp;
	int err;

	lamp = kzalloc(sizeof(*lamp), GFP_KERNEL);
	if (!lamp)
		return ERR_PTR(-ENOMEM);

	mutex_init(&lamp->lock);
	lamp->when_on = MAX_BRIGHTNESS;
	device_initialize(&lamp->dev);
	lamp->dev.class = &crossings_class;
	lamp->dev.release = lamp_release;

	err = dev_set_name(&lamp->dev, "lamp");
	if (err)
		goto put_lamp;
	err = device_add(&lamp->dev);
	if (err)
		goto put_lamp;
	return lamp;

put_lamp:
	put_device(&lamp->dev);
	wait_for_completion(&lamp_released);
	return ERR_PTR(err);
}

/* lamp_release() is our code: it has to run before we are unloaded. */
static void lamp_unregister(struct lamp *lamp)
{
	device_unregister(&lamp->dev);
	wait_for_completion(&lamp_released);
}

/* ANCHOR_END: register */

/* ANCHOR: init */
static struct lamp *the_lamp;

static int __init crossings_init(void)
{
	int err;

	err = class_register(&crossings_class);
	if (err)
		return err;

	the_lamp = lamp_register();
	if (IS_ERR(the_lamp)) {
		err = PTR_ERR(the_lamp);
		goto unregister_class;
	}
	return 0;

unregister_class:
	class_unregister(&crossings_class);
	return err;
}
module_init(crossings_init);

static void __exit crossings_exit(void)
{
	lamp_unregister(the_lamp);
	class_unregister(&crossings_class);
}
module_exit(crossings_exit);
/* ANCHOR_END: init */

MODULE_DESCRIPTION("Crossings: a lamp in sysfs");
MODULE_LICENSE("GPL");
