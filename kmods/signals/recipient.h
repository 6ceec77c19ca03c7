/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CROSSINGS_RECIPIENT_H
#define CROSSINGS_RECIPIENT_H

#include <linux/pid.h>
#include <linux/types.h>
#include <linux/uidgid.h>

/* ANCHOR: recipient */
/**
 * struct recipient - a thread that has registered for a signal
 * @pid: the thread, whether it still exists or not; NULL if none has
 * @euid: who it was when it registered
 * @signal: the signal
 * @value: what the next one carries
 */
struct recipient {
	struct pid *pid;
	kuid_t euid;
	int signal;
	int value;
};

/* ANCHOR_END: recipient */

struct recipient recipient_current(int signal, int value);
int recipient_send(struct recipient *recipient);

#endif /* CROSSINGS_RECIPIENT_H */
