// SPDX-License-Identifier: GPL-2.0
/*
 * Whoever opens /dev/exercise has an egg timer, one for each open file. The
 * steps build on one another, and the check takes them in this order.
 *
 * Step 1, write(2): a number of milliseconds, as text, sets the timer, instead
 * of what it was set to before; 0 stops it. It returns at once.
 * EINVAL: the text is no number. ERANGE: more than EGG_MOST. EFAULT: bad memory.
 *
 * Step 2, read(2): sleeps until the timer has rung, and gives as a u64 how often
 * it has since the last read. EINVAL: less room than that. EFAULT: bad memory,
 * and what was not given is there for the next read.
 *
 * Step 3, those who cannot wait: a read(2) with O_NONBLOCK fails with EAGAIN
 * where it would sleep. A signal interrupts a read(2) that sleeps, and one with
 * SA_RESTART has it made again.
 *
 * Step 4, poll(2): POLLIN while a read(2) would not sleep.
 *
 * Step 5, ioctl(2): EGG_STATUS tells how long until the timer rings, 0 if it is
 * not set, and what a read(2) would give, which it leaves there. ENOTTY: any
 * other request. EFAULT: bad memory. A 32-bit program is told the same.
 *
 * Step 6, the kitchen: /sys/class/misc/exercise/running is how many timers are
 * set, and /sys/class/misc/exercise/rung is how often one has rung since the
 * module was loaded. Both are read-only numbers. A timer whose file is closed
 * rings no more, and nothing is left of it.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/ioctl.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/types.h>

#include "crossings_compat.h"

#define EGG_MOST	60000	/* milliseconds */

struct egg_status {
	__aligned_u64 left;	/* nanoseconds */
	__aligned_u64 rung;	/* not read yet */
};

#define EGG_STATUS	_IOR(0xC5, 0x40, struct egg_status)

/* A timer. Step 1 needs a struct hrtimer here, and step 2 where to wait. */
struct egg {
	u64 rung;		/* not read yet */
};

static struct kmem_cache *eggs;	/* of struct egg, and of nothing else */

/* Step 1: make a struct egg, and keep it in file->private_data. */
static int egg_open(struct inode *inode, struct file *file)
{
	return stream_open(inode, file);
}

/* Step 1: undo what egg_open() has done, and what has been done since. */
static int egg_release(struct inode *inode, struct file *file)
{
	return 0;
}

/* Steps 1 to 5: each has its function, and a line here. */
static const struct file_operations egg_fops = {
	.owner = THIS_MODULE,
	.open = egg_open,
	.release = egg_release,
};

/* Step 6: the attributes are a group, and the device has a field for groups. */
static struct miscdevice egg_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &egg_fops,
	.mode = 0600,
};

static int __init egg_init(void)
{
	int err;

	eggs = KMEM_CACHE_USERCOPY(egg, SLAB_ACCOUNT, rung);
	if (!eggs)
		return -ENOMEM;

	err = misc_register(&egg_device);
	if (err)
		kmem_cache_destroy(eggs);
	return err;
}
module_init(egg_init);

static void __exit egg_exit(void)
{
	misc_deregister(&egg_device);
	kmem_cache_destroy(eggs);
}
module_exit(egg_exit);

MODULE_DESCRIPTION("Crossings: egg timers");
MODULE_LICENSE("GPL");
