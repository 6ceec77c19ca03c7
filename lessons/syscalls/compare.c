/* `write` of 5 bytes to `/dev/null`, by the instruction */
#include <fcntl.h>
#include <sys/syscall.h>

#include "compare.h"

static int fd;

static long syscall3(long number, long first, long second, long third)
{
	long result;

	asm volatile("syscall"
		     : "=a"(result)
		     : "a"(number), "D"(first), "S"(second), "d"(third)
		     : "rcx", "r11", "memory");
	return result;
}

static void work(void)
{
	static const char text[] = "hello";

	if (syscall3(SYS_write, fd, (long)text, 5) != 5)
		fail("write");
}

int main(int argc, char **argv)
{
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		fail("open");
	return compare(argc, argv, work);
}
