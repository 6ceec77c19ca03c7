/* `write` and `read` of 64 bytes */
#include <fcntl.h>
#include <unistd.h>

#include "compare.h"

static int reader, writer;

static void work(void)
{
	static const char bytes[64];
	char back[sizeof(bytes)];

	if (write(writer, bytes, sizeof(bytes)) != sizeof(bytes))
		fail("write");
	if (read(reader, back, sizeof(back)) != sizeof(back))
		fail("read");
}

int main(int argc, char **argv)
{
	reader = open("/dev/crossings_chardev", O_RDONLY | O_CLOEXEC);
	writer = open("/dev/crossings_chardev", O_WRONLY | O_CLOEXEC);
	if (reader < 0 || writer < 0)
		fail("open");
	return compare(argc, argv, work);
}
