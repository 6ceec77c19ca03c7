// SPDX-License-Identifier: GPL-2.0
/*
 * A table of gauges behind the generic netlink family "crossings". A gauge has
 * a name, a value, and a range that the value should stay in. Programs make,
 * set and remove gauges, read one or all of them, and listen to the group
 * "events". Nothing appears in /dev, /proc or /sys.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/types.h>
#include <linux/xarray.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netlink.h>

#include "netlink.h"

/* ANCHOR: asserts */
/* Programs are compiled with these numbers in them: add at the end only. */
static_assert(GAUGE_CMD_GONE == 6);
static_assert(GAUGE_A_ALARM == 5);
static_assert(GAUGE_RANGE_A_HIGH == 2);
/* ANCHOR_END: asserts */

/* ANCHOR: state */
struct gauge {
	u32 id;
	char name[GAUGE_NAME_MAX + 1];
	u32 value;
	u32 low;
	u32 high;
};

/* Guards the table, all gauges in it, and gauge_generation. */
static DEFINE_MUTEX(gauge_lock);
static DEFINE_XARRAY_ALLOC1(gauges);

/* Differs after every change, and is never 0. */
static unsigned int gauge_generation = 1;
/* ANCHOR_END: state */

enum {
	GAUGE_GROUP_EVENTS,
};

static struct genl_family gauge_family;

/* ANCHOR: policy */
static const struct nla_policy gauge_range_policy[GAUGE_RANGE_A_HIGH + 1] = {
	[GAUGE_RANGE_A_LOW]	= NLA_POLICY_MAX(NLA_U32, GAUGE_VALUE_MAX),
	[GAUGE_RANGE_A_HIGH]	= NLA_POLICY_MAX(NLA_U32, GAUGE_VALUE_MAX),
};

static const struct nla_policy gauge_id_policy[GAUGE_A_ID + 1] = {
	[GAUGE_A_ID]	= { .type = NLA_U32 },
};

static const struct nla_policy gauge_new_policy[GAUGE_A_RANGE + 1] = {
	[GAUGE_A_NAME]	= { .type = NLA_NUL_STRING, .len = GAUGE_NAME_MAX },
	[GAUGE_A_VALUE]	= NLA_POLICY_MAX(NLA_U32, GAUGE_VALUE_MAX),
	[GAUGE_A_RANGE]	= NLA_POLICY_NESTED(gauge_range_policy),
};

static const struct nla_policy gauge_set_policy[GAUGE_A_RANGE + 1] = {
	[GAUGE_A_ID]	= { .type = NLA_U32 },
	[GAUGE_A_VALUE]	= NLA_POLICY_MAX(NLA_U32, GAUGE_VALUE_MAX),
	[GAUGE_A_RANGE]	= NLA_POLICY_NESTED(gauge_range_policy),
};

/* ANCHOR_END: policy */

/* The most bytes that gauge_put() adds. */
static size_t gauge_size(void)
{
	return nla_total_size(sizeof(u32)) +		/* GAUGE_A_ID */
	       nla_total_size(GAUGE_NAME_MAX + 1) +	/* GAUGE_A_NAME */
	       nla_total_size(sizeof(u32)) +		/* GAUGE_A_VALUE */
	       nla_total_size(2 * nla_total_size(sizeof(u32))) + /* _RANGE */
	       nla_total_size(0);			/* GAUGE_A_ALARM */
}

/* ANCHOR: put */
static int gauge_put(struct sk_buff *skb, const struct gauge *gauge)
{
	struct nlattr *range;

	if (nla_put_u32(skb, GAUGE_A_ID, gauge->id) ||
	    nla_put_string(skb, GAUGE_A_NAME, gauge->name) ||
	    nla_put_u32(skb, GAUGE_A_VALUE, gauge->value))
		return -EMSGSIZE;

	range = nla_nest_start(skb, GAUGE_A_RANGE);
	if (!range)
		return -EMSGSIZE;
	if (nla_put_u32(skb, GAUGE_RANGE_A_LOW, gauge->low) ||
	    nla_put_u32(skb, GAUGE_RANGE_A_HIGH, gauge->high))
		return -EMSGSIZE;
	nla_nest_end(skb, range);

	if (gauge->value < gauge->low || gauge->value > gauge->high)
		return nla_put_flag(skb, GAUGE_A_ALARM);
	return 0;
}

