/* sending and receiving 64 bytes */
#include <fcntl.h>
#include <mqueue.h>

#include "compare.h"

#define NAME "/crossings-compare"
#define SIZE 64

static mqd_t queue;

static void work(void)
{
	static const char message[SIZE];
	char buffer[SIZE];

	if (mq_send(queue, message, sizeof(message), 0))
		fail("mq_send");
	if (mq_receive(queue, buffer, sizeof(buffer), NULL) != SIZE)
		fail("mq_receive");
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
