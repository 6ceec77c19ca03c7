/* sending and receiving 64 bytes */
#include <fcntl.h>
#include <mqueue.h>

#include "compare.h"

#define NAME "/crossings-compare"
#define SIZE 64

static mqd_t queue;

/* Receives with as much room as the queue asks for. The caller frees it. */
static char *receive(ssize_t *length)
{
	struct mq_attr attr;
	char *bytes;

	if (mq_getattr(queue, &attr))
		fail("mq_getattr");
	bytes = malloc(attr.mq_msgsize);
	if (!bytes)
		fail("malloc");
	*length = mq_receive(queue, bytes, attr.mq_msgsize, NULL);
	if (*length < 0)
		fail("mq_receive");
	return bytes;
}

static void work(void)
{
	static const char message[SIZE];
	ssize_t length;

	if (mq_send(queue, message, sizeof(message), 0))
		fail("mq_send");
	free(receive(&length));
	if (length != sizeof(message))
		fail("another message");
}

int main(int argc, char **argv)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = SIZE };
	int result;

	mq_unlink(NAME);
	queue = mq_open(NAME, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attr);
	if (queue < 0)
		fail("mq_open");
	result = compare(argc, argv, work);
	mq_unlink(NAME);
	return result;
}
