/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads the kernel's messages about routes, nexthop objects and rules. No state, no system
 * calls; the message may be anything (length fields are checked).
 */
#ifndef XHOP_USER_RTMSG_H
#define XHOP_USER_RTMSG_H

#include <libmnl/libmnl.h>
#include "user/rib.h"

/* Whether a nexthop object is one plain hop; others are left to the kernel. */
typedef bool (*rtmsg_plain_fn)(void *data, __u32 nh_id);

struct rtmsg_to {
	rtmsg_plain_fn plain;
	void *data;
	/* Called for the route, and for each hop of an IPv6 multipath route (hop 0, 1, ...), since
	 * the kernel keeps and deletes those one by one. <0 ends it. */
	int (*change)(void *data, const struct rib_change *c, unsigned int hop);
};

/* How many hops it told; 0: a route of another table or family, or cached. -EBADMSG. */
int rtmsg_route(const struct nlmsghdr *nlh, const struct rtmsg_to *to);
/* A cached IPv6 route: 1 and its destination, 0: not one, -EBADMSG. */
int rtmsg_cached(const struct nlmsghdr *nlh, __u8 addr[16]);

struct rtmsg_nexthop {
	__u32 id;
	bool plain;
};

int rtmsg_nexthop(const struct nlmsghdr *nlh, struct rtmsg_nexthop *nexthop);

struct rtmsg_rule {
	__u8 family;
	__u32 priority, table;
	bool plain;    /* no selector, action lookup */
	bool inverted; /* not ... */
	char iif[16];  /* "": any */
};

int rtmsg_rule(const struct nlmsghdr *nlh, struct rtmsg_rule *rule);

#endif
