// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a disk of 256 KiB with sectors of 512 bytes. What is written
 * goes into its cache, which is fast and forgets when the power goes. What is
 * stored on the medium stays, but each sector that is stored wears it. In
 * /sys/block/exercise: a write to power_cut cuts the power for a moment, stores
 * says how many sectors the medium has taken so far, and while worn is 1 it
 * takes none. A program that was told that its data is safe finds it after a
 * power cut; one that it is not safe is told so.
 */
#include <linux/bitmap.h>
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/bvec.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/find.h>
#include <linux/highmem.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/types.h>
#include <linux/vmalloc.h>

#include "crossings_compat.h"

#define DISK_SIZE		SZ_256K
#define DISK_SECTORS		(DISK_SIZE >> SECTOR_SHIFT)
#define DISK_DIRTY_MAX		128
#define DISK_QUEUE_DEPTH	64

/* Guards all that follows, but for the pointers. */
static DEFINE_SPINLOCK(disk_lock);
static char *disk_cache;		/* what the disk reads as */
static char *disk_medium;		/* what it reads as after a power cut */
static DECLARE_BITMAP(disk_dirty, DISK_SECTORS); /* where they may differ */
static unsigned int disk_stores;
static bool disk_worn;

static struct blk_mq_tag_set disk_tags;
static struct gendisk *disk;

/* Stores a sector of the cache on the medium. */
static blk_status_t disk_store(unsigned int sector)
{
	size_t pos = (size_t)sector << SECTOR_SHIFT;

	if (disk_worn)
		return BLK_STS_IOERR;
	memcpy(disk_medium + pos, disk_cache + pos, SECTOR_SIZE);
	disk_stores++;
	return BLK_STS_OK;
}

/* Makes a sector dirty. If too many are, another one is stored for it. */
static blk_status_t disk_make_dirty(unsigned int sector)
{
	unsigned int other = find_first_bit(disk_dirty, DISK_SECTORS);
	blk_status_t status;

	if (!test_bit(sector, disk_dirty) &&
	    bitmap_weight(disk_dirty, DISK_SECTORS) == DISK_DIRTY_MAX) {
		status = disk_store(other);
		if (status)
			return status;
		__clear_bit(other, disk_dirty);
	}
	__set_bit(sector, disk_dirty);
	return BLK_STS_OK;
}

static blk_status_t disk_read(struct request *rq)
{
	size_t pos = (size_t)blk_rq_pos(rq) << SECTOR_SHIFT;
	struct req_iterator iter;
	struct bio_vec piece;

	rq_for_each_segment(piece, rq, iter) {
		memcpy_to_page(piece.bv_page, piece.bv_offset,
			       disk_cache + pos, piece.bv_len);
		pos += piece.bv_len;
	}
	return BLK_STS_OK;
}

static blk_status_t disk_write(struct request *rq)
{
	unsigned int sector = blk_rq_pos(rq);
	unsigned int end = sector + blk_rq_sectors(rq);
	size_t pos = (size_t)sector << SECTOR_SHIFT;
	struct req_iterator iter;
	struct bio_vec piece;
	blk_status_t status;

	for (; sector < end; sector++) {
		status = disk_make_dirty(sector);
		if (status)
			return status;
	}
	rq_for_each_segment(piece, rq, iter) {
		memcpy_from_page(disk_cache + pos, piece.bv_page,
				 piece.bv_offset, piece.bv_len);
		pos += piece.bv_len;
	}
	return BLK_STS_OK;
}

static blk_status_t disk_queue_rq(struct blk_mq_hw_ctx *hctx,
				  const struct blk_mq_queue_data *bd)
{
	struct request *rq = bd->rq;
	blk_status_t status;

	blk_mq_start_request(rq);

	spin_lock(&disk_lock);
	switch (req_op(rq)) {
	case REQ_OP_READ:
		status = disk_read(rq);
		break;
	case REQ_OP_WRITE:
		status = disk_write(rq);
		break;
	default:
		status = BLK_STS_NOTSUPP;
		break;
	}
	spin_unlock(&disk_lock);

	blk_mq_end_request(rq, status);
	return BLK_STS_OK;
}

static const struct blk_mq_ops disk_mq_ops = {
	.queue_rq	= disk_queue_rq,
};

static const struct block_device_operations disk_fops = {
	.owner	= THIS_MODULE,
};

static ssize_t power_cut_store(struct device *dev,
			       struct device_attribute *attr, const char *buf,
			       size_t count)
{
	spin_lock(&disk_lock);
	memcpy(disk_cache, disk_medium, DISK_SIZE);
	bitmap_zero(disk_dirty, DISK_SECTORS);
	spin_unlock(&disk_lock);
	return count;
}
static DEVICE_ATTR_WO(power_cut);

static ssize_t worn_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	bool worn;
	int err;

	err = kstrtobool(buf, &worn);
	if (err)
		return err;

	spin_lock(&disk_lock);
	disk_worn = worn;
	spin_unlock(&disk_lock);
	return count;
}
static DEVICE_ATTR_WO(worn);

static ssize_t stores_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(disk_stores));
}
static DEVICE_ATTR_RO(stores);

static struct attribute *disk_attrs[] = {
	&dev_attr_power_cut.attr,
	&dev_attr_worn.attr,
	&dev_attr_stores.attr,
	NULL
};
ATTRIBUTE_GROUPS(disk);

static int __init disk_init(void)
{
	struct queue_limits limits = {
		.logical_block_size	= SECTOR_SIZE,
		.physical_block_size	= SECTOR_SIZE,
		.max_hw_sectors		= SZ_32K >> SECTOR_SHIFT,
	};
	int err = -ENOMEM;

	disk_cache = vzalloc(DISK_SIZE);
	disk_medium = vzalloc(DISK_SIZE);
	if (!disk_cache || !disk_medium)
		goto free_bytes;

	err = blk_mq_alloc_sq_tag_set(&disk_tags, &disk_mq_ops,
				      DISK_QUEUE_DEPTH, BLK_MQ_F_SHOULD_MERGE);
	if (err)
		goto free_bytes;

	disk = crossings_alloc_disk(&disk_tags, &limits, 0);
	if (IS_ERR(disk)) {
		err = PTR_ERR(disk);
		goto free_tags;
	}

	strscpy(disk->disk_name, "exercise", DISK_NAME_LEN);
	disk->fops = &disk_fops;
	disk->flags = GENHD_FL_NO_PART;
	set_capacity(disk, DISK_SECTORS);

	err = device_add_disk(NULL, disk, disk_groups);
	if (err)
		goto put_disk;
	return 0;

put_disk:
	put_disk(disk);
free_tags:
	blk_mq_free_tag_set(&disk_tags);
free_bytes:
	vfree(disk_medium);
	vfree(disk_cache);
	return err;
}
module_init(disk_init);

static void __exit disk_exit(void)
{
	del_gendisk(disk);
	put_disk(disk);
	blk_mq_free_tag_set(&disk_tags);
	vfree(disk_medium);
	vfree(disk_cache);
}
module_exit(disk_exit);

MODULE_DESCRIPTION("Crossings: a disk with a write cache");
MODULE_LICENSE("GPL");
