/* reading five bytes */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
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
	fd = memfd_create("note", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		fail("memfd_create");
	if (ftruncate(fd, 64))
		fail("ftruncate");
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_GROW))
		fail("F_ADD_SEALS");
	return compare(argc, argv, work);
}
