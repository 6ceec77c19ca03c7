/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef TALLY_H
#define TALLY_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Sets the sum to the number at an address. */
#define TALLY_SET _IOW('t', 0, __s64)

#endif
