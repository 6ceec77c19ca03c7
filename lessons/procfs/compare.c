/* two orders: `book 1 ann`, `cancel 1` */
#include <fcntl.h>
#include <unistd.h>

#include "compare.h"

static int fd;

static void order(const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		fail(text);
}

static void work(void)
{
	order("book 1 ann");
	order("cancel 1");
}

int main(int argc, char **argv)
{
	fd = open("/proc/crossings/booking", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		fail("open");
	return compare(argc, argv, work);
}
