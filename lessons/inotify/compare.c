/* a file comes and goes in a watched directory, and two events */
#include <fcntl.h>
#include <stdint.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "compare.h"

struct event {
	int wd;
	uint32_t mask, cookie;
	char *name;
};

static char path[64];
static int instance;

/*
 * Reads all events that have happened so far. Returns how many. The caller
 * frees them and their names.
 */
static size_t drain(struct event **events)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	size_t count = 0;

	*events = NULL;
	for (;;) {
		ssize_t length = read(instance, buffer, sizeof(buffer));

		if (length < 0 && errno == EAGAIN)
			return count;
		if (length < 0)
			fail("read");
		for (char *next = buffer; next < buffer + length; count++) {
			const struct inotify_event *event = (void *)next;

			*events = realloc(*events, (count + 1) * sizeof(**events));
			if (!*events)
				fail("realloc");
			(*events)[count] = (struct event) {
				.wd = event->wd,
				.mask = event->mask,
				.cookie = event->cookie,
				.name = event->len ? strdup(event->name) : NULL,
			};
			next += sizeof(*event) + event->len;
		}
	}
}

static void work(void)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	struct event *events;

	if (fd < 0)
		fail("open");
	close(fd);
	if (unlink(path))
		fail("unlink");
	if (drain(&events) != 2 || events[0].mask != IN_CREATE ||
	    events[1].mask != IN_DELETE)
		fail("other events");
	free(events[0].name);
	free(events[1].name);
	free(events);
}

int main(int argc, char **argv)
{
	char directory[] = "/tmp/compare-XXXXXX";
	int result;

	instance = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (instance < 0 || !mkdtemp(directory))
		fail("prepare");
	snprintf(path, sizeof(path), "%s/notes", directory);
	if (inotify_add_watch(instance, directory, IN_CREATE | IN_DELETE) < 0)
		fail("inotify_add_watch");
	result = compare(argc, argv, work);
	rmdir(directory);
	return result;
}
