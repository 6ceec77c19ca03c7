// SPDX-License-Identifier: GPL-2.0
/*
 * The passengers of a ferry: /proc/crossings/passengers (mode 0444) lists
 * them by seat, one a line. /proc/crossings/booking (mode 0644) says how many
 * there are and takes orders: "book SEAT NAME", "cancel SEAT" and "clear".
 * /sys/kernel/debug/crossings_procfs/lines_shown is for work on this driver.
 */
#include <linux/atomic.h>
#include <linux/ctype.h>
#include <linux/debugfs.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

/* ANCHOR: state */
#define SEATS		4096	/* numbered from 1 */
#define NAME_SIZE	16	/* with the NUL */
#define ORDER_SIZE	64	/* with the NUL */

struct passenger {
	u16 seat;
	char name[NAME_SIZE];
};

/* Guards booked, passengers, and every passenger in there against kfree(). */
static DEFINE_MUTEX(passengers_lock);
static DEFINE_XARRAY(passengers);	/* by seat */
static unsigned int booked;
/* ANCHOR_END: state */

/* For debugfs: how often passengers_show() was called. */
static atomic_t lines_shown;

/* ANCHOR: find */
/* @pos is a seat: the list goes on with the first passenger from there. */
static struct passenger *find_passenger(loff_t pos)
{
	unsigned long seat = pos;

	return xa_find(&passengers, &seat, SEATS, XA_PRESENT);
}

/* ANCHOR_END: find */

/* ANCHOR: seq */
static void *passengers_start(struct seq_file *seq, loff_t *pos)
{
	mutex_lock(&passengers_lock);
	return find_passenger(*pos);
}

static void *passengers_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct passenger *passenger = v;

	*pos = passenger->seat + 1;
	return find_passenger(*pos);
}

static void passengers_stop(struct seq_file *seq, void *v)
{
	mutex_unlock(&passengers_lock);
}

static int passengers_show(struct seq_file *seq, void *v)
{
	struct passenger *passenger = v;

	atomic_inc(&lines_shown);
	seq_printf(seq, "%4u %s\n", passenger->seat, passenger->name);
	return 0;
}

static const struct seq_operations passengers_seq_ops = {
	.start	= passengers_start,
	.next	= passengers_next,
	.stop	= passengers_stop,
	.show	= passengers_show,
};

/* ANCHOR_END: seq */

/* ANCHOR: book */
static int name_check(const char *name)
{
	size_t length = strlen(name);

	if (!length)
		return -EINVAL;
	if (length >= NAME_SIZE)
		return -E2BIG;
	for (; *name; name++)
		if (!isascii(*name) || !isgraph(*name))
			return -EINVAL;
	return 0;
}

static int passengers_book(u16 seat, const char *name)
{
	struct passenger *passenger;
	int err;

	err = name_check(name);
	if (err)
		return err;

	passenger = kmalloc(sizeof(*passenger), GFP_KERNEL);
	if (!passenger)
		return -ENOMEM;
	passenger->seat = seat;
	strscpy(passenger->name, name, sizeof(passenger->name));

	mutex_lock(&passengers_lock);
	err = xa_insert(&passengers, seat, passenger, GFP_KERNEL);
	if (!err)
		booked++;
	mutex_unlock(&passengers_lock);

	if (err)
		kfree(passenger);
	return err;
}

/* ANCHOR_END: book */

static int passengers_cancel(u16 seat)
{
	struct passenger *passenger;

	mutex_lock(&passengers_lock);
	passenger = xa_erase(&passengers, seat);
	if (passenger)
		booked--;
	mutex_unlock(&passengers_lock);

	kfree(passenger);
	return passenger ? 0 : -ENOENT;
}

static void passengers_clear(void)
{
	struct passenger *passenger;
	unsigned long seat;

	mutex_lock(&passengers_lock);
	xa_for_each(&passengers, seat, passenger)
		kfree(passenger);
	xa_destroy(&passengers);
	booked = 0;
	mutex_unlock(&passengers_lock);
}

/* ANCHOR: obey */
static int seat_parse(const char *text, u16 *seat)
{
	int err = kstrtou16(text, 10, seat);

	if (err)
		return err;
	return *seat >= 1 && *seat <= SEATS ? 0 : -ERANGE;
}

static int booking_obey(char *order)
{
	char *verb = strsep(&order, " ");
	char *where = strsep(&order, " ");
	char *name = strsep(&order, " ");
	u16 seat;
	int err;

	if (order)
		return -EINVAL;

	if (!where) {
		if (strcmp(verb, "clear"))
			return -EINVAL;
		passengers_clear();
		return 0;
	}

	err = seat_parse(where, &seat);
	if (err)
		return err;
	if (name && !strcmp(verb, "book"))
		return passengers_book(seat, name);
	if (!name && !strcmp(verb, "cancel"))
		return passengers_cancel(seat);
	return -EINVAL;
}

/* ANCHOR_END: obey */

/* ANCHOR: write */
/* One write(2) is one order, whole: the position in the file has no say. */
static ssize_t booking_write(struct file *file, const char __user *buf,
			     size_t count, loff_t *ppos)
{
	char order[ORDER_SIZE];
	int err;

	if (count >= sizeof(order))
		return -E2BIG;
	if (copy_from_user(order, buf, count))
		return -EFAULT;
	order[count] = '\0';
	if (strlen(order) != count)
		return -EINVAL;

	err = booking_obey(strim(order));
	return err ? err : count;
}

/* ANCHOR_END: write */

/* ANCHOR: booking */
static int booking_show(struct seq_file *seq, void *v)
{
	unsigned int now;

	mutex_lock(&passengers_lock);
	now = booked;
	mutex_unlock(&passengers_lock);

	seq_printf(seq, "seats %u\nbooked %u\n", SEATS, now);
	return 0;
}

static int booking_open(struct inode *inode, struct file *file)
{
	return single_open(file, booking_show, NULL);
}

static const struct proc_ops booking_ops = {
	.proc_open	= booking_open,
	.proc_read_iter	= seq_read_iter,
	.proc_write	= booking_write,
	.proc_lseek	= seq_lseek,
	.proc_release	= single_release,
};

/* ANCHOR_END: booking */

/* ANCHOR: debugfs */
static struct dentry *debug_dir;

/* Nothing depends on these files, so nobody asks whether they were made. */
static void debug_add(void)
{
	debug_dir = debugfs_create_dir("crossings_procfs", NULL);
	debugfs_create_atomic_t("lines_shown", 0600, debug_dir, &lines_shown);
}

/* ANCHOR_END: debugfs */

/* ANCHOR: init */
static struct proc_dir_entry *crossings_dir;

static int __init crossings_init(void)
{
	crossings_dir = proc_mkdir("crossings", NULL);
	if (!crossings_dir)
		return -ENOMEM;

	if (!proc_create_seq("passengers", 0444, crossings_dir,
			     &passengers_seq_ops))
		goto remove_dir;
	if (!proc_create("booking", 0644, crossings_dir, &booking_ops))
		goto remove_dir;
	debug_add();
	return 0;

remove_dir:
	proc_remove(crossings_dir);
	return -ENOMEM;
}
module_init(crossings_init);

static void __exit crossings_exit(void)
{
	/* Waits for calls that are still inside, and lets no new one in. */
	proc_remove(crossings_dir);
	debugfs_remove(debug_dir);
	passengers_clear();
}
module_exit(crossings_exit);
/* ANCHOR_END: init */

MODULE_DESCRIPTION("Crossings: a passenger list in procfs");
MODULE_LICENSE("GPL");
