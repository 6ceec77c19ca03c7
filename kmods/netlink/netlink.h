/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The contract of the generic netlink family "crossings", a table of gauges:
 * everything a program and the module must agree on, and nothing else. Both
 * sides may include it.
 */
#ifndef CROSSINGS_NETLINK_H
#define CROSSINGS_NETLINK_H

/* ANCHOR: names */
/* Names, because the numbers of a family and its groups change. */
#define GAUGE_FAMILY	"crossings"
#define GAUGE_VERSION	1
#define GAUGE_GROUP	"events"
/* ANCHOR_END: names */

/* ANCHOR: commands */
enum {
	GAUGE_CMD_GET = 1,	/* one gauge, by id; or as a dump, all of them */
	GAUGE_CMD_NEW,		/* make a gauge; the answer says its id */
	GAUGE_CMD_SET,		/* change a gauge's value, range or both */
	GAUGE_CMD_DEL,		/* remove a gauge */
	GAUGE_CMD_CHANGED,	/* event: a gauge was made or changed */
	GAUGE_CMD_GONE,		/* event: a gauge was removed */
};

/* ANCHOR_END: commands */

/* ANCHOR: attributes */
enum {
	GAUGE_A_ID = 1,		/* u32, chosen by the kernel, from 1 */
	GAUGE_A_NAME,		/* string, at most GAUGE_NAME_MAX bytes */
	GAUGE_A_VALUE,		/* u32, at most GAUGE_VALUE_MAX */
	GAUGE_A_RANGE,		/* nest of GAUGE_RANGE_A_...: where it should be */
	GAUGE_A_ALARM,		/* flag: the value is outside the range */
};

enum {
	GAUGE_RANGE_A_LOW = 1,	/* u32 */
	GAUGE_RANGE_A_HIGH,	/* u32, not below low */
};

#define GAUGE_NAME_MAX	15	/* bytes, without the NUL at the end */
#define GAUGE_VALUE_MAX	10000
#define GAUGE_COUNT_MAX	1024	/* gauges in the table */
/* ANCHOR_END: attributes */

#endif /* CROSSINGS_NETLINK_H */
