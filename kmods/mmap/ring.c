// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/crossings_mmap_ring: each open file is a ring of records, which the
 * driver fills and the program empties, neither waiting for the other. A
 * worker stands in for the interrupt handler of a real device.
 */
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/ioctl.h>
#include <linux/ktime.h>
#include <linux/math.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/types.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <asm/barrier.h>

#include "crossings_compat.h"
#include "device.h"
#include "mmap.h"

/* With 64 KiB to a page, the records fill only a half of their last one. */
#define RECORD_PAGES \
	DIV_ROUND_UP(RING_RECORDS * sizeof(struct ring_record), PAGE_SIZE)
#define RING_PAGES (2 + RECORD_PAGES)

static_assert((RING_RECORDS & (RING_RECORDS - 1)) == 0);
#if _IOC_DIRBITS == 2 /* on most architectures */
static_assert(RING_START == 0x4004c510);
#endif

/* Counters start where they soon wrap around, so that it is often tested. */
#define RING_FIRST (-2U * RING_RECORDS)

/* ANCHOR: state */
struct ring {
	struct page *pages[RING_PAGES];
	/* The same pages, in one piece, at addresses of the kernel's. */
	struct ring_consumer *consumer;
	struct ring_producer *producer;
	struct ring_record *records;

	/*
	 * Written by the worker alone, which never runs twice, so they need no
	 * lock. poll(2) reads the head, and reads this one: what is in a shared
	 * page may be wrong.
	 */
	u32 head;
	u32 lost;
	u64 seq;

	/* How many records are still to be made. */
	atomic64_t owed;
	struct work_struct worker;
	/* Programs in poll(2), which wait for a record. */
	wait_queue_head_t wait;
};

/* ANCHOR_END: state */

/* ANCHOR: put */
static void ring_put(struct ring *ring)
{
	/* Acquire: the program has read what it gives back. Never trusted. */
	u32 tail = smp_load_acquire(&ring->consumer->tail);
	u64 seq = ring->seq++;
	struct ring_record *record;

	/* Also true of a tail behind the records or ahead of the head. */
	if (ring->head - tail >= RING_RECORDS) {
		WRITE_ONCE(ring->producer->lost, ++ring->lost);
		return;
	}

	record = &ring->records[ring->head % RING_RECORDS];
	record->seq = seq;
	record->time = ktime_get_ns();

	/* Release: who sees the new head sees the record. */
	smp_store_release(&ring->producer->head, ring->head + 1);
	/* Release: see ring_poll(), which must not be ahead of the line above. */
	smp_store_release(&ring->head, ring->head + 1);
	wake_up_interruptible(&ring->wait);
}

/* ANCHOR_END: put */

static void ring_work(struct work_struct *worker)
{
	struct ring *ring = container_of(worker, struct ring, worker);

	while (atomic64_dec_if_positive(&ring->owed) >= 0) {
		ring_put(ring);
		cond_resched();
	}
}

/* ANCHOR: mmap */
static int ring_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct ring *ring = file->private_data;
	unsigned long first = vma->vm_pgoff;
	unsigned long count = vma_pages(vma);

	/* A private copy of a ring would stand still. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;

	switch (first) {
	case 0:
		if (count != 1)
			return -EINVAL;
		break;
	case 1:
		if (count != RING_PAGES - 1)
			return -EINVAL;
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		/* Nor may mprotect(2) make it writable later. */
		vm_flags_clear(vma, VM_MAYWRITE);
		break;
	default:
		return -EINVAL;
	}

	/* Nor may mremap(2) make it longer. */
	vm_flags_set(vma, VM_DONTEXPAND);

	return vm_insert_pages(vma, vma->vm_start, ring->pages + first, &count);
}

/* ANCHOR_END: mmap */

/* ANCHOR: poll */
static __poll_t ring_poll(struct file *file, poll_table *table)
{
	struct ring *ring = file->private_data;

	poll_wait(file, &ring->wait, table);

	/* Acquire: a program that hears of a record sees the shared head. */
	if (smp_load_acquire(&ring->head) == READ_ONCE(ring->consumer->tail))
		return 0;
	return EPOLLIN | EPOLLRDNORM;
}

/* ANCHOR_END: poll */

static long ring_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct ring *ring = file->private_data;
	u32 count;

	if (cmd != RING_START)
		return -ENOTTY;
	if (get_user(count, (u32 __user *)arg))
		return -EFAULT;
	if (!count || count > RING_START_MAX)
		return -EINVAL;

	atomic64_add(count, &ring->owed);
	queue_work(system_dfl_wq, &ring->worker);

	return 0;
}

/* ANCHOR: alloc */
static int ring_alloc_pages(struct ring *ring)
{
	void *start;
	int n;

	for (n = 0; n < RING_PAGES; n++) {
		ring->pages[n] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!ring->pages[n])
			goto free_pages;
	}

	start = vmap(ring->pages, RING_PAGES, VM_MAP, PAGE_KERNEL);
	if (!start)
		goto free_pages;

	ring->consumer = start;
	ring->producer = start + PAGE_SIZE;
	ring->records = start + 2 * PAGE_SIZE;

	return 0;

free_pages:
	while (n--)
		__free_page(ring->pages[n]);
	return -ENOMEM;
}

static void ring_free_pages(struct ring *ring)
{
	int n;

	vunmap(ring->consumer);
	for (n = 0; n < RING_PAGES; n++)
		__free_page(ring->pages[n]);
}

/* ANCHOR_END: alloc */

static int ring_open(struct inode *inode, struct file *file)
{
	struct ring *ring;
	int err;

	ring = kzalloc(sizeof(*ring), GFP_KERNEL_ACCOUNT);
	if (!ring)
		return -ENOMEM;

	err = ring_alloc_pages(ring);
	if (err)
		goto free_ring;

	ring->head = RING_FIRST;
	ring->producer->head = RING_FIRST;
	ring->consumer->tail = RING_FIRST;
	INIT_WORK(&ring->worker, ring_work);
	init_waitqueue_head(&ring->wait);
	file->private_data = ring;

	return nonseekable_open(inode, file);

free_ring:
	kfree(ring);
	return err;
}

/* ANCHOR: release */
/* Called when the last descriptor is closed and the last mapping is gone. */
static int ring_release(struct inode *inode, struct file *file)
{
	struct ring *ring = file->private_data;

	atomic64_set(&ring->owed, 0);
	cancel_work_sync(&ring->worker);
	ring_free_pages(ring);
	kfree(ring);

	return 0;
}

/* ANCHOR_END: release */

static const struct file_operations ring_fops = {
	.owner = THIS_MODULE,
	.open = ring_open,
	.release = ring_release,
	.unlocked_ioctl = ring_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = ring_poll,
	.mmap = ring_mmap,
};

static struct miscdevice ring_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "crossings_mmap_ring",
	.fops = &ring_fops,
	.mode = 0600,
};

int ring_init(void)
{
	return misc_register(&ring_device);
}

void ring_exit(void)
{
	misc_deregister(&ring_device);
}
