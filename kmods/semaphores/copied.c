// SPDX-License-Identifier: GPL-2.0
/*
 * FAULTY ON PURPOSE, for the lab only: /proc/crossings_semaphores_copied (mode
 * 0666) is a counter with the faults of a widely copied example. The semaphore
 * is held where nothing can go wrong, a long order is ended one byte behind its
 * buffer, nonsense is taken for success, a read with room for fewer than 128
 * bytes is told that the file is empty, down() cannot be interrupted, and
 * EFAULT stands for "too long". The parameter next is the byte
 * behind the buffer after the last write.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/proc_fs.h>
#include <linux/semaphore.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#define ORDER_SIZE	128

static struct semaphore copied_sem;
static int copied_counter;

static u8 next;
module_param(next, byte, 0444);
MODULE_PARM_DESC(next, "the byte behind the buffer after the last write");

/* ANCHOR: read */
static ssize_t copied_read(struct file *file, char __user *buf, size_t count,
			   loff_t *ppos)
{
	char text[16];
	int length;

	if (*ppos > 0 || count < ORDER_SIZE)
		return 0;

	down(&copied_sem);
	length = sprintf(text, "%d\n", copied_counter);
	up(&copied_sem);

	if (copy_to_user(buf, text, length))
		return -EFAULT;
	*ppos = length;
	return length;
}

/* ANCHOR_END: read */

/* ANCHOR: write */
static ssize_t copied_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	struct {
		char text[ORDER_SIZE];
		u8 next;
	} order = { .next = '!' };

	if (count > ORDER_SIZE)
		return -EFAULT;
	if (copy_from_user(order.text, buf, count))
		return -EFAULT;
	order.text[count] = '\0';

	down(&copied_sem);
	sscanf(order.text, "%d", &copied_counter);
	up(&copied_sem);

	/* Ours, to see what happened to it. */
	next = READ_ONCE(order.next);
	return count;
}

/* ANCHOR_END: write */

static const struct proc_ops copied_ops = {
	.proc_read	= copied_read,
	.proc_write	= copied_write,
};

static struct proc_dir_entry *copied_entry;

static int __init copied_init(void)
{
	sema_init(&copied_sem, 1);
	copied_entry = proc_create("crossings_semaphores_copied", 0666, NULL,
				   &copied_ops);
	return copied_entry ? 0 : -ENOMEM;
}
module_init(copied_init);

static void __exit copied_exit(void)
{
	proc_remove(copied_entry);
}
module_exit(copied_exit);

MODULE_DESCRIPTION("Crossings: a semaphore that guards nothing (faulty on purpose)");
MODULE_LICENSE("GPL");
