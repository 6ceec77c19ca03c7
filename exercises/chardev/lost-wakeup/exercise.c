// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a box for one letter. write(2) puts a letter into the box,
 * and fails with EAGAIN while there is one. read(2) takes the letter out, and
 * sleeps until there is one.
 */
#include <linux/compiler.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

/*
 * Guards box_letter and box_full. Who only wants to know whether it is worth
 * taking the mutex may look at box_full without it, by READ_ONCE().
 */
static DEFINE_MUTEX(box_lock);
static DECLARE_WAIT_QUEUE_HEAD(box_readers);
static char box_letter;
static bool box_full;

/* Shows the postman that somebody waits. The motor takes a moment. */
static void box_raise_flag(void)
{
	usleep_range(1000, 2000);
}

static ssize_t box_read(struct file *file, char __user *buf, size_t count,
			loff_t *ppos)
{
	DEFINE_WAIT(wait);
	int err;

	if (!count)
		return 0;

	mutex_lock(&box_lock);
	while (!box_full) {
		mutex_unlock(&box_lock);
		box_raise_flag();

		prepare_to_wait(&box_readers, &wait, TASK_INTERRUPTIBLE);
		schedule();
		finish_wait(&box_readers, &wait);
		if (signal_pending(current))
			return -ERESTARTSYS;

		mutex_lock(&box_lock);
	}

	err = put_user(box_letter, buf);
	if (!err)
		WRITE_ONCE(box_full, false);
	mutex_unlock(&box_lock);
	return err ? err : 1;
}

static ssize_t box_write(struct file *file, const char __user *buf,
			 size_t count, loff_t *ppos)
{
	char letter;
	int err = 0;

	if (!count)
		return 0;
	if (get_user(letter, buf))
		return -EFAULT;

	mutex_lock(&box_lock);
	if (box_full) {
		err = -EAGAIN;
	} else {
		box_letter = letter;
		WRITE_ONCE(box_full, true);
	}
	mutex_unlock(&box_lock);

	if (!err)
		wake_up_interruptible(&box_readers);
	return err ? err : 1;
}

static const struct file_operations box_fops = {
	.owner = THIS_MODULE,
	.read = box_read,
	.write = box_write,
};

static struct miscdevice box_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &box_fops,
	.mode = 0600,
};
module_misc_device(box_device);

MODULE_DESCRIPTION("Crossings: a box for one letter");
MODULE_LICENSE("GPL");
