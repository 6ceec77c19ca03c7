/* reading five bytes */
#include <fcntl.h>
#include <unistd.h>

#include "compare.h"

static int fd;

static void work(void)
{
	char room[5];

	if (pread(fd, room, sizeof(room), 0) != sizeof(room))
		fail("pread");
}

int main(int argc, char **argv)
{
	fd = open("/dev/crossings_SLUG", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail("open");
	return compare(argc, argv, work);
}
