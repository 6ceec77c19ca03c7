// SPDX-License-Identifier: GPL-2.0
/*
 * A RAM disk: /dev/crossings_blockdev (mode 0600), 16 MiB. It takes memory
 * when a sector is first written and gives it back when sectors are discarded;
 * /sys/block/crossings_blockdev/pages says how many pages it holds.
 */
#include <linux/atomic.h>
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/bvec.h>
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/limits.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/numa.h>
#include <linux/rwsem.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "crossings_compat.h"

/* ANCHOR: state */
#define RAMDISK_SECTORS		(SZ_16M >> SECTOR_SHIFT)
#define RAMDISK_QUEUE_DEPTH	64

/* PAGE_SECTORS sectors in each page. A page that is missing reads as zeros. */
static DEFINE_XARRAY(ramdisk_pages);
static atomic_long_t ramdisk_nr_pages;

/* Guards the pages' lifetime: read to use or add one, write to free one. */
static DECLARE_RWSEM(ramdisk_lock);

static struct blk_mq_tag_set ramdisk_tags;
static struct gendisk *ramdisk_disk;
/* ANCHOR_END: state */

/* ANCHOR: make_page */
/* The page at @index, a new one if need be. NULL if there is no memory. */
static struct page *ramdisk_make_page(pgoff_t index)
{
	struct page *page = xa_load(&ramdisk_pages, index);

	if (page)
		return page;

	/* Freeing memory may mean writing to this disk: do not wait for it. */
	page = alloc_page(GFP_NOIO | __GFP_HIGHMEM | __GFP_ZERO);
	if (!page)
		return NULL;

	if (!xa_insert(&ramdisk_pages, index, page, GFP_NOIO)) {
		atomic_long_inc(&ramdisk_nr_pages);
		return page;
	}

	/* Another queue was faster, or the array could not grow. */
	__free_page(page);
	return xa_load(&ramdisk_pages, index);
}

/* ANCHOR_END: make_page */

/* ANCHOR: copy */
/* Neither function crosses the end of a page, on the disk or in memory. */
static blk_status_t ramdisk_read(loff_t pos, const struct bio_vec *to)
{
	struct page *page = xa_load(&ramdisk_pages, pos >> PAGE_SHIFT);
	char *from;

	if (!page) {
		memzero_page(to->bv_page, to->bv_offset, to->bv_len);
		return BLK_STS_OK;
	}

	from = kmap_local_page(page);
	memcpy_to_page(to->bv_page, to->bv_offset, from + offset_in_page(pos),
		       to->bv_len);
	kunmap_local(from);
	return BLK_STS_OK;
}

static blk_status_t ramdisk_write(loff_t pos, const struct bio_vec *from)
{
	struct page *page = ramdisk_make_page(pos >> PAGE_SHIFT);
	char *to;

	if (!page)
		return BLK_STS_NOSPC;

	to = kmap_local_page(page);
	memcpy_from_page(to + offset_in_page(pos), from->bv_page,
			 from->bv_offset, from->bv_len);
	kunmap_local(to);
	return BLK_STS_OK;
}

/* ANCHOR_END: copy */

/* ANCHOR: transfer */
/* A segment lies in one page of memory, but maybe in two of ours. */
static blk_status_t ramdisk_segment(enum req_op op, loff_t pos,
				    struct bio_vec left)
{
	blk_status_t status = BLK_STS_OK;

	while (left.bv_len && status == BLK_STS_OK) {
		struct bio_vec piece = left;

		piece.bv_len = min_t(unsigned int, left.bv_len,
				     PAGE_SIZE - offset_in_page(pos));
		if (op_is_write(op))
			status = ramdisk_write(pos, &piece);
		else
			status = ramdisk_read(pos, &piece);

		pos += piece.bv_len;
		left.bv_offset += piece.bv_len;
		left.bv_len -= piece.bv_len;
	}

	return status;
}

static blk_status_t ramdisk_transfer(struct request *rq)
{
	loff_t pos = (loff_t)blk_rq_pos(rq) << SECTOR_SHIFT;
	blk_status_t status = BLK_STS_OK;
	struct req_iterator iter;
	struct bio_vec segment;

	down_read(&ramdisk_lock);
	rq_for_each_segment(segment, rq, iter) {
		status = ramdisk_segment(req_op(rq), pos, segment);
		if (status)
			break;
		pos += segment.bv_len;
	}
	up_read(&ramdisk_lock);

	return status;
}

/* ANCHOR_END: transfer */

/* ANCHOR: discard */
static void ramdisk_free_pages(pgoff_t first, pgoff_t last)
{
	struct page *page;
	pgoff_t index;

	xa_for_each_range(&ramdisk_pages, index, page, first, last) {
		xa_erase(&ramdisk_pages, index);
		__free_page(page);
		atomic_long_dec(&ramdisk_nr_pages);
	}
}

