/* SPDX-License-Identifier: GPL-2.0 */
/* The two devices of the module, each in a file of its own. */
#ifndef CROSSINGS_MMAP_DEVICE_H
#define CROSSINGS_MMAP_DEVICE_H

int buffer_init(void);
void buffer_exit(void);

int ring_init(void);
void ring_exit(void);

#endif /* CROSSINGS_MMAP_DEVICE_H */
