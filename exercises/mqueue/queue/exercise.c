// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a queue of messages, one for all who open it. A message is
 * a priority, a u32 below QUEUE_PRIORITIES, and up to QUEUE_TEXT bytes of text
 * behind it. write(2) sends one message, and read(2) receives one: of those
 * with the highest priority the oldest. A call that fails changes nothing.
 *
 * write(2): EINVAL if there is no whole priority, or it is too high; EMSGSIZE
 * if the text is too long. While QUEUE_MESSAGES wait it sleeps.
 * read(2): EMSGSIZE if there is not room for the largest message, whatever
 * waits. While no message waits it sleeps.
 * Both: EFAULT, EINTR, and with O_NONBLOCK EAGAIN instead of sleeping.
 * poll(2): POLLIN if a read(2) would not sleep, POLLOUT if a write(2) would not.
 *
 * Messages stay when nobody has the device open, until the module goes.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/types.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define QUEUE_MESSAGES		256
#define QUEUE_PRIORITIES	32
#define QUEUE_TEXT		4000

struct message {
	struct list_head list;
	u32 priority;
	size_t length;
	char text[];
};

static DEFINE_MUTEX(queue_lock);	/* guards queue */
static LIST_HEAD(queue);

/*
 * Step 1: messages. write(2) makes a struct message of what the program has
 * written, and puts it at the end of the list. read(2) takes out the first,
 * and gives its priority and text as they were written. For now, a read(2) of
 * an empty queue is an EAGAIN.
 *
 * Step 2: limits. Each errno of the contract above, before anything is taken
 * or given. For now, a write(2) to a full queue is an EAGAIN.
 *
 * Step 3: priorities. What is urgent overtakes, and equals stay in order.
 *
 * Step 4: waiting. Without O_NONBLOCK, calls sleep instead of EAGAIN. A signal
 * ends the sleep, and nobody is forgotten.
 *
 * Step 5: poll(2).
 *
 * Step 6: nothing is left. All memory is given back: of messages that were
 * received, that were refused, and that wait when the module goes.
 */

static ssize_t queue_read(struct file *file, char __user *buf, size_t count,
			  loff_t *ppos)
{
	return -EOPNOTSUPP;	/* step 1 */
}

static ssize_t queue_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	return -EOPNOTSUPP;	/* step 1 */
}

static const struct file_operations queue_fops = {
	.owner = THIS_MODULE,
	.open = stream_open,
	.read = queue_read,
	.write = queue_write,
};

static struct miscdevice queue_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &queue_fops,
	.mode = 0600,
};

static int __init queue_init(void)
{
	return misc_register(&queue_device);
}
module_init(queue_init);

static void __exit queue_exit(void)
{
	misc_deregister(&queue_device);
}
module_exit(queue_exit);

MODULE_DESCRIPTION("Crossings: a queue of messages with priorities");
MODULE_LICENSE("GPL");
