/* a direct `pread` of 4 KiB */
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "compare.h"

#define SIZE 4096

static int fd;
static void *sectors;

static void work(void)
{
	if (pread(fd, sectors, SIZE, 0) != SIZE)
		fail("pread");
}

int main(int argc, char **argv)
{
	fd = open("/dev/crossings_blockdev", O_RDWR | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		fail("open");
	if (posix_memalign(&sectors, SIZE, SIZE))
		fail("posix_memalign");
	memset(sectors, 0, SIZE);
	return compare(argc, argv, work);
}