/* ANCHOR_END: put */

/* ANCHOR: message */
/* Adds a message about a gauge: its header, or NULL if it does not fit. */
static void *gauge_message(struct sk_buff *skb, const struct gauge *gauge,
			   u32 portid, u32 seq, int flags, u8 cmd)
{
	void *header;

	header = genlmsg_put(skb, portid, seq, &gauge_family, flags, cmd);
	if (!header)
		return NULL;

	if (gauge_put(skb, gauge)) {
		genlmsg_cancel(skb, header);
		return NULL;
	}

	genlmsg_end(skb, header);
	return header;
}

/* ANCHOR_END: message */

/* ANCHOR: event */
/*
 * Under the lock, so that events leave in the order of the changes. The one who
 * asked gets a copy with NLM_F_ECHO, so the event has the request's number.
 */
static void gauge_event(struct genl_info *info, const struct gauge *gauge,
			u8 cmd)
{
	struct sk_buff *skb;

	lockdep_assert_held(&gauge_lock);

	while (!++gauge_generation)
		;
	if (!nlmsg_report(info->nlhdr) &&
	    !genl_has_listeners(&gauge_family, &init_net, GAUGE_GROUP_EVENTS))
		return;

	skb = genlmsg_new(gauge_size(), GFP_KERNEL);
	if (!skb || !gauge_message(skb, gauge, info->snd_portid, info->snd_seq,
				   0, cmd)) {
		nlmsg_free(skb);
		/* Tell them that they have missed something. */
		genl_set_err(&gauge_family, &init_net, 0, GAUGE_GROUP_EVENTS,
			     -ENOBUFS);
		return;
	}

	genl_notify(&gauge_family, skb, info, GAUGE_GROUP_EVENTS, GFP_KERNEL);
}

/* ANCHOR_END: event */

/* ANCHOR: find */
static struct gauge *gauge_find(struct genl_info *info)
{
	struct nlattr *id = info->attrs[GAUGE_A_ID];
	struct gauge *gauge;

	lockdep_assert_held(&gauge_lock);

	gauge = xa_load(&gauges, nla_get_u32(id));
	if (!gauge)
		NL_SET_ERR_MSG_ATTR(info->extack, id, "no gauge has this id");
	return gauge;
}

/* ANCHOR_END: find */

/* ANCHOR: apply */
/* Takes over the value and the range, if the request has them. */
static int gauge_apply(struct gauge *gauge, struct genl_info *info)
{
	struct nlattr *value = info->attrs[GAUGE_A_VALUE];
	struct nlattr *range = info->attrs[GAUGE_A_RANGE];
	struct nlattr *tb[GAUGE_RANGE_A_HIGH + 1];
	int err;

	if (value)
		gauge->value = nla_get_u32(value);
	if (!range)
		return 0;

	err = nla_parse_nested(tb, GAUGE_RANGE_A_HIGH, range,
			       gauge_range_policy, info->extack);
	if (err)
		return err;
	if (NL_REQ_ATTR_CHECK(info->extack, range, tb, GAUGE_RANGE_A_LOW) ||
	    NL_REQ_ATTR_CHECK(info->extack, range, tb, GAUGE_RANGE_A_HIGH))
		return -EINVAL;

	gauge->low = nla_get_u32(tb[GAUGE_RANGE_A_LOW]);
	gauge->high = nla_get_u32(tb[GAUGE_RANGE_A_HIGH]);
	if (gauge->low > gauge->high) {
		NL_SET_ERR_MSG_ATTR(info->extack, tb[GAUGE_RANGE_A_HIGH],
				    "high is below low");
		return -EINVAL;
	}
	return 0;
}

