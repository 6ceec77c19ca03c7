// SPDX-License-Identifier: GPL-2.0
/*
 * FAULTY ON PURPOSE, for the lab only: netlink protocol 31 as the widely copied
 * example answers it, and with one of its faults: the answer goes where the
 * *message* says. The example has more of them. It never asks how long a
 * message is, prints it as a string that nobody promised to end, and has no
 * limit for talking to itself. Those three are repaired here.
 * /sys/module/crossings_netlink_copied/parameters/received counts the messages
 * that arrived.
 */
#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#define COPIED_PROTOCOL	31

static struct sock *copied_sock;

/* Counted by every sender, and two may send at the same time. */
static atomic_t received;

static int received_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(&received));
}

static const struct kernel_param_ops received_ops = {
	.get = received_get,
};
module_param_cb(received, &received_ops, NULL, 0444);
MODULE_PARM_DESC(received, "messages that arrived (read only)");

/* ANCHOR: input */
/* Ours. The example has no such limit: the end of the kernel's stack is its. */
#define COPIED_MAX	20

static void copied_input(struct sk_buff *skb)
{
	static const char answer[] = "Hello from the kernel";
	struct nlmsghdr *request = nlmsg_hdr(skb);
	struct nlmsghdr *header;
	struct sk_buff *reply;

	/* Ours as well: of a shorter message there is no port to read. */
	if (atomic_inc_return(&received) > COPIED_MAX ||
	    skb->len < NLMSG_HDRLEN)
		return;

	reply = nlmsg_new(sizeof(answer), GFP_KERNEL);
	if (!reply)
		return;
	header = nlmsg_put(reply, 0, 0, NLMSG_DONE, sizeof(answer), 0);
	if (!header) {
		nlmsg_free(reply);
		return;
	}
	memcpy(nlmsg_data(header), answer, sizeof(answer));

	/* The fault: whoever sent this could write any number here. */
	nlmsg_unicast(copied_sock, reply, request->nlmsg_pid);
}

/* ANCHOR_END: input */

static int __init copied_init(void)
{
	struct netlink_kernel_cfg cfg = {
		.input = copied_input,
	};

	copied_sock = netlink_kernel_create(&init_net, COPIED_PROTOCOL, &cfg);
	return copied_sock ? 0 : -ENOMEM;
}

static void __exit copied_exit(void)
{
	netlink_kernel_release(copied_sock);
}

module_init(copied_init);
module_exit(copied_exit);

MODULE_DESCRIPTION("Crossings: a netlink protocol that answers whom it is told");
MODULE_LICENSE("GPL");
