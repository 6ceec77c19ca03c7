#include <linux/module.h>
#include <linux/uaccess.h>

static int __user *unstyled_pointer;

static int __init unstyled_init(void)
{
	int *pointer = unstyled_pointer;

	if( pointer )
		return -EINVAL;
	return 0;
}
module_init(unstyled_init);

static void __exit unstyled_exit(void)
{
}
module_exit(unstyled_exit);

MODULE_DESCRIPTION("unstyled");
MODULE_LICENSE("GPL");
