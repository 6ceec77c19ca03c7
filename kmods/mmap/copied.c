// SPDX-License-Identifier: GPL-2.0
/*
 * FAULTY ON PURPOSE, for the lab only: /dev/crossings_mmap_copied (mode 0600)
 * maps as much memory as it is asked for from a buffer of one page. Whatever
 * lies behind the buffer is the caller's to read and to write. The offset of
 * the mapping is ignored: any page of the device turns out to be the first.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>

/* ANCHOR: neighbours */
/*
 * The kernel decides what lies behind an allocation. To have something there
 * that the lesson knows, we allocate until two pages are neighbours. Only the
 * first is meant for programs; the second stands for somebody else's secret.
 */
#define ATTEMPTS 64

static char *pages[ATTEMPTS];
static char *buffer;

static char *find_neighbour(const char *page)
{
	int n;

	for (n = 0; n < ATTEMPTS; n++)
		if (pages[n] == page + PAGE_SIZE)
			return pages[n];
	return NULL;
}

/* ANCHOR_END: neighbours */

/* ANCHOR: mmap */
static int copied_mmap(struct file *file, struct vm_area_struct *vma)
{
	/* Nobody checks the length, and nobody looks at vma->vm_pgoff. */
	return remap_pfn_range(vma, vma->vm_start,
			       virt_to_phys(buffer) >> PAGE_SHIFT,
			       vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

/* ANCHOR_END: mmap */

static const struct file_operations copied_fops = {
	.owner = THIS_MODULE,
	.mmap = copied_mmap,
};

static struct miscdevice copied_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "crossings_mmap_copied",
	.fops = &copied_fops,
	.mode = 0600,
};

static void free_pages_of(char **all)
{
	int n;

	for (n = 0; n < ATTEMPTS; n++)
		free_page((unsigned long)all[n]);
}

static int __init copied_init(void)
{
	char *neighbour = NULL;
	int err = -ENOMEM;
	int n;

	for (n = 0; n < ATTEMPTS; n++) {
		pages[n] = (char *)get_zeroed_page(GFP_KERNEL);
		if (!pages[n])
			goto free_pages;
	}
	for (n = 0; n < ATTEMPTS && !neighbour; n++) {
		buffer = pages[n];
		neighbour = find_neighbour(buffer);
	}
	if (!neighbour)
		goto free_pages;

	strscpy(buffer, "for everybody", PAGE_SIZE);
	strscpy(neighbour, "somebody else's password", PAGE_SIZE);

	err = misc_register(&copied_device);
	if (err)
		goto free_pages;

	return 0;

free_pages:
	free_pages_of(pages);
	return err;
}
module_init(copied_init);

static void __exit copied_exit(void)
{
	misc_deregister(&copied_device);
	free_pages_of(pages);
}
module_exit(copied_exit);

MODULE_DESCRIPTION("Crossings: a driver that maps more than it has (faulty on purpose)");
MODULE_LICENSE("GPL");
