// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a parking meter. write(2) puts in coins, one for each byte,
 * up to METER_MAX in all; each lasts for a millisecond. The attributes in
 * /sys/class/misc/exercise are left, the number of coins that are not used up,
 * and expired, 1 if that is 0 and else 0. Who watches one of these files by
 * inotify(7) gets an IN_MODIFY when it has changed, and none when it has not.
 */
#include <linux/compiler.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/time64.h>

#include "crossings_compat.h"

#define METER_MAX	1000U

static DEFINE_SPINLOCK(meter_lock);	/* for who changes meter_left */
static unsigned int meter_left;
static struct hrtimer meter_timer;

/* Called with meter_lock held. */
static void meter_set(unsigned int left)
{
	WRITE_ONCE(meter_left, left);
}

/* The timer's function, in the interrupt. */
static enum hrtimer_restart meter_tick(struct hrtimer *timer)
{
	unsigned long flags;

	spin_lock_irqsave(&meter_lock, flags);
	meter_set(meter_left ? meter_left - 1 : 0);
	spin_unlock_irqrestore(&meter_lock, flags);

	hrtimer_forward_now(timer, ms_to_ktime(1));
	return HRTIMER_RESTART;
}

static ssize_t meter_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	unsigned long flags;

	spin_lock_irqsave(&meter_lock, flags);
	meter_set(meter_left + min_t(size_t, count, METER_MAX - meter_left));
	spin_unlock_irqrestore(&meter_lock, flags);
	return count;
}

static ssize_t left_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(meter_left));
}
static DEVICE_ATTR_RO(left);

static ssize_t expired_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%d\n", !READ_ONCE(meter_left));
}
static DEVICE_ATTR_RO(expired);

static struct attribute *meter_attrs[] = {
	&dev_attr_left.attr,
	&dev_attr_expired.attr,
	NULL
};
ATTRIBUTE_GROUPS(meter);

static const struct file_operations meter_fops = {
	.owner = THIS_MODULE,
	.write = meter_write,
};

/* Once somebody can open it, .this_device is there. */
static struct miscdevice meter_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &meter_fops,
	.groups = meter_groups,
	.mode = 0600,
};

static int __init meter_init(void)
{
	int err;

	hrtimer_setup(&meter_timer, meter_tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
	err = misc_register(&meter_device);
	if (err)
		return err;

	hrtimer_start(&meter_timer, ms_to_ktime(1), HRTIMER_MODE_REL);
	return 0;
}
module_init(meter_init);

static void __exit meter_exit(void)
{
	hrtimer_cancel(&meter_timer);
	misc_deregister(&meter_device);
}
module_exit(meter_exit);

MODULE_DESCRIPTION("Crossings: a parking meter");
MODULE_LICENSE("GPL");
