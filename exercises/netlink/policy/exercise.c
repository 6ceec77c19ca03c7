// SPDX-License-Identifier: GPL-2.0
/*
 * A panel of eight coloured lamps behind the generic netlink family "exercise".
 * PANEL_CMD_SET, for everybody, gives a lamp a colour. PANEL_CMD_GET answers
 * with the colour of a lamp and the brightness of the panel, which is turned by
 * a knob and not by a program. ERANGE: there is no such lamp, or the colour has
 * not three bytes. EINVAL: an attribute is missing, or it is none of these.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <net/genetlink.h>
#include <net/netlink.h>

enum {
	PANEL_CMD_GET = 1,
	PANEL_CMD_SET,
};

enum {
	PANEL_A_LAMP = 1,	/* u32, from 0 */
	PANEL_A_COLOUR,		/* three bytes: red, green, blue */
	PANEL_A_BRIGHTNESS,	/* u8, in answers only */
};

#define PANEL_LAMPS	8

struct lamp {
	u8 red;
	u8 green;
	u8 blue;
};

struct panel {
	struct lamp lamps[PANEL_LAMPS];
	u8 brightness;
};

/* Generic netlink calls our functions one at a time, under its own lock. */
static struct panel panel = { .brightness = 40 };

static const struct nla_policy panel_policy[PANEL_A_COLOUR + 1] = {
	[PANEL_A_LAMP]		= { .type = NLA_U32 },
	[PANEL_A_COLOUR]	= { .type = NLA_BINARY,
				    .len = sizeof(struct lamp) },
};

static struct genl_family panel_family;

static int panel_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *header;
	u32 lamp;

	if (GENL_REQ_ATTR_CHECK(info, PANEL_A_LAMP))
		return -EINVAL;
	lamp = nla_get_u32(info->attrs[PANEL_A_LAMP]);

	reply = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	header = genlmsg_put_reply(reply, info, &panel_family, 0,
				   PANEL_CMD_GET);
	if (!header ||
	    nla_put(reply, PANEL_A_COLOUR, sizeof(struct lamp),
		    &panel.lamps[lamp]) ||
	    nla_put_u8(reply, PANEL_A_BRIGHTNESS, panel.brightness)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

static int panel_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct lamp *new;
	u32 lamp;

	if (GENL_REQ_ATTR_CHECK(info, PANEL_A_LAMP) ||
	    GENL_REQ_ATTR_CHECK(info, PANEL_A_COLOUR))
		return -EINVAL;
	lamp = nla_get_u32(info->attrs[PANEL_A_LAMP]);
	new = nla_data(info->attrs[PANEL_A_COLOUR]);
	panel.lamps[lamp] = *new;
	return 0;
}

static const struct genl_ops panel_ops[] = {
	{
		.cmd	= PANEL_CMD_GET,
		.doit	= panel_get_doit,
	},
	{
		.cmd	= PANEL_CMD_SET,
		.doit	= panel_set_doit,
	},
};

static struct genl_family panel_family __ro_after_init = {
	.module		= THIS_MODULE,
	.name		= "exercise",
	.version	= 1,
	.policy		= panel_policy,
	.maxattr	= ARRAY_SIZE(panel_policy) - 1,
	.ops		= panel_ops,
	.n_ops		= ARRAY_SIZE(panel_ops),
};

static int __init panel_init(void)
{
	return genl_register_family(&panel_family);
}
module_init(panel_init);

static void __exit panel_exit(void)
{
	genl_unregister_family(&panel_family);
}
module_exit(panel_exit);

MODULE_DESCRIPTION("Crossings: a panel of lamps behind generic netlink");
MODULE_LICENSE("GPL");
