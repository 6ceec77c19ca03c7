// SPDX-License-Identifier: GPL-2.0
/*
 * A cloakroom behind the generic netlink family "exercise".
 * CLOAKROOM_CMD_HAND_IN takes a coat (ENOSPC: 2000 hang there) and answers with
 * its number; numbers go up, and none is used twice. CLOAKROOM_CMD_FETCH gives
 * a coat back (ENOENT: it is not there). CLOAKROOM_CMD_LIST is a dump of the
 * coats by their numbers, however many there are. A coat that hangs there from
 * the beginning of a dump to its end is listed once. Coats may come and go
 * meanwhile: a list that was not right at any moment has NLM_F_DUMP_INTR in one
 * of its messages.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/types.h>
#include <net/genetlink.h>
#include <net/netlink.h>

enum {
	CLOAKROOM_CMD_HAND_IN = 1,
	CLOAKROOM_CMD_FETCH,
	CLOAKROOM_CMD_LIST,
};

enum {
	CLOAKROOM_A_NUMBER = 1,	/* u32, from 1 */
};

#define CLOAKROOM_COATS_MAX	2000

struct coat {
	struct list_head list;
	u32 number;
};

/*
 * Generic netlink calls our functions one at a time, under its own lock. It
 * does not hold that from one call to the next.
 */
static LIST_HEAD(cloakroom);	/* the coats, in the order of their numbers */
static unsigned int cloakroom_coats;
static u32 cloakroom_number;	/* of the coat that was handed in last */

/* A coat that was freed is filled with rubbish, for whoever looks at it. */
static struct kmem_cache *coats;

static const struct nla_policy cloakroom_policy[CLOAKROOM_A_NUMBER + 1] = {
	[CLOAKROOM_A_NUMBER]	= { .type = NLA_U32 },
};

static struct genl_family cloakroom_family;

/* Adds a message about a coat: its header, or NULL if it does not fit. */
static void *cloakroom_message(struct sk_buff *skb, u32 portid, u32 seq,
			       int flags, u8 cmd, const struct coat *coat)
{
	void *header = genlmsg_put(skb, portid, seq, &cloakroom_family, flags,
				   cmd);

	if (!header)
		return NULL;
	if (nla_put_u32(skb, CLOAKROOM_A_NUMBER, coat->number)) {
		genlmsg_cancel(skb, header);
		return NULL;
	}
	genlmsg_end(skb, header);
	return header;
}

/* Called with a fresh skb each time, until it returns 0: that was all then. */
static int cloakroom_list_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	struct coat *coat;

	list_for_each_entry(coat, &cloakroom, list) {
		if (!cloakroom_message(skb, NETLINK_CB(cb->skb).portid,
				       cb->nlh->nlmsg_seq, NLM_F_MULTI,
				       CLOAKROOM_CMD_LIST, coat))
			break;
	}
	return 0;
}

static int cloakroom_hand_in_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	struct coat *coat;

	if (cloakroom_coats == CLOAKROOM_COATS_MAX)
		return -ENOSPC;

	reply = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	coat = kmem_cache_alloc(coats, GFP_KERNEL);
	if (!coat) {
		nlmsg_free(reply);
		return -ENOMEM;
	}
	coat->number = cloakroom_number + 1;
	if (!cloakroom_message(reply, info->snd_portid, info->snd_seq, 0,
			       CLOAKROOM_CMD_HAND_IN, coat)) {
		kmem_cache_free(coats, coat);
		nlmsg_free(reply);
		return -EMSGSIZE;
	}

	cloakroom_number++;
	cloakroom_coats++;
	list_add_tail(&coat->list, &cloakroom);
	return genlmsg_reply(reply, info);
}

static void cloakroom_remove(struct coat *coat)
{
	list_del(&coat->list);
	cloakroom_coats--;
	kmem_cache_free(coats, coat);
}

static int cloakroom_fetch_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct coat *coat;
	u32 number;

	if (GENL_REQ_ATTR_CHECK(info, CLOAKROOM_A_NUMBER))
		return -EINVAL;
	number = nla_get_u32(info->attrs[CLOAKROOM_A_NUMBER]);

	list_for_each_entry(coat, &cloakroom, list) {
		if (coat->number == number) {
			cloakroom_remove(coat);
			return 0;
		}
	}
	return -ENOENT;
}

static const struct genl_ops cloakroom_ops[] = {
	{
		.cmd		= CLOAKROOM_CMD_HAND_IN,
		.doit		= cloakroom_hand_in_doit,
	},
	{
		.cmd		= CLOAKROOM_CMD_FETCH,
		.policy		= cloakroom_policy,
		.maxattr	= ARRAY_SIZE(cloakroom_policy) - 1,
		.doit		= cloakroom_fetch_doit,
	},
	{
		.cmd		= CLOAKROOM_CMD_LIST,
		.dumpit		= cloakroom_list_dumpit,
	},
};

static struct genl_family cloakroom_family __ro_after_init = {
	.module		= THIS_MODULE,
	.name		= "exercise",
	.version	= 1,
	.ops		= cloakroom_ops,
	.n_ops		= ARRAY_SIZE(cloakroom_ops),
};

static int __init cloakroom_init(void)
{
	int err;

	coats = KMEM_CACHE(coat, SLAB_POISON);
	if (!coats)
		return -ENOMEM;
	err = genl_register_family(&cloakroom_family);
	if (err)
		kmem_cache_destroy(coats);
	return err;
}
module_init(cloakroom_init);

static void __exit cloakroom_exit(void)
{
	struct coat *coat, *next;

	genl_unregister_family(&cloakroom_family);
	list_for_each_entry_safe(coat, next, &cloakroom, list)
		cloakroom_remove(coat);
	kmem_cache_destroy(coats);
}
module_exit(cloakroom_exit);

MODULE_DESCRIPTION("Crossings: a cloakroom behind generic netlink");
MODULE_LICENSE("GPL");
