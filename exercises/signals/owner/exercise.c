// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a pager, and anybody may open it. A write(2) of the number
 * of a process makes that one the owner of this open file, instead of the one
 * before; 0 is nobody. A write of "page" sends the owner a SIGUSR1: in the name
 * of who opened the file, whoever writes, and by the rule of kill(2): the real
 * or effective user id of who opened it is the owner's real or saved one now,
 * or the effective one is root's.
 *
 * ESRCH: there is no such process, or not any more. EPERM: the rule forbids it.
 * EINVAL: the text is neither a number nor "page".
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

struct pager {
	struct mutex lock;	/* guards owner */
	struct pid *owner;	/* with a reference, or NULL */
};

static int pager_open(struct inode *inode, struct file *file)
{
	struct pager *pager;

	pager = kzalloc(sizeof(*pager), GFP_KERNEL_ACCOUNT);
	if (!pager)
		return -ENOMEM;
	mutex_init(&pager->lock);

	file->private_data = pager;
	return stream_open(inode, file);
}

static int pager_release(struct inode *inode, struct file *file)
{
	struct pager *pager = file->private_data;

	put_pid(pager->owner);
	mutex_destroy(&pager->lock);
	kfree(pager);
	return 0;
}

static int pager_own(struct file *file, pid_t number)
{
	struct pager *pager = file->private_data;
	struct pid *pid = NULL;

	if (number) {
		pid = find_get_pid(number);
		if (!pid)
			return -ESRCH;
	}

	mutex_lock(&pager->lock);
	swap(pager->owner, pid);
	mutex_unlock(&pager->lock);

	put_pid(pid);
	return 0;
}

static int pager_page(struct file *file)
{
	struct pager *pager = file->private_data;
	int err = -ESRCH;

	mutex_lock(&pager->lock);
	if (pager->owner)
		err = kill_pid(pager->owner, SIGUSR1, 1);
	mutex_unlock(&pager->lock);
	return err;
}

static ssize_t pager_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	char text[16];
	pid_t number;
	int err;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, count))
		return -EFAULT;
	text[count] = '\0';

	if (sysfs_streq(text, "page"))
		err = pager_page(file);
	else if (!kstrtoint(text, 10, &number) && number >= 0)
		err = pager_own(file, number);
	else
		err = -EINVAL;
	return err ? err : count;
}

static const struct file_operations pager_fops = {
	.owner = THIS_MODULE,
	.open = pager_open,
	.release = pager_release,
	.write = pager_write,
};

static struct miscdevice pager_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &pager_fops,
	.mode = 0666,
};
module_misc_device(pager_device);

MODULE_DESCRIPTION("Crossings: a pager for anybody");
MODULE_LICENSE("GPL");
