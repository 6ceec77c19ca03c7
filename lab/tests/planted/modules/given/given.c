// SPDX-License-Identifier: GPL-2.0
#include <linux/device.h>
#include <linux/firmware.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static char *word = "nothing";
module_param(word, charp, 0444);
MODULE_PARM_DESC(word, "what to say");

static ssize_t given_read(struct file *file, char __user *to, size_t count, loff_t *at)
{
	return simple_read_from_buffer(to, count, at, word, strlen(word));
}

static const struct file_operations given_operations = {
	.owner = THIS_MODULE,
	.read = given_read,
};

static struct miscdevice given_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "given",
	.fops = &given_operations,
};

static int __init given_init(void)
{
	const struct firmware *firmware;
	int error = misc_register(&given_device);

	if (error)
		return error;
	if (!firmware_request_nowarn(&firmware, "given.bin", given_device.this_device)) {
		pr_info("given: firmware of %zu bytes\n", firmware->size);
		release_firmware(firmware);
	}
	return 0;
}
module_init(given_init);

static void __exit given_exit(void)
{
	misc_deregister(&given_device);
}
module_exit(given_exit);

MODULE_DESCRIPTION("has a parameter, reads firmware, and has a file");
MODULE_LICENSE("GPL");
