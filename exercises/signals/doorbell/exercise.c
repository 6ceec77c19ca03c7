// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a doorbell. A program that writes "answer" is the one that
 * answers the door from then on, instead of whoever did before. A write of
 * "ring" sends it a SIGUSR1, and fails with ESRCH if there is nobody, or if
 * that process has ended. Any other text is an EINVAL.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>

static DEFINE_MUTEX(bell_lock);	/* guards bell_answers */
static struct pid *bell_answers;

static int bell_answer(void)
{
	mutex_lock(&bell_lock);
	bell_answers = get_task_pid(current, PIDTYPE_TGID);
	mutex_unlock(&bell_lock);
	return 0;
}

static int bell_ring(void)
{
	int err;

	mutex_lock(&bell_lock);
	err = kill_pid(bell_answers, SIGUSR1, 1);
	mutex_unlock(&bell_lock);
	return err;
}

static ssize_t bell_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	char text[8];
	int err = -EINVAL;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, count))
		return -EFAULT;
	text[count] = '\0';

	if (sysfs_streq(text, "answer"))
		err = bell_answer();
	else if (sysfs_streq(text, "ring"))
		err = bell_ring();
	return err ? err : count;
}

static const struct file_operations bell_fops = {
	.owner = THIS_MODULE,
	.write = bell_write,
};

static struct miscdevice bell_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &bell_fops,
	.mode = 0600,
};

static int __init bell_init(void)
{
	return misc_register(&bell_device);
}
module_init(bell_init);

static void __exit bell_exit(void)
{
	misc_deregister(&bell_device);
	put_pid(bell_answers);
}
module_exit(bell_exit);

MODULE_DESCRIPTION("Crossings: a doorbell");
MODULE_LICENSE("GPL");
