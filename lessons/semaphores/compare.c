/* a turn at the counter: `open`, `close` */
#include <fcntl.h>
#include <unistd.h>

#include "compare.h"

static void work(void)
{
	int fd = open("/proc/crossings_semaphores", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fail("open");
	close(fd);
}

int main(int argc, char **argv)
{
	return compare(argc, argv, work);
}
