// SPDX-License-Identifier: GPL-2.0
/*
 * FAULTY ON PURPOSE. The file crossings_copied is made the way that many
 * pages on sysfs show. They say that it appears in /sys/kernel.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sysfs.h>

/* ANCHOR: attribute */
static char text[256] = "hello\n";

static ssize_t text_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	return sprintf(buf, "%s", text);
}

static ssize_t text_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	snprintf(text, sizeof(text), "%s", buf);
	return count;
}

static struct kobj_attribute text_attribute =
	__ATTR(crossings_copied, 0664, text_show, text_store);
/* ANCHOR_END: attribute */

/* ANCHOR: init */
static struct kobject *copied_kobj;

static int __init copied_init(void)
{
	int err;

	copied_kobj = kobject_create_and_add("kernel", kernel_kobj);
	if (!copied_kobj)
		return -ENOMEM;

	err = sysfs_create_file(copied_kobj, &text_attribute.attr);
	if (err)
		kobject_put(copied_kobj);
	return err;
}
module_init(copied_init);
/* ANCHOR_END: init */

static void __exit copied_exit(void)
{
	kobject_put(copied_kobj);
}
module_exit(copied_exit);

MODULE_DESCRIPTION("Crossings: a sysfs file that is not where one expects it");
MODULE_LICENSE("GPL");
