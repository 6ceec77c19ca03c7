// SPDX-License-Identifier: GPL-2.0
/*
 * A drive. Writing a label of up to 15 bytes (E2BIG: more) to the attribute
 * /sys/class/misc/exercise/medium exchanges the medium in the drive, whoever
 * uses the old one. The one that is in there is a device, first
 * /sys/devices/exercise1, then exercise2 and so on; a label that is refused
 * uses up no number. /dev/exercise reads as the label of the medium that was
 * in the drive when it was opened (ENOMEDIUM: there was none).
 */
#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/wait_bit.h>

struct medium {
	struct device dev;
	char label[16];
};

static struct kmem_cache *media;	/* destroying it tells of leaks */
static atomic_t media_made;
static atomic_t media_left;		/* those not yet released */
static DEFINE_MUTEX(drive_lock);	/* guards drive_medium */
static struct medium *drive_medium;

static void medium_release(struct device *dev)
{
	if (atomic_dec_and_test(&media_left))
		wake_up_var(&media_left);
}

static struct medium *medium_add(const char *label)
{
	struct medium *medium;
	int err;

	medium = kmem_cache_zalloc(media, GFP_KERNEL);
	if (!medium)
		return ERR_PTR(-ENOMEM);
	atomic_inc(&media_left);
	device_initialize(&medium->dev);
	medium->dev.release = medium_release;

	err = -E2BIG;
	if (strscpy(medium->label, label, sizeof(medium->label)) < 0)
		goto put_medium;
	err = dev_set_name(&medium->dev, "exercise%d",
			   atomic_inc_return(&media_made));
	if (err)
		goto put_medium;
	err = device_add(&medium->dev);
	if (err)
		goto put_medium;
	return medium;

put_medium:
	put_device(&medium->dev);
	kmem_cache_free(media, medium);
	return ERR_PTR(err);
}

static void medium_remove(struct medium *medium)
{
	device_unregister(&medium->dev);
	kmem_cache_free(media, medium);
}

static ssize_t medium_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	struct medium *medium = medium_add(buf);

	if (IS_ERR(medium))
		return PTR_ERR(medium);

	mutex_lock(&drive_lock);
	swap(drive_medium, medium);
	mutex_unlock(&drive_lock);

	if (medium)
		medium_remove(medium);
	return count;
}
static DEVICE_ATTR_WO(medium);

static struct attribute *drive_attrs[] = {
	&dev_attr_medium.attr,
	NULL
};
ATTRIBUTE_GROUPS(drive);

static int drive_open(struct inode *inode, struct file *file)
{
	struct medium *medium;

	mutex_lock(&drive_lock);
	medium = drive_medium;
	if (medium)
		get_device(&medium->dev);
	mutex_unlock(&drive_lock);

	file->private_data = medium;
	return medium ? 0 : -ENOMEDIUM;
}

static ssize_t drive_read(struct file *file, char __user *buf, size_t count,
			  loff_t *ppos)
{
	struct medium *medium = file->private_data;

	return simple_read_from_buffer(buf, count, ppos, medium->label,
				       strlen(medium->label));
}

static int drive_release(struct inode *inode, struct file *file)
{
	struct medium *medium = file->private_data;

	put_device(&medium->dev);
	return 0;
}

static const struct file_operations drive_fops = {
	.owner		= THIS_MODULE,
	.open		= drive_open,
	.read		= drive_read,
	.release	= drive_release,
};

static struct miscdevice drive = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "exercise",
	.fops	= &drive_fops,
	.groups	= drive_groups,
};

static int __init drive_init(void)
{
	int err;

	media = KMEM_CACHE_USERCOPY(medium, 0, label);
	if (!media)
		return -ENOMEM;
	err = misc_register(&drive);
	if (err)
		kmem_cache_destroy(media);
	return err;
}
module_init(drive_init);

static void __exit drive_exit(void)
{
	misc_deregister(&drive);
	if (drive_medium)
		medium_remove(drive_medium);
	/* Somebody in the kernel may have a reference still. */
	wait_var_event(&media_left, !atomic_read(&media_left));
	kmem_cache_destroy(media);
}
module_exit(drive_exit);

MODULE_DESCRIPTION("Crossings: a drive for exchangeable media");
MODULE_LICENSE("GPL");