/* ANCHOR_END: apply */

/* ANCHOR: get */
static int gauge_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct gauge *gauge;
	struct sk_buff *reply;
	int err = 0;

	if (GENL_REQ_ATTR_CHECK(info, GAUGE_A_ID))
		return -EINVAL;

	reply = genlmsg_new(gauge_size(), GFP_KERNEL);
	if (!reply)
		return -ENOMEM;

	mutex_lock(&gauge_lock);
	gauge = gauge_find(info);
	if (!gauge)
		err = -ENOENT;
	else if (!gauge_message(reply, gauge, info->snd_portid, info->snd_seq,
				0, GAUGE_CMD_GET))
		err = -EMSGSIZE;
	mutex_unlock(&gauge_lock);

	if (err) {
		nlmsg_free(reply);
		return err;
	}
	return genlmsg_reply(reply, info);
}

/* ANCHOR_END: get */

/* ANCHOR: dump */
static int gauge_get_start(struct netlink_callback *cb)
{
	if (nlmsg_attrlen(cb->nlh, GENL_HDRLEN)) {
		NL_SET_ERR_MSG(cb->extack, "a dump takes no attributes");
		return -EINVAL;
	}
	return 0;
}

/* Fills one skb; called again, with the same cb, until it adds nothing. */
static int gauge_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned long *next = &cb->args[0];
	struct gauge *gauge;
	unsigned long id;
	int err = 0;

	mutex_lock(&gauge_lock);
	cb->seq = gauge_generation;
	xa_for_each_start(&gauges, id, gauge, *next) {
		void *header;

		header = gauge_message(skb, gauge, NETLINK_CB(cb->skb).portid,
				       cb->nlh->nlmsg_seq, NLM_F_MULTI,
				       GAUGE_CMD_GET);
		if (!header) {
			err = -EMSGSIZE;
			break;
		}
		genl_dump_check_consistent(cb, header);
		*next = id + 1;
	}
	mutex_unlock(&gauge_lock);

	/* A full skb is no error, unless not even one gauge went in. */
	return skb->len ?: err;
}

/* ANCHOR_END: dump */

/* ANCHOR: new */
static int gauge_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	struct gauge *gauge;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, GAUGE_A_NAME))
		return -EINVAL;

	gauge = kzalloc(sizeof(*gauge), GFP_KERNEL);
	if (!gauge)
		return -ENOMEM;
	nla_strscpy(gauge->name, info->attrs[GAUGE_A_NAME],
		    sizeof(gauge->name));
	gauge->high = GAUGE_VALUE_MAX;
	err = gauge_apply(gauge, info);
	if (err)
		goto free_gauge;

	/* What can fail comes before the table changes, but for the send. */
	reply = genlmsg_new(gauge_size(), GFP_KERNEL);
	if (!reply) {
		err = -ENOMEM;
		goto free_gauge;
	}

	mutex_lock(&gauge_lock);
	err = xa_alloc(&gauges, &gauge->id, gauge,
		       XA_LIMIT(1, GAUGE_COUNT_MAX), GFP_KERNEL);
	if (err)
		goto unlock;
	if (!gauge_message(reply, gauge, info->snd_portid, info->snd_seq, 0,
			   GAUGE_CMD_NEW)) {
		err = -EMSGSIZE;
		goto erase;
	}
	gauge_event(info, gauge, GAUGE_CMD_CHANGED);
	mutex_unlock(&gauge_lock);

	/* -EAGAIN: no room in the queue. The gauge is there all the same. */
	return genlmsg_reply(reply, info);

erase:
	xa_erase(&gauges, gauge->id);
unlock:
	mutex_unlock(&gauge_lock);
	nlmsg_free(reply);
	if (err == -EBUSY) {
		NL_SET_ERR_MSG(info->extack, "the table is full");
		err = -ENOSPC;
	}
