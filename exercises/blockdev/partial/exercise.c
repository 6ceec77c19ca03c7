// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a disk of 1 MiB in memory, with sectors of 512 bytes. What
 * was written to it is read from it, by the page cache and with O_DIRECT, in
 * requests of any length and from memory in any number of pieces.
 */
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/bvec.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/vmalloc.h>

#include "crossings_compat.h"

#define RAMDISK_SIZE		SZ_1M
#define RAMDISK_QUEUE_DEPTH	64

/* No lock: a disk promises no order between requests for one sector. */
static char *ramdisk_bytes;

static struct blk_mq_tag_set ramdisk_tags;
static struct gendisk *ramdisk_disk;

/* Copies between the disk and one piece of memory. */
static void ramdisk_copy(enum req_op op, loff_t pos,
			 const struct bio_vec *piece)
{
	if (op_is_write(op))
		memcpy_from_page(ramdisk_bytes + pos, piece->bv_page,
				 piece->bv_offset, piece->bv_len);
	else
		memcpy_to_page(piece->bv_page, piece->bv_offset,
			       ramdisk_bytes + pos, piece->bv_len);
}

/* The block layer has checked that the request lies within the disk. */
static void ramdisk_transfer(struct request *rq)
{
	loff_t pos = (loff_t)blk_rq_pos(rq) << SECTOR_SHIFT;
	struct bio_vec piece = bio_iovec(rq->bio);

	ramdisk_copy(req_op(rq), pos, &piece);
}

static blk_status_t ramdisk_queue_rq(struct blk_mq_hw_ctx *hctx,
				     const struct blk_mq_queue_data *bd)
{
	struct request *rq = bd->rq;
	blk_status_t status = BLK_STS_NOTSUPP;

	blk_mq_start_request(rq);
	if (req_op(rq) == REQ_OP_READ || req_op(rq) == REQ_OP_WRITE) {
		ramdisk_transfer(rq);
		status = BLK_STS_OK;
	}
	blk_mq_end_request(rq, status);
	return BLK_STS_OK;
}

static const struct blk_mq_ops ramdisk_mq_ops = {
	.queue_rq	= ramdisk_queue_rq,
};

static const struct block_device_operations ramdisk_fops = {
	.owner	= THIS_MODULE,
};

static int __init ramdisk_init(void)
{
	struct queue_limits limits = {
		.logical_block_size	= SECTOR_SIZE,
		.physical_block_size	= PAGE_SIZE,
		.max_hw_sectors		= SZ_128K >> SECTOR_SHIFT,
	};
	int err;

	ramdisk_bytes = vzalloc(RAMDISK_SIZE);
	if (!ramdisk_bytes)
		return -ENOMEM;

	err = blk_mq_alloc_sq_tag_set(&ramdisk_tags, &ramdisk_mq_ops,
				      RAMDISK_QUEUE_DEPTH,
				      BLK_MQ_F_SHOULD_MERGE);
	if (err)
		goto free_bytes;

	ramdisk_disk = crossings_alloc_disk(&ramdisk_tags, &limits, 0);
	if (IS_ERR(ramdisk_disk)) {
		err = PTR_ERR(ramdisk_disk);
		goto free_tags;
	}

	strscpy(ramdisk_disk->disk_name, "exercise", DISK_NAME_LEN);
	ramdisk_disk->fops = &ramdisk_fops;
	ramdisk_disk->flags = GENHD_FL_NO_PART;
	set_capacity(ramdisk_disk, RAMDISK_SIZE >> SECTOR_SHIFT);

	err = add_disk(ramdisk_disk);
	if (err)
		goto put_disk;
	return 0;

put_disk:
	put_disk(ramdisk_disk);
free_tags:
	blk_mq_free_tag_set(&ramdisk_tags);
free_bytes:
	vfree(ramdisk_bytes);
	return err;
}
module_init(ramdisk_init);

static void __exit ramdisk_exit(void)
{
	del_gendisk(ramdisk_disk);
	put_disk(ramdisk_disk);
	blk_mq_free_tag_set(&ramdisk_tags);
	vfree(ramdisk_bytes);
}
module_exit(ramdisk_exit);

MODULE_DESCRIPTION("Crossings: a small RAM disk");
MODULE_LICENSE("GPL");
