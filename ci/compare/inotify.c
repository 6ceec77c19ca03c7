/* a `write` to a watched file, and its event */
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

static int file, instance;

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
	struct event *events;

	if (pwrite(file, ".", 1, 0) != 1)
		fail("pwrite");
	if (drain(&events) != 1 || events[0].mask != IN_MODIFY)
		fail("another event");
	free(events[0].name);
	free(events);
}

int main(int argc, char **argv)
{
	char path[] = "/tmp/compare-XXXXXX";
	int result;

	file = mkstemp(path);
	instance = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (file < 0 || instance < 0)
		fail("prepare");
	if (inotify_add_watch(instance, path, IN_MODIFY) < 0)
		fail("inotify_add_watch");
	result = compare(argc, argv, work);
	unlink(path);
	return result;
}