free_gauge:
	kfree(gauge);
	return err;
}

/* ANCHOR_END: new */

/* ANCHOR: set */
static int gauge_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct gauge *gauge;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, GAUGE_A_ID))
		return -EINVAL;

	mutex_lock(&gauge_lock);
	gauge = gauge_find(info);
	if (gauge) {
		/* All of the request or nothing: work on a copy. */
		struct gauge changed = *gauge;

		err = gauge_apply(&changed, info);
		if (!err) {
			*gauge = changed;
			gauge_event(info, gauge, GAUGE_CMD_CHANGED);
		}
	} else {
		err = -ENOENT;
	}
	mutex_unlock(&gauge_lock);

	return err;
}

/* ANCHOR_END: set */

static int gauge_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct gauge *gauge;

	if (GENL_REQ_ATTR_CHECK(info, GAUGE_A_ID))
		return -EINVAL;

	mutex_lock(&gauge_lock);
	gauge = gauge_find(info);
	if (gauge) {
		xa_erase(&gauges, gauge->id);
		gauge_event(info, gauge, GAUGE_CMD_GONE);
	}
	mutex_unlock(&gauge_lock);

	if (!gauge)
		return -ENOENT;
	kfree(gauge);
	return 0;
}

/* ANCHOR: family */
static const struct genl_ops gauge_ops[] = {
	{
		.cmd		= GAUGE_CMD_GET,
		.policy		= gauge_id_policy,
		.maxattr	= ARRAY_SIZE(gauge_id_policy) - 1,
		.doit		= gauge_get_doit,
		.start		= gauge_get_start,
		.dumpit		= gauge_get_dumpit,
	},
	{
		.cmd		= GAUGE_CMD_NEW,
		.policy		= gauge_new_policy,
		.maxattr	= ARRAY_SIZE(gauge_new_policy) - 1,
		.flags		= GENL_ADMIN_PERM,
		.doit		= gauge_new_doit,
	},
	{
		.cmd		= GAUGE_CMD_SET,
		.policy		= gauge_set_policy,
		.maxattr	= ARRAY_SIZE(gauge_set_policy) - 1,
		.flags		= GENL_ADMIN_PERM,
		.doit		= gauge_set_doit,
	},
	{
		.cmd		= GAUGE_CMD_DEL,
		.policy		= gauge_id_policy,
		.maxattr	= ARRAY_SIZE(gauge_id_policy) - 1,
		.flags		= GENL_ADMIN_PERM,
		.doit		= gauge_del_doit,
	},
};

static const struct genl_multicast_group gauge_groups[] = {
	[GAUGE_GROUP_EVENTS] = { .name = GAUGE_GROUP },
};

static struct genl_family gauge_family __ro_after_init = {
	.module		= THIS_MODULE,
	.name		= GAUGE_FAMILY,
	.version	= GAUGE_VERSION,
	.parallel_ops	= true,
	.ops		= gauge_ops,
	.n_ops		= ARRAY_SIZE(gauge_ops),
	.mcgrps		= gauge_groups,
	.n_mcgrps	= ARRAY_SIZE(gauge_groups),
};

/* ANCHOR_END: family */

/* ANCHOR: init */
static int __init gauge_init(void)
{
	return genl_register_family(&gauge_family);
}

static void __exit gauge_exit(void)
{
	struct gauge *gauge;
	unsigned long id;

	/* From here on no request is running and none will come. */
	genl_unregister_family(&gauge_family);

	xa_for_each(&gauges, id, gauge)
		kfree(gauge);
	xa_destroy(&gauges);
}

module_init(gauge_init);
module_exit(gauge_exit);
/* ANCHOR_END: init */

MODULE_ALIAS_GENL_FAMILY(GAUGE_FAMILY);
MODULE_DESCRIPTION("Crossings: a table of gauges behind generic netlink");
MODULE_LICENSE("GPL");
