/* reading the brightness as text */
#include <fcntl.h>
#include <unistd.h>

#include "compare.h"

static int fd;

/* Returns the value without its newline. The caller frees it. */
static char *value(void)
{
	char buffer[4096];
	ssize_t count = pread(fd, buffer, sizeof(buffer), 0);

	if (count < 0)
		fail("pread");
	while (count && buffer[count - 1] == '\n')
		count--;
	return strndup(buffer, count);
}

static void work(void)
{
	char *text = value();

	if (!text || !*text)
		fail("no value");
	free(text);
}

int main(int argc, char **argv)
{
	fd = open("/sys/class/crossings/lamp/brightness", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail("open");
	return compare(argc, argv, work);
}
