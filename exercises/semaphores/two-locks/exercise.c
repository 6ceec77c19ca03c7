// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/exercise is a bank with four accounts, 0 to 3, of 1000 each. A write(2)
 * of "FROM TO AMOUNT" moves money; it fails with EINVAL if that is no such
 * text or both accounts are the same, and with ENOSPC if FROM has not enough.
 * A write(2) of "audit ACCOUNT" keeps that account's book until somebody writes
 * "done". read(2) gives the sum of all accounts. Any number of these may run at
 * a time, and those about other accounts do not wait for each other. Who is
 * killed while it waits for an account ends, and has moved nothing.
 */
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/lockdep.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/uaccess.h>

struct account {
	struct mutex lock;	/* guards balance */
	unsigned int balance;
};

static struct account accounts[4];

/* A class for each mutex, so that lockdep sees their order. */
static struct lock_class_key account_keys[ARRAY_SIZE(accounts)];

static DECLARE_COMPLETION(bank_done);	/* "done" was written */

static int bank_transfer(struct account *from, struct account *to,
			 unsigned int amount)
{
	int err;

	err = mutex_lock_killable(&from->lock);
	if (err)
		return err;
	err = mutex_lock_killable(&to->lock);
	if (err)
		goto unlock_from;

	if (from->balance < amount) {
		err = -ENOSPC;
	} else {
		from->balance -= amount;
		to->balance += amount;
	}

	mutex_unlock(&to->lock);
unlock_from:
	mutex_unlock(&from->lock);
	return err;
}

static int bank_audit(struct account *account)
{
	int err;

	err = mutex_lock_killable(&account->lock);
	if (err)
		return err;
	err = wait_for_completion_killable(&bank_done);
	mutex_unlock(&account->lock);
	return err;
}

/* The next word of a text, and that is a number. */
static bool bank_number(char **text, unsigned int *number)
{
	char *word = strsep(text, " ");

	return word && !kstrtouint(word, 10, number);
}

static ssize_t bank_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	unsigned int from, to, amount;
	char text[32], *rest = text;
	int err;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, count))
		return -EFAULT;
	text[count] = '\0';
	if (strlen(text) != count)
		return -EINVAL;

	if (str_has_prefix(text, "audit ")) {
		rest += strlen("audit ");
		if (!bank_number(&rest, &from) || rest ||
		    from >= ARRAY_SIZE(accounts))
			return -EINVAL;
		err = bank_audit(&accounts[from]);
		return err ? err : count;
	}
	if (sysfs_streq(text, "done")) {
		complete(&bank_done);
		return count;
	}
	if (!bank_number(&rest, &from) || !bank_number(&rest, &to) ||
	    !bank_number(&rest, &amount) || rest)
		return -EINVAL;
	if (from >= ARRAY_SIZE(accounts) || to >= ARRAY_SIZE(accounts) ||
	    from == to)
		return -EINVAL;

	err = bank_transfer(&accounts[from], &accounts[to], amount);
	return err ? err : count;
}

static ssize_t bank_read(struct file *file, char __user *buf, size_t count,
			 loff_t *ppos)
{
	unsigned int sum = 0;
	char text[16];
	int i, locked, err = 0;

	for (locked = 0; locked < ARRAY_SIZE(accounts); locked++) {
		err = mutex_lock_killable(&accounts[locked].lock);
		if (err)
			break;
		sum += accounts[locked].balance;
	}
	for (i = 0; i < locked; i++)
		mutex_unlock(&accounts[i].lock);
	if (err)
		return err;

	return simple_read_from_buffer(buf, count, ppos, text,
				       scnprintf(text, sizeof(text), "%u\n",
						 sum));
}

static const struct file_operations bank_fops = {
	.owner = THIS_MODULE,
	.read = bank_read,
	.write = bank_write,
};

static struct miscdevice bank_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "exercise",
	.fops = &bank_fops,
	.mode = 0600,
};

static int __init bank_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(accounts); i++) {
		mutex_init(&accounts[i].lock);
		lockdep_set_class(&accounts[i].lock, &account_keys[i]);
		accounts[i].balance = 1000;
	}
	return misc_register(&bank_device);
}
module_init(bank_init);

static void __exit bank_exit(void)
{
	misc_deregister(&bank_device);
}
module_exit(bank_exit);

MODULE_DESCRIPTION("Crossings: a bank with four accounts");
MODULE_LICENSE("GPL");
