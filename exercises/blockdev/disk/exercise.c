// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a disk of 4 MiB in memory, which it takes in chunks. A chunk
 * that was never written needs none and reads as zeros. Write the driver:
 *
 *  1  The disk appears and goes. Its sectors have sector_size bytes, a power
 *     of 2 from 512 to PAGE_SIZE; with any other the module does not load
 *     (EINVAL). While somebody has the disk open, the module stays.
 *  2  It is read and written, in requests of any length, from memory in any
 *     number of pieces. Only a write takes a chunk.
 *  3  Requests come at the same time, also for a chunk that is not there yet.
 *  4  What is discarded reads as zeros. Chunks that are discarded as a whole
 *     give back their memory, and the module gives back all when it goes.
 *  5  It has chunks_max chunks at most. A write that needs one more fails
 *     (ENOSPC), and nothing else does. With read_only the disk is never
 *     written to, and BLKROSET cannot change that (EPERM).
 */
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/numa.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/types.h>

#include "crossings_compat.h"

#define DISK_SIZE		SZ_4M
#define DISK_CHUNK		SZ_32K
#define DISK_CHUNKS		(DISK_SIZE / DISK_CHUNK)
#define DISK_QUEUE_DEPTH	64

static unsigned int sector_size = SECTOR_SIZE;
module_param(sector_size, uint, 0444);
MODULE_PARM_DESC(sector_size, "bytes of a sector");

static unsigned int chunks_max = DISK_CHUNKS;
module_param(chunks_max, uint, 0644);
MODULE_PARM_DESC(chunks_max, "how many chunks there may be");

static bool read_only;
module_param(read_only, bool, 0444);
MODULE_PARM_DESC(read_only, "the disk is write-protected");

static unsigned int test_ms;
module_param(test_ms, uint, 0644);
MODULE_PARM_DESC(test_ms, "how long the test of a new chunk takes, in ms");

static unsigned int chunks;
module_param(chunks, uint, 0444);
MODULE_PARM_DESC(chunks, "how many chunks there are");

static struct blk_mq_tag_set disk_tags;

/*
 * Memory for a chunk, all zeros, or NULL. It is tested, and that takes a while.
 * Step 2 uses this; take the __maybe_unused away then.
 */
static __maybe_unused char *disk_new_chunk(void)
{
	unsigned int ms = min(READ_ONCE(test_ms), 1000U);
	char *chunk = kzalloc(DISK_CHUNK, GFP_NOIO);

	if (chunk && ms)
		msleep(ms);
	return chunk;
}

/* The block layer has checked that the request lies within the disk. */
static blk_status_t disk_queue_rq(struct blk_mq_hw_ctx *hctx,
				  const struct blk_mq_queue_data *bd)
{
	struct request *rq = bd->rq;
	blk_status_t status;

	blk_mq_start_request(rq);

	switch (req_op(rq)) {
	/* Step 2: REQ_OP_READ and REQ_OP_WRITE. Step 4: REQ_OP_DISCARD. */
	default:
		status = BLK_STS_NOTSUPP;
		break;
	}

	blk_mq_end_request(rq, status);
	return BLK_STS_OK;
}

static const struct blk_mq_ops disk_mq_ops = {
	.queue_rq	= disk_queue_rq,
};

static int __init disk_init(void)
{
	int err;

	disk_tags.ops = &disk_mq_ops;
	disk_tags.nr_hw_queues = num_possible_cpus(); /* one for each */
	disk_tags.queue_depth = DISK_QUEUE_DEPTH;
	disk_tags.numa_node = NUMA_NO_NODE;
	disk_tags.flags = BLK_MQ_F_SHOULD_MERGE;
	err = blk_mq_alloc_tag_set(&disk_tags);
	if (err)
		return err;

	/* Step 1: allocate the disk, describe it, and add it last. */
	return 0;
}
module_init(disk_init);

static void __exit disk_exit(void)
{
	/* Step 1: all of disk_init() in reverse. */
	blk_mq_free_tag_set(&disk_tags);
}
module_exit(disk_exit);

MODULE_DESCRIPTION("Crossings: a disk in memory, in chunks");
MODULE_LICENSE("GPL");
