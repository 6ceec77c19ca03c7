// SPDX-License-Identifier: GPL-2.0
/*
 * The lights of a staircase with eight floors, behind the generic netlink
 * family "exercise". STAIRS_CMD_PRESS lets the light of a floor burn for some
 * time from now on, and then it goes out by itself. STAIRS_CMD_GET answers
 * whether it burns. Whenever a light goes on or out, STAIRS_CMD_CHANGED is sent
 * to all who have joined the group "lights", also to who has pressed. The
 * events of a light come in the order in which it has changed. Who listens,
 * and whether they read, is never a reason to refuse a press.
 */
#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/nospec.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/types.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netlink.h>

enum {
	STAIRS_CMD_PRESS = 1,
	STAIRS_CMD_GET,
	STAIRS_CMD_CHANGED,	/* event */
};

enum {
	STAIRS_A_FLOOR = 1,	/* u32, from 0 */
	STAIRS_A_TIME,		/* u32, in milliseconds */
	STAIRS_A_BURNS,		/* u8, in answers and events: 1 or 0 */
};

#define STAIRS_FLOORS	8
#define STAIRS_TIME_MAX	30000

struct light {
	u32 floor;
	bool burns;
	struct timer_list timer;	/* is pending while the light burns */
};

/* Guards burns. Timers take it as well. */
static DEFINE_SPINLOCK(stairs_lock);
static struct light lights[STAIRS_FLOORS];

static const struct nla_policy stairs_press_policy[STAIRS_A_TIME + 1] = {
	[STAIRS_A_FLOOR]	= NLA_POLICY_MAX(NLA_U32, STAIRS_FLOORS - 1),
	[STAIRS_A_TIME]		= NLA_POLICY_RANGE(NLA_U32, 1, STAIRS_TIME_MAX),
};

static const struct nla_policy stairs_get_policy[STAIRS_A_FLOOR + 1] = {
	[STAIRS_A_FLOOR]	= NLA_POLICY_MAX(NLA_U32, STAIRS_FLOORS - 1),
};

static struct genl_family stairs_family;

/* Adds a message about a light. */
static int stairs_message(struct sk_buff *skb, u32 portid, u32 seq, u8 cmd,
			  u32 floor, bool burns)
{
	void *header = genlmsg_put(skb, portid, seq, &stairs_family, 0, cmd);

	if (!header)
		return -EMSGSIZE;
	if (nla_put_u32(skb, STAIRS_A_FLOOR, floor) ||
	    nla_put_u8(skb, STAIRS_A_BURNS, burns))
		return -EMSGSIZE;
	genlmsg_end(skb, header);
	return 0;
}

/* The light's time is over. */
static void stairs_out(struct timer_list *timer)
{
	struct light *light = container_of(timer, struct light, timer);

	spin_lock(&stairs_lock);
	/* If it is pending, somebody has pressed while we waited here. */
	if (!timer_pending(timer))
		light->burns = false;
	spin_unlock(&stairs_lock);
}

static struct light *stairs_light(struct genl_info *info)
{
	u32 floor = nla_get_u32(info->attrs[STAIRS_A_FLOOR]);

	return &lights[array_index_nospec(floor, STAIRS_FLOORS)];
}

static int stairs_press_doit(struct sk_buff *skb, struct genl_info *info)
{
	unsigned long ticks;
	struct light *light;

	if (GENL_REQ_ATTR_CHECK(info, STAIRS_A_FLOOR) ||
	    GENL_REQ_ATTR_CHECK(info, STAIRS_A_TIME))
		return -EINVAL;
	light = stairs_light(info);
	ticks = msecs_to_jiffies(nla_get_u32(info->attrs[STAIRS_A_TIME]));

	spin_lock_bh(&stairs_lock);
	light->burns = true;
	mod_timer(&light->timer, jiffies + ticks);
	spin_unlock_bh(&stairs_lock);
	return 0;
}

static int stairs_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	struct light *light;
	bool burns;

	if (GENL_REQ_ATTR_CHECK(info, STAIRS_A_FLOOR))
		return -EINVAL;
	light = stairs_light(info);

	spin_lock_bh(&stairs_lock);
	burns = light->burns;
	spin_unlock_bh(&stairs_lock);

	reply = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	if (stairs_message(reply, info->snd_portid, info->snd_seq,
			   STAIRS_CMD_GET, light->floor, burns)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	return genlmsg_reply(reply, info);
}

static const struct genl_ops stairs_ops[] = {
	{
		.cmd		= STAIRS_CMD_PRESS,
		.policy		= stairs_press_policy,
		.maxattr	= ARRAY_SIZE(stairs_press_policy) - 1,
		.doit		= stairs_press_doit,
	},
	{
		.cmd		= STAIRS_CMD_GET,
		.policy		= stairs_get_policy,
		.maxattr	= ARRAY_SIZE(stairs_get_policy) - 1,
		.doit		= stairs_get_doit,
	},
};

static struct genl_family stairs_family __ro_after_init = {
	.module		= THIS_MODULE,
	.name		= "exercise",
	.version	= 1,
	.ops		= stairs_ops,
	.n_ops		= ARRAY_SIZE(stairs_ops),
};

static int __init stairs_init(void)
{
	u32 floor;

	for (floor = 0; floor < STAIRS_FLOORS; floor++) {
		lights[floor].floor = floor;
		timer_setup(&lights[floor].timer, stairs_out, 0);
	}
	return genl_register_family(&stairs_family);
}
module_init(stairs_init);

static void __exit stairs_exit(void)
{
	u32 floor;

	/* From here on a press starts no timer, and none is running. */
	for (floor = 0; floor < STAIRS_FLOORS; floor++)
		timer_shutdown_sync(&lights[floor].timer);
	genl_unregister_family(&stairs_family);
}
module_exit(stairs_exit);

MODULE_DESCRIPTION("Crossings: the lights of a staircase behind generic netlink");
MODULE_LICENSE("GPL");
