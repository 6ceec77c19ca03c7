// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise keeps the brightness curve of a display: 1 to 64 points.
 * CURVE_SET replaces the curve. It fails with EINVAL if there are not as many
 * points, and with EFAULT if they cannot be read; the old curve then stays.
 * CURVE_GET tells one point, or fails with EINVAL if the curve has none there.
 */
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#define CURVE_MAX 64

struct curve {
	__u64 points;	/* the address of an array of __u32 */
	__u32 count;
	__u32 reserved;	/* must be 0 */
};

struct curve_point {
	__u32 index;
	__u32 value;
};

#define CURVE_SET	_IOW(0xC5, 0x20, struct curve)
#define CURVE_GET	_IOWR(0xC5, 0x21, struct curve_point)

static DEFINE_MUTEX(curve_lock);	/* guards the points and their count */
static u32 curve_points[CURVE_MAX];
static u32 curve_count;

static long curve_set(void __user *argp)
{
	struct curve curve;
	u32 points[CURVE_MAX];
	u32 size;

	if (copy_from_user(&curve, argp, sizeof(curve)))
		return -EFAULT;
	if (curve.reserved)
		return -EINVAL;

	size = curve.count * sizeof(*points);
	if (!size || size > sizeof(points))
		return -EINVAL;
	if (copy_from_user(points, u64_to_user_ptr(curve.points), size))
		return -EFAULT;

	mutex_lock(&curve_lock);
	memcpy(curve_points, points, size);
	curve_count = curve.count;
	mutex_unlock(&curve_lock);
	return 0;
}

static long curve_get(void __user *argp)
{
	struct curve_point point;
	long err = 0;

	if (copy_from_user(&point, argp, sizeof(point)))
		return -EFAULT;

	mutex_lock(&curve_lock);
	if (point.index < curve_count)
		point.value = curve_points[array_index_nospec(point.index,
							      curve_count)];
	else
		err = -EINVAL;
	mutex_unlock(&curve_lock);

	if (!err && copy_to_user(argp, &point, sizeof(point)))
		err = -EFAULT;
	return err;
}

static long curve_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *argp = (void __user *)arg;

	switch (cmd) {
	case CURVE_SET:
		return curve_set(argp);
	case CURVE_GET:
		return curve_get(argp);
	}
	return -ENOTTY;
}

static const struct file_operations curve_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = curve_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice curve_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &curve_fops,
	.mode = 0600,
};
module_misc_device(curve_device);

MODULE_DESCRIPTION("Crossings: the brightness curve of a display");
MODULE_LICENSE("GPL");
