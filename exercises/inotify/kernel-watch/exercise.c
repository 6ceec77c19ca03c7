// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a porter. Writing the path of a folder has it watch that
 * folder, and no other any more. It reads as the name of the last entry that
 * was made there or moved in since, and as nothing before the first. Who
 * writes the folder that is watched already gets EEXIST, and as with every
 * error the porter stays where it is. Watching keeps no file system from being
 * unmounted, and no folder from being removed.
 */
#include <linux/container_of.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/fsnotify_backend.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

struct watch {
	struct fsnotify_mark mark;	/* its count is that of the watch */
	char newest[NAME_MAX + 1];
};

static struct kmem_cache *watches;	/* destroying it tells of leaks */
static struct fsnotify_group *porter;
static DEFINE_MUTEX(porter_lock);	/* guards porter_watch */
static struct watch *porter_watch;
static DEFINE_SPINLOCK(newest_lock);	/* guards .newest of all watches */

/* Called by who has made or moved the entry, with the folder locked. */
static int watch_event(struct fsnotify_mark *mark, u32 mask,
		       struct inode *inode, struct inode *dir,
		       const struct qstr *name, u32 cookie)
{
	struct watch *watch = container_of(mark, struct watch, mark);

	spin_lock(&newest_lock);
	strscpy(watch->newest, name->name, sizeof(watch->newest));
	spin_unlock(&newest_lock);
	return 0;
}

/* Called when the last reference to the mark has gone, and some time later. */
static void watch_free(struct fsnotify_mark *mark)
{
	kmem_cache_free(watches, container_of(mark, struct watch, mark));
}

static const struct fsnotify_ops porter_ops = {
	.handle_inode_event = watch_event,
	.free_mark = watch_free,
};

static struct watch *watch_add(const char *name)
{
	struct watch *watch;
	struct path path;
	int err;

	err = kern_path(name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);
	if (err)
		return ERR_PTR(err);

	watch = kmem_cache_zalloc(watches, GFP_KERNEL);
	if (!watch)
		return ERR_PTR(-ENOMEM);
	fsnotify_init_mark(&watch->mark, porter);
	watch->mark.mask = FS_CREATE | FS_MOVED_TO;

	err = fsnotify_add_inode_mark(&watch->mark, d_inode(path.dentry), 0);
	if (err)
		return ERR_PTR(err);
	return watch;
}

static void watch_remove(struct watch *watch)
{
	fsnotify_destroy_mark(&watch->mark, porter);
}

static ssize_t porter_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	struct watch *watch;
	char *name;
	int err;

	if (count >= PATH_MAX)
		return -ENAMETOOLONG;
	name = memdup_user_nul(buf, count);
	if (IS_ERR(name))
		return PTR_ERR(name);

	mutex_lock(&porter_lock);
	watch = watch_add(name);
	err = PTR_ERR_OR_ZERO(watch);
	if (!err) {
		swap(porter_watch, watch);
		if (watch)
			watch_remove(watch);
	}
	mutex_unlock(&porter_lock);

	kfree(name);
	return err ? err : count;
}

static ssize_t porter_read(struct file *file, char __user *buf, size_t count,
			   loff_t *ppos)
{
	char newest[NAME_MAX + 1] = "";

	mutex_lock(&porter_lock);
	if (porter_watch) {
		spin_lock(&newest_lock);
		strscpy(newest, porter_watch->newest, sizeof(newest));
		spin_unlock(&newest_lock);
	}
	mutex_unlock(&porter_lock);
	return simple_read_from_buffer(buf, count, ppos, newest,
				       strlen(newest));
}

static const struct file_operations porter_fops = {
	.owner = THIS_MODULE,
	.read = porter_read,
	.write = porter_write,
};

static struct miscdevice porter_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &porter_fops,
	.mode = 0600,
};

static int __init porter_init(void)
{
	int err;

	/* One with a field for users is not merged with another cache. */
	watches = KMEM_CACHE_USERCOPY(watch, 0, newest);
	if (!watches)
		return -ENOMEM;
	porter = fsnotify_alloc_group(&porter_ops, 0);
	if (IS_ERR(porter)) {
		err = PTR_ERR(porter);
		goto destroy_watches;
	}
	err = misc_register(&porter_device);
	if (err)
		goto put_porter;
	return 0;

put_porter:
	fsnotify_put_group(porter);
destroy_watches:
	kmem_cache_destroy(watches);
	return err;
}
module_init(porter_init);

static void __exit porter_exit(void)
{
	misc_deregister(&porter_device);
	if (porter_watch)
		watch_remove(porter_watch);
	fsnotify_put_group(porter);
	/* watch_free() may still be to be called for some. */
	fsnotify_wait_marks_destroyed();
	kmem_cache_destroy(watches);
}
module_exit(porter_exit);

MODULE_DESCRIPTION("Crossings: a porter");
MODULE_LICENSE("GPL");
