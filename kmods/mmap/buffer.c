// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/crossings_mmap: BUFFER_SIZE bytes, one copy for everybody, reached by
 * read(2), write(2) and mmap(2).
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/vmalloc.h>

#include "device.h"
#include "mmap.h"

#define BUFFER_PAGES (BUFFER_SIZE / PAGE_SIZE)

static_assert(BUFFER_SIZE % PAGE_SIZE == 0);

/* ANCHOR: buffer */
/*
 * No lock guards the bytes: a program that has mapped them takes none either.
 * Whoever shares them must agree on who writes what, and when.
 */
static void *buffer;

/* ANCHOR_END: buffer */

/* ANCHOR: read_write */
static ssize_t buffer_read(struct file *file, char __user *to, size_t count,
			   loff_t *ppos)
{
	return simple_read_from_buffer(to, count, ppos, buffer, BUFFER_SIZE);
}

static ssize_t buffer_write(struct file *file, const char __user *from,
			    size_t count, loff_t *ppos)
{
	void *bytes;

	if (!count)
		return 0;
	if (*ppos < 0)
		return -EINVAL;
	if (*ppos >= BUFFER_SIZE)
		return -ENOSPC;
	count = min_t(size_t, count, BUFFER_SIZE - *ppos);

	/*
	 * Not straight into the buffer: copy_from_user() puts zeros where it
	 * could not read, and whoever has mapped the buffer would see them.
	 */
	bytes = vmemdup_user(from, count);
	if (IS_ERR(bytes))
		return PTR_ERR(bytes);

	memcpy(buffer + *ppos, bytes, count);
	kvfree(bytes);
	*ppos += count;

	return count;
}

/* ANCHOR_END: read_write */

static loff_t buffer_llseek(struct file *file, loff_t offset, int whence)
{
	return fixed_size_llseek(file, offset, whence, BUFFER_SIZE);
}

/* ANCHOR: fault */
/* A program touched a page of its mapping that is not there yet. */
static vm_fault_t buffer_fault(struct vm_fault *vmf)
{
	/* buffer_mmap() checked the length, but mremap(2) may have grown it. */
	if (vmf->pgoff >= BUFFER_PAGES)
		return VM_FAULT_SIGBUS;

	vmf->page = vmalloc_to_page(buffer + (vmf->pgoff << PAGE_SHIFT));
	/* For the mapping; the kernel drops it when the page is unmapped. */
	get_page(vmf->page);

	return 0;
}

static const struct vm_operations_struct buffer_vm_ops = {
	.fault = buffer_fault,
};

/* ANCHOR_END: fault */

/* ANCHOR: mmap */
static int buffer_mmap(struct file *file, struct vm_area_struct *vma)
{
	/* In this order no sum can overflow. */
	if (vma->vm_pgoff >= BUFFER_PAGES ||
	    vma_pages(vma) > BUFFER_PAGES - vma->vm_pgoff)
		return -EINVAL;

	vma->vm_ops = &buffer_vm_ops;

	return 0;
}

/* ANCHOR_END: mmap */

static const struct file_operations buffer_fops = {
	.owner = THIS_MODULE,
	.read = buffer_read,
	.write = buffer_write,
	.llseek = buffer_llseek,
	.mmap = buffer_mmap,
};

static struct miscdevice buffer_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "crossings_mmap",
	.fops = &buffer_fops,
	.mode = 0600,
};

/* ANCHOR: init */
int buffer_init(void)
{
	int err;

	/* Zeroed: a program must never see what was in these pages before. */
	buffer = vmalloc_user(BUFFER_SIZE);
	if (!buffer)
		return -ENOMEM;

	err = misc_register(&buffer_device);
	if (err)
		vfree(buffer);

	return err;
}

/* ANCHOR_END: init */

void buffer_exit(void)
{
	misc_deregister(&buffer_device);
	vfree(buffer);
}
