// SPDX-License-Identifier: GPL-2.0
/*
 * How not to do it: write the number of a process to
 * /dev/crossings_signals_copied (mode 0600), and whoever has that number now
 * gets a signal, which looks as if sigqueue(3) had sent it. Each time, a
 * reference on a struct pid is lost.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/types.h>
#include <linux/uaccess.h>

/* ANCHOR: write */
static ssize_t copied_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	struct kernel_siginfo info;
	struct task_struct *task;
	int err = -ESRCH;
	s32 number;

	if (count != sizeof(number))
		return -EINVAL;
	if (copy_from_user(&number, buf, sizeof(number)))
		return -EFAULT;

	clear_siginfo(&info);
	info.si_signo = SIGUSR1;
	info.si_code = SI_QUEUE;
	info.si_int = 1234;

	rcu_read_lock();
	/* The faults: a number is not a process, and nobody calls put_pid(). */
	task = pid_task(find_get_pid(number), PIDTYPE_PID);
	if (task)
		err = send_sig_info(SIGUSR1, &info, task);
	rcu_read_unlock();

	return err ? err : count;
}

/* ANCHOR_END: write */

static const struct file_operations copied_fops = {
	.owner = THIS_MODULE,
	.write = copied_write,
};

static struct miscdevice copied_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "crossings_signals_copied",
	.fops = &copied_fops,
	.mode = 0600,
};
module_misc_device(copied_device);

MODULE_DESCRIPTION("Crossings: a driver that signals whoever has a number");
MODULE_LICENSE("GPL");
