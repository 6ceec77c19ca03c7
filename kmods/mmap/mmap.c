// SPDX-License-Identifier: GPL-2.0
/*
 * Memory shared with programs, in two ways: /dev/crossings_mmap is a buffer
 * whose pages are mapped when they are touched, /dev/crossings_mmap_ring a
 * ring of records whose pages are all mapped at once (both mode 0600).
 */
#include <linux/module.h>

#include "device.h"

static int __init mmap_init(void)
{
	int err;

	err = buffer_init();
	if (err)
		return err;

	err = ring_init();
	if (err)
		goto remove_buffer;

	return 0;

remove_buffer:
	buffer_exit();
	return err;
}
module_init(mmap_init);

static void __exit mmap_exit(void)
{
	ring_exit();
	buffer_exit();
}
module_exit(mmap_exit);

MODULE_DESCRIPTION("Crossings: a buffer and a ring to map with mmap(2)");
MODULE_LICENSE("GPL");
