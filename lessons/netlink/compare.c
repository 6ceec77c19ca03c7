/* one `GAUGE_CMD_GET` and its answer */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compare.h"
#include "netlink.h"

struct message {
	struct nlmsghdr header;
	struct genlmsghdr command;
	char attributes[256];
};

struct gauge {
	uint32_t id, value, low, high;
	char name[GAUGE_NAME_MAX + 1];
	int alarm;
};

static int fd;
static uint16_t family;
static uint32_t sequence, gauge_id;

static void begin(struct message *message, uint16_t type, uint8_t cmd,
		  uint8_t version)
{
	memset(message, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	message->header.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	message->header.nlmsg_type = type;
	message->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message->header.nlmsg_seq = ++sequence;
	message->command.cmd = cmd;
	message->command.version = version;
}

static struct nlattr *put(struct message *message, uint16_t type,
			  const void *payload, size_t length)
{
	struct nlattr *attribute =
		(void *)((char *)message + message->header.nlmsg_len);

	attribute->nla_type = type;
	attribute->nla_len = NLA_HDRLEN + length;
	memcpy((char *)attribute + NLA_HDRLEN, payload, length);
	message->header.nlmsg_len += NLA_ALIGN(attribute->nla_len);
	return attribute;
}

/* The first attribute of this type, or NULL. */
static const char *find(const char *from, size_t length, uint16_t type,
			size_t *found)
{
	while (length >= NLA_HDRLEN) {
		const struct nlattr *attribute = (const void *)from;
		size_t step = NLA_ALIGN(attribute->nla_len);

		if ((attribute->nla_type & NLA_TYPE_MASK) == type) {
			*found = attribute->nla_len - NLA_HDRLEN;
			return from + NLA_HDRLEN;
		}
		if (!step || step > length)
			break;
		from += step;
		length -= step;
	}
	return NULL;
}

/* Sends the message, keeps the answer, and waits for the acknowledgement. */
static void request(const struct message *message, char *answer, size_t size,
		    size_t *length)
{
	char datagram[32768];

	if (send(fd, message, message->header.nlmsg_len, 0) < 0)
		fail("send");
	for (;;) {
		ssize_t count = recv(fd, datagram, sizeof(datagram), 0);
		struct nlmsghdr *header = (void *)datagram;

		if (count < 0)
			fail("recv");
		for (; NLMSG_OK(header, count); header = NLMSG_NEXT(header, count)) {
			if (header->nlmsg_seq != message->header.nlmsg_seq)
				continue;
			if (header->nlmsg_type == NLMSG_ERROR) {
				const struct nlmsgerr *error = NLMSG_DATA(header);

				errno = -error->error;
				if (errno)
					fail("refused");
				return;
			}
			*length = NLMSG_PAYLOAD(header, GENL_HDRLEN);
			if (*length > size)
				*length = size;
			memcpy(answer, (char *)NLMSG_DATA(header) + GENL_HDRLEN,
			       *length);
		}
	}
}

static uint32_t number(const char *from, size_t length, uint16_t type)
{
	uint32_t value = 0;
	size_t found;
	const char *payload = find(from, length, type, &found);

	if (!payload || found != sizeof(value))
		fail("an attribute is missing");
	memcpy(&value, payload, sizeof(value));
	return value;
}

static void get(struct gauge *gauge)
{
	const char *name, *range;
	struct message message;
	char answer[4096];
	size_t length, found;

	begin(&message, family, GAUGE_CMD_GET, GAUGE_VERSION);
	put(&message, GAUGE_A_ID, &gauge_id, sizeof(gauge_id));
	request(&message, answer, sizeof(answer), &length);

	gauge->id = number(answer, length, GAUGE_A_ID);
	gauge->value = number(answer, length, GAUGE_A_VALUE);
	name = find(answer, length, GAUGE_A_NAME, &found);
	if (!name || found > sizeof(gauge->name))
		fail("the name is missing");
	memcpy(gauge->name, name, found);
	range = find(answer, length, GAUGE_A_RANGE, &found);
	if (!range)
		fail("the range is missing");
	gauge->low = number(range, found, GAUGE_RANGE_A_LOW);
	gauge->high = number(range, found, GAUGE_RANGE_A_HIGH);
	gauge->alarm = !!find(answer, length, GAUGE_A_ALARM, &found);
}

static void work(void)
{
	struct gauge gauge;

	get(&gauge);
	if (gauge.id != gauge_id)
		fail("another gauge");
}

static void prepare(void)
{
	struct message message;
	struct nlattr *range;
	char answer[4096];
	const char *id;
	uint32_t low = 1, high = 2;
	size_t length, found;

	begin(&message, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 2);
	put(&message, CTRL_ATTR_FAMILY_NAME, GAUGE_FAMILY, sizeof(GAUGE_FAMILY));
	request(&message, answer, sizeof(answer), &length);
	id = find(answer, length, CTRL_ATTR_FAMILY_ID, &found);
	if (!id)
		fail("no family");
	memcpy(&family, id, sizeof(family));

	begin(&message, family, GAUGE_CMD_NEW, GAUGE_VERSION);
	put(&message, GAUGE_A_NAME, "compare", sizeof("compare"));
	range = put(&message, GAUGE_A_RANGE | NLA_F_NESTED, "", 0);
	put(&message, GAUGE_RANGE_A_LOW, &low, sizeof(low));
	put(&message, GAUGE_RANGE_A_HIGH, &high, sizeof(high));
	range->nla_len = (char *)&message + message.header.nlmsg_len - (char *)range;
	request(&message, answer, sizeof(answer), &length);
	gauge_id = number(answer, length, GAUGE_A_ID);
}

int main(int argc, char **argv)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	char answer[4096];
	struct message message;
	size_t length;
	int one = 1, result;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0 || connect(fd, (void *)&kernel, sizeof(kernel)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)))
		fail("socket");
	prepare();
	result = compare(argc, argv, work);

	begin(&message, family, GAUGE_CMD_DEL, GAUGE_VERSION);
	put(&message, GAUGE_A_ID, &gauge_id, sizeof(gauge_id));
	request(&message, answer, sizeof(answer), &length);
	return result;
}
