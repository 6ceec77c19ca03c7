/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What changed between the kernels that the modules are built for. Each piece
 * gives the older kernel the form of the newer one, and names the release in
 * which it changed.
 */
#ifndef CROSSINGS_COMPAT_H
#define CROSSINGS_COMPAT_H

#include <linux/bits.h>
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/version.h>
#include <linux/workqueue.h>

/* ANCHOR: vm_flags */
/* 6.3: vma->vm_flags became read-only. 6.4: changes take the vma's own lock. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/* ANCHOR_END: vm_flags */

/* ANCHOR: eventfd_signal */
/* 6.8: eventfd_signal() always adds 1; nobody had asked for anything else. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#define eventfd_signal(ctx) eventfd_signal(ctx, 1)
#endif
/* ANCHOR_END: eventfd_signal */

/* ANCHOR: alloc_disk */
/*
 * 6.9: blk_mq_alloc_disk() takes all limits at once and checks them. Before,
 * each limit had a setter of its own.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
static inline struct gendisk *
crossings_disk_with_limits(struct blk_mq_tag_set *set,
			   struct queue_limits *limits)
{
	struct gendisk *disk = blk_mq_alloc_disk(set, NULL);
	struct request_queue *queue;

	if (IS_ERR(disk))
		return disk;

	queue = disk->queue;
	blk_queue_logical_block_size(queue, limits->logical_block_size);
	blk_queue_physical_block_size(queue, limits->physical_block_size);
	blk_queue_max_hw_sectors(queue, limits->max_hw_sectors);
	blk_queue_max_discard_sectors(queue, limits->max_hw_discard_sectors);
	queue->limits.discard_granularity = limits->discard_granularity;
	return disk;
}
#else
static inline struct gendisk *
crossings_disk_with_limits(struct blk_mq_tag_set *set,
			   struct queue_limits *limits)
{
	return blk_mq_alloc_disk(set, limits, NULL);
}
#endif

/*
 * 6.11: a write cache is one of the features in the limits, and a disk does
 * not rotate unless it says so. Before, both were flags of the queue.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define blk_features_t		unsigned int
#define BLK_FEAT_WRITE_CACHE	BIT(0)
#define BLK_FEAT_FUA		BIT(1)

static inline struct gendisk *
crossings_alloc_disk(struct blk_mq_tag_set *set, struct queue_limits *limits,
		     blk_features_t features)
{
	struct gendisk *disk = crossings_disk_with_limits(set, limits);

	if (IS_ERR(disk))
		return disk;

	blk_queue_write_cache(disk->queue, features & BLK_FEAT_WRITE_CACHE,
			      features & BLK_FEAT_FUA);
	blk_queue_flag_set(QUEUE_FLAG_NONROT, disk->queue);
	return disk;
}
#else
static inline struct gendisk *
crossings_alloc_disk(struct blk_mq_tag_set *set, struct queue_limits *limits,
		     blk_features_t features)
{
	limits->features |= features;
	return crossings_disk_with_limits(set, limits);
}
#endif
/* ANCHOR_END: alloc_disk */

/*
 * 6.14: requests are merged unless the tag set says otherwise, and the flag
 * that asked for it is gone.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
#define BLK_MQ_F_SHOULD_MERGE	0
#endif

/* ANCHOR: bin_attribute */
/* 6.16: the functions of a binary attribute get it as const. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define crossings_bin_attribute	struct bin_attribute
#else
#define crossings_bin_attribute	const struct bin_attribute
#endif
/* ANCHOR_END: bin_attribute */

/* ANCHOR: hrtimer_setup */
/* 6.13: hrtimer_setup() takes the function too; 6.15 removed hrtimer_init(). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void
hrtimer_setup(struct hrtimer *timer,
	      enum hrtimer_restart (*function)(struct hrtimer *),
	      clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}
#endif
/* ANCHOR_END: hrtimer_setup */

/* ANCHOR: system_dfl_wq */
/*
 * 6.17: a new name for the work queue whose workers run on any processor. The
 * old name is deprecated, and later kernels log its use.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define system_dfl_wq	system_unbound_wq
#endif
/* ANCHOR_END: system_dfl_wq */

#endif /* CROSSINGS_COMPAT_H */
