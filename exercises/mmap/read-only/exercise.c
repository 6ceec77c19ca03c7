// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a meter. write(2) is consumption: each byte is one unit.
 * mmap(2) of its only page shows the units so far, as a u64 in its first 8
 * bytes. Nobody may change them there: a mapping that can be written is
 * refused with EACCES, a private one too, and so is an mprotect(2) that would
 * make it so. What is not this page is EINVAL.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "crossings_compat.h"

static DEFINE_MUTEX(meter_lock);	/* one write(2) at a time adds units */
static u64 *meter_units;		/* a page of its own */

static ssize_t meter_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	mutex_lock(&meter_lock);
	WRITE_ONCE(*meter_units, *meter_units + count);
	mutex_unlock(&meter_lock);
	return count;
}

static int meter_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_pgoff || vma_pages(vma) != 1)
		return -EINVAL;
	if (vma->vm_flags & VM_WRITE)
		return -EACCES;

	/* mremap(2) may not make it longer. */
	vm_flags_set(vma, VM_DONTEXPAND);

	return vm_insert_page(vma, vma->vm_start, virt_to_page(meter_units));
}

static const struct file_operations meter_fops = {
	.owner = THIS_MODULE,
	.write = meter_write,
	.mmap = meter_mmap,
};

static struct miscdevice meter_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &meter_fops,
	.mode = 0600,
};

static int __init meter_init(void)
{
	int err;

	meter_units = (u64 *)get_zeroed_page(GFP_KERNEL);
	if (!meter_units)
		return -ENOMEM;

	err = misc_register(&meter_device);
	if (err)
		free_page((unsigned long)meter_units);
	return err;
}
module_init(meter_init);

static void __exit meter_exit(void)
{
	misc_deregister(&meter_device);
	free_page((unsigned long)meter_units);
}
module_exit(meter_exit);

MODULE_DESCRIPTION("Crossings: a meter that shows its units");
MODULE_LICENSE("GPL");
