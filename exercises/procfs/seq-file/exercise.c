// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/exercise (mode 0644) is the queue of a ticket office. Writing 0 lets a
 * customer come and take the next ticket, writing N lets the one with ticket N
 * leave (ENOENT: there is none; E2BIG: more than 11 bytes). Reading lists the
 * tickets in order, one a line. Customers may come and leave while somebody
 * reads the list: whoever is there all the time is listed, and nobody is
 * listed twice.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/types.h>

#define ORDER_MAX 11	/* "4294967295" and a newline */

struct customer {
	struct list_head list;
	u32 ticket;
};

/* Guards last_ticket, queue, and every customer in there. */
static DEFINE_MUTEX(queue_lock);
static LIST_HEAD(queue);
static u32 last_ticket;
static struct kmem_cache *customers;

/* @seq->private is the customer whose turn it is, so that nobody searches. */
static void *queue_start(struct seq_file *seq, loff_t *pos)
{
	mutex_lock(&queue_lock);
	if (*pos == 0)
		seq->private = list_first_entry_or_null(&queue, struct customer,
							list);
	return seq->private;
}

static void *queue_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct customer *customer = v;
	bool last = list_is_last(&customer->list, &queue);

	++*pos;
	seq->private = last ? NULL : list_next_entry(customer, list);
	return seq->private;
}

static void queue_stop(struct seq_file *seq, void *v)
{
	mutex_unlock(&queue_lock);
}

static int queue_show(struct seq_file *seq, void *v)
{
	struct customer *customer = v;

	seq_printf(seq, "%u\n", customer->ticket);
	return 0;
}

static const struct seq_operations queue_seq_ops = {
	.start	= queue_start,
	.next	= queue_next,
	.stop	= queue_stop,
	.show	= queue_show,
};

static int queue_open(struct inode *inode, struct file *file)
{
	return seq_open(file, &queue_seq_ops);
}

static int queue_join(void)
{
	struct customer *customer;

	customer = kmem_cache_alloc(customers, GFP_KERNEL);
	if (!customer)
		return -ENOMEM;

	mutex_lock(&queue_lock);
	customer->ticket = ++last_ticket;
	list_add_tail(&customer->list, &queue);
	mutex_unlock(&queue_lock);
	return 0;
}

static int queue_leave(u32 ticket)
{
	struct customer *customer, *next;
	int err = -ENOENT;

	mutex_lock(&queue_lock);
	list_for_each_entry_safe(customer, next, &queue, list) {
		if (customer->ticket == ticket) {
			list_del(&customer->list);
			kmem_cache_free(customers, customer);
			err = 0;
		}
	}
	mutex_unlock(&queue_lock);
	return err;
}

static ssize_t queue_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	u32 ticket;
	int err;

	/* kstrtou32_from_user() would cut a long text, and take the rest. */
	if (count > ORDER_MAX)
		return -E2BIG;

	err = kstrtou32_from_user(buf, count, 10, &ticket);
	if (!err)
		err = ticket ? queue_leave(ticket) : queue_join();
	return err ? err : count;
}

static const struct proc_ops queue_ops = {
	.proc_open	= queue_open,
	.proc_read_iter	= seq_read_iter,
	.proc_write	= queue_write,
	.proc_lseek	= seq_lseek,
	.proc_release	= seq_release,
};

static struct proc_dir_entry *queue_entry;

static int __init queue_init(void)
{
	customers = KMEM_CACHE(customer, SLAB_ACCOUNT);
	if (!customers)
		return -ENOMEM;

	queue_entry = proc_create("exercise", 0644, NULL, &queue_ops);
	if (!queue_entry)
		kmem_cache_destroy(customers);
	return queue_entry ? 0 : -ENOMEM;
}
module_init(queue_init);

static void __exit queue_exit(void)
{
	struct customer *customer, *next;

	proc_remove(queue_entry);
	list_for_each_entry_safe(customer, next, &queue, list)
		kmem_cache_free(customers, customer);
	kmem_cache_destroy(customers);
}
module_exit(queue_exit);

MODULE_DESCRIPTION("Crossings: the queue of a ticket office");
MODULE_LICENSE("GPL");
