// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a board of BOARD_PAGES pages. Whoever maps it sees what the
 * others have written on it. The pages are there while anybody has some of
 * them mapped; with the last mapping they go, and the next one finds an empty
 * board. As with a file, a mapping may be longer than the board, and a page
 * behind its end is a SIGBUS. A private mapping is EINVAL.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>

#define BOARD_PAGES	4

/*
 * Guards board_mappings. Who has a mapping may look at board_pages without it,
 * because then nobody exchanges them.
 */
static DEFINE_MUTEX(board_lock);
static unsigned int board_mappings;
static struct page *board_pages[BOARD_PAGES];

static void board_free(void)
{
	int n;

	for (n = 0; n < BOARD_PAGES; n++) {
		if (board_pages[n])
			__free_page(board_pages[n]);
		board_pages[n] = NULL;
	}
}

static int board_alloc(void)
{
	int n;

	for (n = 0; n < BOARD_PAGES; n++) {
		board_pages[n] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!board_pages[n]) {
			board_free();
			return -ENOMEM;
		}
	}
	return 0;
}

static int board_get(void)
{
	int err = 0;

	mutex_lock(&board_lock);
	if (!board_mappings)
		err = board_alloc();
	if (!err)
		board_mappings++;
	mutex_unlock(&board_lock);
	return err;
}

static void board_put(void)
{
	mutex_lock(&board_lock);
	if (!--board_mappings)
		board_free();
	mutex_unlock(&board_lock);
}

static vm_fault_t board_fault(struct vm_fault *vmf)
{
	if (vmf->pgoff >= BOARD_PAGES)
		return VM_FAULT_SIGBUS;

	vmf->page = board_pages[vmf->pgoff];
	/* For the mapping; the kernel drops it when the page is unmapped. */
	get_page(vmf->page);
	return 0;
}

static void board_close(struct vm_area_struct *vma)
{
	board_put();
}

static const struct vm_operations_struct board_vm_ops = {
	.close = board_close,
	.fault = board_fault,
};

static int board_mmap(struct file *file, struct vm_area_struct *vma)
{
	int err = board_get();

	if (err)
		return err;
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;

	vma->vm_ops = &board_vm_ops;
	return 0;
}

static const struct file_operations board_fops = {
	.owner = THIS_MODULE,
	.mmap = board_mmap,
};

static struct miscdevice board_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &board_fops,
	.mode = 0600,
};
module_misc_device(board_device);

MODULE_DESCRIPTION("Crossings: a board that several processes see");
MODULE_LICENSE("GPL");
