// SPDX-License-Identifier: GPL-2.0
/* Routes with several hops as groups: IPv6 siblings, and the switch. See rib.h. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include "user/rib_priv.h"

__u32 rib_mtu(const struct rib_key *key)
{
	const struct nlattr *attr;

	mnl_attr_for_each_payload((const void *)key->metrics, key->metrics_len)
	{
		if (mnl_attr_get_type(attr) == RTAX_MTU &&
		    mnl_attr_get_payload_len(attr) == sizeof(__u32))
			return mnl_attr_get_u32(attr);
	}
	return 0;
}

static void sibling_hop(const struct rib_key *key, __u32 oif, struct rib_hop *hop)
{
	*hop = (struct rib_hop){
		.via = {.kind = XHOP_CLASS_VIA,
			.mtu = rib_mtu(key),
			.ifindex = oif,
			.family = key->gw_family},
		.weight = key->flow + 1, /* rtmsg.c */
	};
	memcpy(hop->via.addr, key->gateway, sizeof(hop->via.addr));
}

__u32 rib_siblings(struct rib *r, const struct family *f, const __u8 *addr, int len, __u32 metric)
{
	struct rib_hop hops[XHOP_GROUP_SLOTS];
	unsigned int count = 0;

	for (__u32 i = rib_table_chain(&f->t, addr, len); i; i = f->t.route[i].next) {
		const struct rib_route *route = &f->t.route[i];
		const struct rib_key *key;
		__u32 oif;

		if (route->metric != metric)
			continue;
		if (!(route->flags & RIB_ECMP) || route->flags & RIB_ODD ||
		    count == XHOP_GROUP_SLOTS)
			return XHOP_ASK;
		if (!route->class)
			continue; /* down */
		key = class_key(r->classes, route->class, NULL, &oif);
		if (!key)
			return XHOP_ASK; /* until it is read again */
		sibling_hop(key, oif, &hops[count++]);
	}
	return group_get(r->groups, f->af, hops, count, false);
}

/* Decide anew what has several hops; off: without groups from now on. */
static int settle_all(struct rib *r, struct family *f, bool off)
{
	int err = 0;

	for (__u32 i = 1; i < f->t.end && !err; i++) {
		struct rib_route *route = &f->t.route[i];
		__u32 group = route->len == RIB_FREE ? 0 : route->class & XHOP_GROUP;

		if (route->len == RIB_FREE || (!group && !(route->flags & RIB_ECMP)))
			continue;
		if (group && off) {
			group = route->class;
			route->class = 0;
		}
		err = rib_settle(r, f, route->addr, route->len);
		if (group && off)
			rib_put(r, group);
	}
	return err;
}

int rib_flow(struct rib *r, bool flow, __u32 groups_max)
{
	int err = 0;

	if (flow == r->flow)
		return 0;
	if (flow && !r->groups) {
		r->groups = groups_new(r, groups_max);
		if (!r->groups)
			return -ENOMEM;
	}
	r->flow = flow;
	for (int i = 0; i < 2 && !err; i++)
		err = settle_all(r, &r->family[i], !flow);
	return err;
}

const struct rib_hop *rib_group_hops(const struct rib *r, __u32 value, unsigned int *count)
{
	return value != XHOP_ASK && value & XHOP_GROUP && r->groups
		       ? group_hops(r->groups, value, count)
		       : NULL;
}
