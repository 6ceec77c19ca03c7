// SPDX-License-Identifier: GPL-2.0
/*
 * A locker of 1 MiB with a door for each way into the kernel, so that the ways
 * can be compared: what is put in by one comes out again by any of them.
 *
 * /dev/crossings_choosing (mode 0600)	read(2), write(2), ioctl(2), mmap(2)
 * /proc/crossings_choosing (0600)	read(2), write(2)
 * /sys/class/misc/crossings_choosing/bytes (0600)	the same, in pages
 * generic netlink family "locker"	a message that comes back
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/proc_fs.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/types.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "choosing.h"
#include "crossings_compat.h"

/*
 * Programs are compiled with these numbers in them: they can never change.
 * Four architectures spend three bits on the direction and have others.
 */
#if _IOC_DIRBITS == 2
static_assert(LOCKER_PUT == 0x4010c530);
static_assert(LOCKER_GET == 0x4010c531);
static_assert(LOCKER_DONE == 0x0000c532);
#endif

static_assert(LOCKER_A_BYTES == 1);

/* ANCHOR: state */
/*
 * LOCKER_SIZE bytes, in whole pages that programs may map. The mutex keeps one
 * copy from running into another. Who writes through a mapping asks nobody.
 */
static u8 *locker;
static DEFINE_MUTEX(locker_lock);
/* ANCHOR_END: state */

/* ANCHOR: file */
/*
 * Copies into the locker, whose bytes others see. copy_from_user() would put
 * zeros where it could not read; copy_from_iter() leaves the rest alone.
 * Returns how many bytes were copied.
 */
static size_t copy_into_locker(size_t pos, const void __user *buf, size_t count)
{
	struct iov_iter iter;

	iov_iter_ubuf(&iter, ITER_SOURCE, (void __user *)buf, count);
	return copy_from_iter(locker + pos, count, &iter);
}

/* The door of read(2) and write(2), for the device and for /proc. */
static ssize_t locker_read(struct file *file, char __user *buf, size_t count,
			   loff_t *ppos)
{
	ssize_t copied;

	if (mutex_lock_interruptible(&locker_lock))
		return -ERESTARTSYS;
	copied = simple_read_from_buffer(buf, count, ppos, locker,
					 LOCKER_SIZE);
	mutex_unlock(&locker_lock);

	return copied;
}

static ssize_t locker_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	size_t copied;

	if (!count)
		return 0;
	if (*ppos < 0)
		return -EINVAL;
	if (*ppos >= LOCKER_SIZE)
		return -ENOSPC;
	count = min_t(size_t, count, LOCKER_SIZE - *ppos);

	if (mutex_lock_interruptible(&locker_lock))
		return -ERESTARTSYS;
	copied = copy_into_locker(*ppos, buf, count);
	mutex_unlock(&locker_lock);

	*ppos += copied;
	return copied ? copied : -EFAULT;
}

static loff_t locker_llseek(struct file *file, loff_t offset, int whence)
{
	return fixed_size_llseek(file, offset, whence, LOCKER_SIZE);
}

/* ANCHOR_END: file */

/* ANCHOR: ioctl */
static long locker_transfer(struct file *file, unsigned int cmd,
			    void __user *argp)
{
	fmode_t needed = cmd == LOCKER_PUT ? FMODE_WRITE : FMODE_READ;
	struct locker_transfer transfer;
	unsigned long left;
	void __user *memory;

	if (!(file->f_mode & needed))
		return -EBADF;
	if (copy_from_user(&transfer, argp, sizeof(transfer)))
		return -EFAULT;
	if (transfer.length > LOCKER_SIZE ||
	    transfer.offset > LOCKER_SIZE - transfer.length)
		return -EINVAL;

	memory = u64_to_user_ptr(transfer.address);
	if (mutex_lock_interruptible(&locker_lock))
		return -ERESTARTSYS;
	if (cmd == LOCKER_PUT)
		left = transfer.length -
		       copy_into_locker(transfer.offset, memory, transfer.length);
	else
		left = copy_to_user(memory, locker + transfer.offset,
				    transfer.length);
	mutex_unlock(&locker_lock);

	return left ? -EFAULT : 0;
}

static long locker_ioctl(struct file *file, unsigned int cmd,
			 unsigned long arg)
{
	switch (cmd) {
	case LOCKER_PUT:
	case LOCKER_GET:
		return locker_transfer(file, cmd, (void __user *)arg);
	case LOCKER_DONE:
		return 0;
	default:
		return -ENOTTY;
	}
}

/* ANCHOR_END: ioctl */

/* ANCHOR: mmap */
/* Refuses what does not lie inside. A mapping keeps the file, and so us. */
static int locker_mmap(struct file *file, struct vm_area_struct *vma)
{
	return remap_vmalloc_range(vma, locker, vma->vm_pgoff);
}

/* ANCHOR_END: mmap */

