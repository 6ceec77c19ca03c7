// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink protocol 31 as the widely copied example answers it, with that
 * example's fault: the answer goes where the *message* says. Never write a
 * driver like this. /sys/module/crossings_netlink_copied/parameters/received
 * counts the messages that arrived.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#define COPIED_PROTOCOL	31

static struct sock *copied_sock;

static unsigned int received;
module_param(received, uint, 0444);
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

	if (++received > COPIED_MAX)
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
