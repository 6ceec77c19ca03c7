/* opening a marked file, and the event */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/fanotify.h>
#include <unistd.h>

#include "compare.h"

static char path[] = "/tmp/compare-XXXXXX";
static int group;

/* Reads all events that have happened so far. Returns how many. */
static int drain(void)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct fanotify_event_metadata))));
	int events = 0;

	for (;;) {
		ssize_t length = read(group, buffer, sizeof(buffer));
		struct fanotify_event_metadata *event = (void *)buffer;

		if (length < 0 && errno == EAGAIN)
			return events;
		if (length < 0)
			fail("read");
		for (; FAN_EVENT_OK(event, length); events++) {
			if (event->vers != FANOTIFY_METADATA_VERSION)
				fail("another version");
			close(event->fd);
			event = FAN_EVENT_NEXT(event, length);
		}
	}
}

static void work(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail("open");
	close(fd);
	if (drain() != 1)
		fail("no event");
}

int main(int argc, char **argv)
{
	int fd = mkstemp(path), result;

	group = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK,
			      O_RDONLY | O_CLOEXEC);
	if (fd < 0 || group < 0)
		fail("prepare");
	if (fanotify_mark(group, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, path))
		fail("fanotify_mark");
	result = compare(argc, argv, work);
	unlink(path);
	return result;
}
