/* one `METER_GET_READING` */
#include <fcntl.h>
#include <sys/ioctl.h>

#include "compare.h"
#include "ioctl.h"

static int fd;

static void work(void)
{
	struct meter_reading reading = { 0 };

	if (ioctl(fd, METER_GET_READING, &reading))
		fail("METER_GET_READING");
}

int main(int argc, char **argv)
{
	fd = open("/dev/crossings_ioctl", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail("open");
	return compare(argc, argv, work);
}