/* ANCHOR: sysfs */
/* sysfs calls with a page at most, and only inside of the size below. */
static ssize_t bytes_read(struct file *file, struct kobject *kobj,
			  crossings_bin_attribute *attr, char *buf, loff_t pos,
			  size_t count)
{
	mutex_lock(&locker_lock);
	memcpy(buf, locker + pos, count);
	mutex_unlock(&locker_lock);

	return count;
}

static ssize_t bytes_write(struct file *file, struct kobject *kobj,
			   crossings_bin_attribute *attr, char *buf, loff_t pos,
			   size_t count)
{
	mutex_lock(&locker_lock);
	memcpy(locker + pos, buf, count);
	mutex_unlock(&locker_lock);

	return count;
}
static BIN_ATTR(bytes, 0600, bytes_read, bytes_write, LOCKER_SIZE);

static crossings_bin_attribute *locker_bin_attrs[] = {
	&bin_attr_bytes,
	NULL
};

static const struct attribute_group locker_group = {
	.bin_attrs	= locker_bin_attrs,
};

static const struct attribute_group *locker_groups[] = {
	&locker_group,
	NULL
};

/* ANCHOR_END: sysfs */

/* ANCHOR: netlink */
static struct genl_family locker_family;

static int locker_echo_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *in, *out;
	struct sk_buff *reply;
	void *header;
	int length;

	if (GENL_REQ_ATTR_CHECK(info, LOCKER_A_BYTES))
		return -EINVAL;
	in = info->attrs[LOCKER_A_BYTES];
	length = nla_len(in);

	reply = genlmsg_new(nla_total_size(length), GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	header = genlmsg_put_reply(reply, info, &locker_family, 0,
				   LOCKER_CMD_ECHO);
	if (!header)
		goto free_reply;
	out = nla_reserve(reply, LOCKER_A_BYTES, length);
	if (!out)
		goto free_reply;

	/* An attribute's length has 16 bits: it always fits. */
	mutex_lock(&locker_lock);
	memcpy(locker, nla_data(in), length);
	memcpy(nla_data(out), locker, length);
	mutex_unlock(&locker_lock);

	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);

free_reply:
	nlmsg_free(reply);
	return -EMSGSIZE;
}

/* ANCHOR_END: netlink */

static_assert(LOCKER_SIZE > U16_MAX);

static const struct nla_policy locker_policy[LOCKER_A_BYTES + 1] = {
	[LOCKER_A_BYTES]	= { .type = NLA_BINARY },
};

static const struct genl_ops locker_ops[] = {
	{
		.cmd		= LOCKER_CMD_ECHO,
		.policy		= locker_policy,
		.maxattr	= ARRAY_SIZE(locker_policy) - 1,
		.flags		= GENL_ADMIN_PERM,
		.doit		= locker_echo_doit,
	},
};

static struct genl_family locker_family __ro_after_init = {
	.module		= THIS_MODULE,
	.name		= LOCKER_FAMILY,
	.version	= LOCKER_VERSION,
	.parallel_ops	= true,
	.ops		= locker_ops,
	.n_ops		= ARRAY_SIZE(locker_ops),
};

static const struct file_operations locker_fops = {
	.owner		= THIS_MODULE,
	.read		= locker_read,
	.write		= locker_write,
	.llseek		= locker_llseek,
	.unlocked_ioctl	= locker_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.mmap		= locker_mmap,
};

static struct miscdevice locker_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "crossings_choosing",
	.fops	= &locker_fops,
	.groups	= locker_groups,
	.mode	= 0600,
};

static const struct proc_ops locker_proc_ops = {
	.proc_read	= locker_read,
	.proc_write	= locker_write,
	.proc_lseek	= locker_llseek,
};

/* ANCHOR: init */
static struct proc_dir_entry *locker_proc;

static int __init locker_init(void)
{
	int err;

	locker = vmalloc_user(LOCKER_SIZE);
	if (!locker)
		return -ENOMEM;

	locker_proc = proc_create("crossings_choosing", 0600, NULL,
				  &locker_proc_ops);
	if (!locker_proc) {
		err = -ENOMEM;
		goto free_locker;
	}
	proc_set_size(locker_proc, LOCKER_SIZE);

	err = genl_register_family(&locker_family);
	if (err)
		goto remove_proc;

	/* Last: a file that is open already would outlive a failure here. */
	err = misc_register(&locker_device);
	if (err)
		goto unregister_family;
	return 0;

unregister_family:
	genl_unregister_family(&locker_family);
remove_proc:
	proc_remove(locker_proc);
free_locker:
	vfree(locker);
	return err;
}
module_init(locker_init);

static void __exit locker_exit(void)
{
	/*
	 * The device's file is open nowhere, or we would not be here. The
	 * other doors wait for calls that are still inside: the attribute in
	 * misc_deregister(), and each of the other two in its own function.
	 */
	misc_deregister(&locker_device);
	genl_unregister_family(&locker_family);
	proc_remove(locker_proc);
	vfree(locker);
}
module_exit(locker_exit);
/* ANCHOR_END: init */

MODULE_ALIAS_GENL_FAMILY(LOCKER_FAMILY);
MODULE_DESCRIPTION("Crossings: one buffer behind every door that a driver has");
MODULE_LICENSE("GPL");
