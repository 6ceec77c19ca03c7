// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise maps the frames of a camera, FRAMES_PAGES pages in the middle
 * of the camera's memory. mmap(2) maps any run of them; its offset counts from
 * the first one. Whatever does not lie wholly inside them is EINVAL. The pages
 * around them belong to the camera.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>

#include "crossings_compat.h"

#define CAMERA_PAGES	8UL
#define CAMERA_SIZE	(CAMERA_PAGES << PAGE_SHIFT)
#define FRAMES_FIRST	2UL
#define FRAMES_PAGES	4UL

/* No lock guards the bytes: who has mapped them takes none either. */
static char *camera;

static char *camera_page(unsigned long n)
{
	return camera + (n << PAGE_SHIFT);
}

static int frames_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long first = FRAMES_FIRST + vma->vm_pgoff;
	unsigned long count = vma_pages(vma);
	unsigned long n;
	int err;

	/* mremap(2) may not make it longer. */
	vm_flags_set(vma, VM_DONTEXPAND);

	for (n = 0; n < count; n++) {
		err = vm_insert_page(vma, vma->vm_start + (n << PAGE_SHIFT),
				     virt_to_page(camera_page(first + n)));
		if (err)
			return err;
	}
	return 0;
}

static const struct file_operations frames_fops = {
	.owner = THIS_MODULE,
	.mmap = frames_mmap,
};

static struct miscdevice frames_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &frames_fops,
	.mode = 0600,
};

/* What the camera keeps for itself, before and behind the frames. */
static void camera_set_up(void)
{
	unsigned long n;

	for (n = 0; n < FRAMES_FIRST; n++)
		strscpy(camera_page(n), "the owner's address", PAGE_SIZE);
	for (n += FRAMES_PAGES; n < CAMERA_PAGES; n++)
		strscpy(camera_page(n), "the owner's password", PAGE_SIZE);
}

static int __init frames_init(void)
{
	int err;

	camera = alloc_pages_exact(CAMERA_SIZE, GFP_KERNEL | __GFP_ZERO);
	if (!camera)
		return -ENOMEM;
	camera_set_up();

	err = misc_register(&frames_device);
	if (err)
		free_pages_exact(camera, CAMERA_SIZE);
	return err;
}
module_init(frames_init);

static void __exit frames_exit(void)
{
	misc_deregister(&frames_device);
	free_pages_exact(camera, CAMERA_SIZE);
}
module_exit(frames_exit);

MODULE_DESCRIPTION("Crossings: the frames of a camera");
MODULE_LICENSE("GPL");
