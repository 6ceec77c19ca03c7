// SPDX-License-Identifier: GPL-2.0
/*
 * TODO What the device is, and what goes through it. As it stands:
 * /dev/crossings_SLUG (mode 0600) keeps a note of NOTE_SIZE bytes.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/types.h>

#include "SLUG.h"

/* ANCHOR: state */
static DEFINE_MUTEX(note_lock);	/* guards the bytes of the note */
static char *note_bytes;
/* ANCHOR_END: state */

/* ANCHOR: read_and_write */
static ssize_t note_read(struct file *file, char __user *buf, size_t count,
			 loff_t *ppos)
{
	ssize_t done;

	mutex_lock(&note_lock);
	done = simple_read_from_buffer(buf, count, ppos, note_bytes, NOTE_SIZE);
	mutex_unlock(&note_lock);

	return done;
}

static ssize_t note_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	ssize_t done;

	mutex_lock(&note_lock);
	done = simple_write_to_buffer(note_bytes, NOTE_SIZE, ppos, buf, count);
	mutex_unlock(&note_lock);

	return count && !done ? -ENOSPC : done;
}

/* ANCHOR_END: read_and_write */

/* ANCHOR: device */
static const struct file_operations note_fops = {
	.owner = THIS_MODULE,
	.read = note_read,
	.write = note_write,
};

static struct miscdevice note_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "crossings_SLUG",
	.fops = &note_fops,
	.mode = 0600,
};

static int __init note_init(void)
{
	int err;

	note_bytes = kzalloc(NOTE_SIZE, GFP_KERNEL);
	if (!note_bytes)
		return -ENOMEM;

	/* Last: from here on, programs call the functions above. */
	err = misc_register(&note_device);
	if (err)
		goto free_bytes;

	return 0;

free_bytes:
	kfree(note_bytes);
	return err;
}
module_init(note_init);

static void __exit note_exit(void)
{
	misc_deregister(&note_device);
	kfree(note_bytes);
}
module_exit(note_exit);
/* ANCHOR_END: device */

MODULE_DESCRIPTION("Crossings: TODO What it is, in a few words");
MODULE_LICENSE("GPL");
