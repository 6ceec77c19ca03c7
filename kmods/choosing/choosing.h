/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The contract of the locker: everything that a program and the module must
 * agree on, and nothing else. Both sides may include it.
 */
#ifndef CROSSINGS_CHOOSING_H
#define CROSSINGS_CHOOSING_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* What the locker holds, in bytes. It looks the same through every door. */
#define LOCKER_SIZE 1048576U

/* ANCHOR: requests */
/* Copy from the program's memory into the locker. */
#define LOCKER_PUT _IOW(0xC5, 0x30, struct locker_transfer)

/* Copy from the locker into the program's memory. */
#define LOCKER_GET _IOW(0xC5, 0x31, struct locker_transfer)

/* "I have changed the mapped bytes." The driver has nothing to do for it. */
#define LOCKER_DONE _IO(0xC5, 0x32)

/**
 * struct locker_transfer - the argument of LOCKER_PUT and LOCKER_GET
 * @address: of the program's memory
 * @offset: of the bytes in the locker
 * @length: how many bytes
 */
struct locker_transfer {
	__u64 address;
	__u32 offset;
	__u32 length;
};

/* ANCHOR_END: requests */

/* ANCHOR: family */
#define LOCKER_FAMILY	"locker"
#define LOCKER_VERSION	1

enum {
	LOCKER_CMD_ECHO = 1,	/* put bytes in; the answer has them back */
};

enum {
	LOCKER_A_BYTES = 1,	/* as long as an attribute can be */
};

/* ANCHOR_END: family */

#endif /* CROSSINGS_CHOOSING_H */
