// SPDX-License-Identifier: GPL-2.0
/* A thread that has registered for a signal, and sending it one. */
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/uidgid.h>

#include "recipient.h"

/* ANCHOR: current */
/* Holds a reference on the pid, which put_pid() drops. */
struct recipient recipient_current(int signal, int value)
{
	return (struct recipient) {
		.pid = get_task_pid(current, PIDTYPE_PID),
		.euid = current_euid(),
		.signal = signal,
		.value = value,
	};
}

/* ANCHOR_END: current */

/* ANCHOR: may_signal */
/*
 * A thread may have become somebody else since it registered. Then the rule of
 * kill(2) applies: the one who registered may still signal it if that is the
 * thread's real or saved uid. A set-user-ID exec leaves the real uid alone, so
 * it is a program like su(1), which changes the real uid too, that is spared.
 */
static bool may_signal(const struct recipient *recipient,
		       struct task_struct *task)
{
	const struct cred *cred = __task_cred(task);

	return uid_eq(recipient->euid, GLOBAL_ROOT_UID) ||
	       uid_eq(recipient->euid, cred->suid) ||
	       uid_eq(recipient->euid, cred->uid);
}

/* ANCHOR_END: may_signal */

/* ANCHOR: send */
/**
 * recipient_send() - send a queued signal that carries an integer
 * @recipient: whom, which signal, and the integer, which counts up
 *
 * The code is SI_TIMER, because a timer is what it comes from. That code names
 * no sender. SI_QUEUE does, and then send_sig_info() translates si_uid from the
 * user namespace of current: in an interrupt, of whoever was interrupted.
 *
 * Context: any; does not sleep.
 * Return: 0, or
 * * -ESRCH: the thread has ended
 * * -EPERM: the thread is another user's now
 * * -EAGAIN: that user has as many signals pending as RLIMIT_SIGPENDING allows
 */
int recipient_send(struct recipient *recipient)
{
	struct kernel_siginfo info;
	struct task_struct *task;
	int err = -ESRCH;

	clear_siginfo(&info);
	info.si_signo = recipient->signal;
	info.si_code = SI_TIMER;
	info.si_int = recipient->value++;

	/* The task cannot be freed before the unlock, even if it ends now. */
	rcu_read_lock();
	task = pid_task(recipient->pid, PIDTYPE_PID);
	if (task)
		err = may_signal(recipient, task) ?
		      send_sig_info(recipient->signal, &info, task) : -EPERM;
	rcu_read_unlock();

	return err;
}

/* ANCHOR_END: send */
