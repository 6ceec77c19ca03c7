/* opening a marked file, and the event */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <sys/fanotify.h>
#include <unistd.h>

#include "compare.h"

struct event {
	uint64_t mask;
	int pid, fd;
};

static char path[] = "/tmp/compare-XXXXXX";
static int group;

/*
 * Reads all events that have happened so far. Returns how many. The caller
 * closes their files and frees them.
 */
static size_t drain(struct event **events)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct fanotify_event_metadata))));
	size_t count = 0;

	*events = NULL;
	for (;;) {
		ssize_t length = read(group, buffer, sizeof(buffer));
		struct fanotify_event_metadata *event = (void *)buffer;

		if (length < 0 && errno == EAGAIN)
			return count;
		if (length < 0)
			fail("read");
		for (; FAN_EVENT_OK(event, length); count++) {
			if (event->vers != FANOTIFY_METADATA_VERSION)
				fail("another version");
			*events = realloc(*events, (count + 1) * sizeof(**events));
			if (!*events)
				fail("realloc");
			(*events)[count] = (struct event) {
				.mask = event->mask,
				.pid = event->pid,
				.fd = event->fd,
			};
			event = FAN_EVENT_NEXT(event, length);
		}
	}
}

static void work(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct event *events;

	if (fd < 0)
		fail("open");
	close(fd);
	if (drain(&events) != 1 || events[0].mask != FAN_OPEN)
		fail("another event");
	close(events[0].fd);
	free(events);
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