/* A discard is a hint: only pages that lie in it as a whole are freed. */
static void ramdisk_discard(struct request *rq)
{
	sector_t start = blk_rq_pos(rq);
	pgoff_t first = round_up(start, PAGE_SECTORS) >> PAGE_SECTORS_SHIFT;
	pgoff_t end = (start + blk_rq_sectors(rq)) >> PAGE_SECTORS_SHIFT;

	if (first >= end)
		return;

	down_write(&ramdisk_lock);
	ramdisk_free_pages(first, end - 1);
	up_write(&ramdisk_lock);
}

/* ANCHOR_END: discard */

/* ANCHOR: queue_rq */
/* The block layer has checked that the request lies within the disk. */
static blk_status_t ramdisk_queue_rq(struct blk_mq_hw_ctx *hctx,
				     const struct blk_mq_queue_data *bd)
{
	struct request *rq = bd->rq;
	blk_status_t status = BLK_STS_OK;

	blk_mq_start_request(rq);

	switch (req_op(rq)) {
	case REQ_OP_READ:
	case REQ_OP_WRITE:
		status = ramdisk_transfer(rq);
		break;
	case REQ_OP_DISCARD:
		ramdisk_discard(rq);
		break;
	case REQ_OP_FLUSH:
		/* What was written is in memory already, as safe as it gets. */
		break;
	default:
		status = BLK_STS_NOTSUPP;
		break;
	}

	blk_mq_end_request(rq, status);
	return BLK_STS_OK;
}

static const struct blk_mq_ops ramdisk_mq_ops = {
	.queue_rq	= ramdisk_queue_rq,
};

/* ANCHOR_END: queue_rq */

static ssize_t pages_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%ld\n", atomic_long_read(&ramdisk_nr_pages));
}
static DEVICE_ATTR_RO(pages);

static struct attribute *ramdisk_attrs[] = {
	&dev_attr_pages.attr,
	NULL
};
ATTRIBUTE_GROUPS(ramdisk);

/* ANCHOR: init */
static const struct block_device_operations ramdisk_fops = {
	.owner	= THIS_MODULE,
};

static int __init ramdisk_init(void)
{
	struct queue_limits limits = {
		.logical_block_size	= SECTOR_SIZE,
		.physical_block_size	= PAGE_SIZE,
		.max_hw_sectors		= SZ_128K >> SECTOR_SHIFT,
		.max_hw_discard_sectors	= RAMDISK_SECTORS,
		.discard_granularity	= PAGE_SIZE,
	};
	int err;

	ramdisk_tags.ops = &ramdisk_mq_ops;
	ramdisk_tags.nr_hw_queues = num_possible_cpus(); /* one for each */
	ramdisk_tags.queue_depth = RAMDISK_QUEUE_DEPTH;
	ramdisk_tags.numa_node = NUMA_NO_NODE;
	/* BLOCKING: queue_rq waits for the lock and for memory. */
	ramdisk_tags.flags = BLK_MQ_F_SHOULD_MERGE | BLK_MQ_F_BLOCKING;
	err = blk_mq_alloc_tag_set(&ramdisk_tags);
	if (err)
		return err;

	ramdisk_disk = crossings_alloc_disk(&ramdisk_tags, &limits,
					    BLK_FEAT_WRITE_CACHE);
	if (IS_ERR(ramdisk_disk)) {
		err = PTR_ERR(ramdisk_disk);
		goto free_tags;
	}

	strscpy(ramdisk_disk->disk_name, "crossings_blockdev", DISK_NAME_LEN);
	ramdisk_disk->fops = &ramdisk_fops;
	ramdisk_disk->flags = GENHD_FL_NO_PART;
	set_capacity(ramdisk_disk, RAMDISK_SECTORS);

	err = device_add_disk(NULL, ramdisk_disk, ramdisk_groups);
	if (err)
		goto put_disk;
	return 0;

put_disk:
	put_disk(ramdisk_disk);
free_tags:
	blk_mq_free_tag_set(&ramdisk_tags);
	return err;
}
module_init(ramdisk_init);

static void __exit ramdisk_exit(void)
{
	del_gendisk(ramdisk_disk);
	put_disk(ramdisk_disk);
	blk_mq_free_tag_set(&ramdisk_tags);
	ramdisk_free_pages(0, ULONG_MAX);
}
module_exit(ramdisk_exit);
/* ANCHOR_END: init */

MODULE_DESCRIPTION("Crossings: a RAM disk on blk-mq");
MODULE_LICENSE("GPL");
