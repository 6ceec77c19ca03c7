// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a safe. SAFE_LOCK locks it with a passphrase, in the name of
 * an owner, or fails with EBUSY if it is locked. SAFE_OPEN opens it, or fails
 * with EACCES if the phrase is another.
 * SAFE_STATUS tells everybody whether it is locked, how often a wrong phrase
 * was tried since, and who the owner is, and nothing else.
 */
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/uaccess.h>

struct safe_request {
	char phrase[24];
	char owner[16];
};

struct safe_status {
	__u8 locked;
	__u32 tries;
	char owner[16];
};

#define SAFE_LOCK	_IOW(0xC5, 0x10, struct safe_request)
#define SAFE_OPEN	_IOW(0xC5, 0x11, struct safe_request)
#define SAFE_STATUS	_IOR(0xC5, 0x12, struct safe_status)

static DEFINE_MUTEX(safe_lock);	/* guards all of the safe */
static bool safe_locked;
static u32 safe_tries;
static char safe_phrase[24];
static char safe_owner[16];

/* The one buffer through which everything goes in and comes out. */
static union {
	struct safe_request request;
	struct safe_status status;
} safe_buffer;

static long safe_do_lock(void __user *argp)
{
	struct safe_request *request = &safe_buffer.request;

	if (copy_from_user(request, argp, sizeof(*request)))
		return -EFAULT;
	if (safe_locked)
		return -EBUSY;

	memcpy(safe_phrase, request->phrase, sizeof(safe_phrase));
	strscpy(safe_owner, request->owner, sizeof(safe_owner));
	safe_tries = 0;
	safe_locked = true;
	return 0;
}

static long safe_do_open(void __user *argp)
{
	struct safe_request *request = &safe_buffer.request;

	if (copy_from_user(request, argp, sizeof(*request)))
		return -EFAULT;

	if (memcmp(safe_phrase, request->phrase, sizeof(safe_phrase))) {
		safe_tries++;
		return -EACCES;
	}
	safe_locked = false;
	return 0;
}

static long safe_do_status(void __user *argp)
{
	struct safe_status *status = &safe_buffer.status;

	status->locked = safe_locked;
	status->tries = safe_tries;
	strscpy(status->owner, safe_owner, sizeof(status->owner));

	if (copy_to_user(argp, status, sizeof(*status)))
		return -EFAULT;
	return 0;
}

static long safe_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *argp = (void __user *)arg;
	long ret = -ENOTTY;

	mutex_lock(&safe_lock);
	switch (cmd) {
	case SAFE_LOCK:
		ret = safe_do_lock(argp);
		break;
	case SAFE_OPEN:
		ret = safe_do_open(argp);
		break;
	case SAFE_STATUS:
		ret = safe_do_status(argp);
		break;
	}
	mutex_unlock(&safe_lock);
	return ret;
}

static const struct file_operations safe_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = safe_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice safe_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &safe_fops,
	.mode = 0600,
};
module_misc_device(safe_device);

MODULE_DESCRIPTION("Crossings: a safe with a passphrase");
MODULE_LICENSE("GPL");
