// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/crossings_semaphores (mode 0600) is a counter that one open file at a
 * time may have. open(2) waits for its turn, read(2) and write(2) get and set
 * the number, and the last close(2) ends the turn.
 *
 * /sys/module/crossings_semaphores/parameters/patience (mode 0644) is for how
 * many milliseconds an open waits. With 0 it waits for ever, or for a signal.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/proc_fs.h>
#include <linux/semaphore.h>

/* ANCHOR: state */
/* Guards counter, from open(2) to the last close(2). */
static struct semaphore turn;
static int counter;
/* ANCHOR_END: state */

/* ANCHOR: patience */
/* In milliseconds. The wait cannot be interrupted, so it must not be long. */
#define PATIENCE_MAX	10000

static unsigned int patience;

static int patience_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 0, PATIENCE_MAX);
}

static const struct kernel_param_ops patience_ops = {
	.set = patience_set,
	.get = param_get_uint,
};
module_param_cb(patience, &patience_ops, &patience, 0644);
MODULE_PARM_DESC(patience, "how many ms an open waits; 0: until a signal");
/* ANCHOR_END: patience */

/* ANCHOR: take */
static int take_turn(const struct file *file)
{
	unsigned int ms = READ_ONCE(patience);

	/* Says 1 where the others say an errno. */
	if (file->f_flags & O_NONBLOCK)
		return down_trylock(&turn) ? -EAGAIN : 0;

	/* -ETIME: it took too long. */
	if (ms)
		return down_timeout(&turn, msecs_to_jiffies(ms));

	/* -EINTR, but whether the call is made again is for the kernel to say. */
	return down_interruptible(&turn) ? -ERESTARTSYS : 0;
}

/* ANCHOR_END: take */

/* ANCHOR: open */
static int counter_open(struct inode *inode, struct file *file)
{
	int err;

	/*
	 * procfs keeps the module only during each call. Without this, rmmod(8)
	 * would wait for whoever waits here, and would end the turn of whoever
	 * has an open file: proc_remove() calls counter_release() for them.
	 */
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;

	err = take_turn(file);
	if (err)
		module_put(THIS_MODULE);

	return err;
}

static int counter_release(struct inode *inode, struct file *file)
{
	/* Perhaps not the task that called down, and it need not be. */
	up(&turn);
	module_put(THIS_MODULE);
	return 0;
}

/* ANCHOR_END: open */

/* ANCHOR: get_set */
#define COUNTER_TEXT_MAX	(sizeof("-2147483648\n") - 1)

/* Processes that share the open file share the turn: hence the _ONCE. */
static ssize_t counter_read(struct file *file, char __user *buf, size_t count,
			    loff_t *ppos)
{
	char text[COUNTER_TEXT_MAX + 1];
	int length;

	length = scnprintf(text, sizeof(text), "%d\n", READ_ONCE(counter));
	return simple_read_from_buffer(buf, count, ppos, text, length);
}

/* One write(2) is one number, wherever the file's position is. */
static ssize_t counter_write(struct file *file, const char __user *buf,
			     size_t count, loff_t *ppos)
{
	int value;
	int err;

	/* Longer texts would be cut, and what is left taken for the number. */
	if (count > COUNTER_TEXT_MAX)
		return -EINVAL;

	err = kstrtoint_from_user(buf, count, 10, &value);
	if (err)
		return err;

	WRITE_ONCE(counter, value);
	return count;
}

/* ANCHOR_END: get_set */

static const struct proc_ops counter_ops = {
	.proc_open	= counter_open,
	.proc_release	= counter_release,
	.proc_read	= counter_read,
	.proc_write	= counter_write,
	.proc_lseek	= default_llseek,
};

/* ANCHOR: init */
static struct proc_dir_entry *counter_entry;

static int __init counter_init(void)
{
	sema_init(&turn, 1);

	counter_entry = proc_create("crossings_semaphores", 0600, NULL,
				    &counter_ops);
	return counter_entry ? 0 : -ENOMEM;
}
module_init(counter_init);
/* ANCHOR_END: init */

static void __exit counter_exit(void)
{
	/* No file is open, or the module would still be in use. */
	proc_remove(counter_entry);
}
module_exit(counter_exit);

MODULE_DESCRIPTION("Crossings: a counter in procfs that is used in turns");
MODULE_LICENSE("GPL");
