// SPDX-License-Identifier: GPL-2.0
/*
 * Route messages: see rtmsg.h. An attribute that this file does not know makes a route odd, so
 * a newer kernel's routes are left to it.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/ipv6_route.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include "user/rib_table.h"
#include "user/rtmsg.h"

/* What the administrator sets; the others come and go with the device and the hardware. */
#define FLAGS_KEPT (RTNH_F_ONLINK | RTNH_F_PERVASIVE)
#define FLAGS_DOWN (RTNH_F_DEAD | RTNH_F_LINKDOWN)

struct reading {
	struct rib_change c;
	int size; /* of an address */
	const struct nlattr *multipath;
	bool encap;
	bool expires;
};

static bool get_u32(const struct nlattr *attr, __u32 *value)
{
	if (mnl_attr_get_payload_len(attr) < sizeof(*value))
		return false;
	memcpy(value, mnl_attr_get_payload(attr), sizeof(*value));
	return true;
}

static bool get_addr(const struct nlattr *attr, int size, __u8 *addr)
{
	if (mnl_attr_get_payload_len(attr) != size)
		return false;
	memcpy(addr, mnl_attr_get_payload(attr), size);
	return true;
}

static bool get_via(const struct nlattr *attr, struct rib_key *key)
{
	const struct rtvia *via = mnl_attr_get_payload(attr);
	int len = mnl_attr_get_payload_len(attr), size;
	__u16 family;

	if (len < (int)sizeof(family))
		return false;
	memcpy(&family, via, sizeof(family));
	size = family == AF_INET6 ? 16 : 4;
	if ((family != AF_INET && family != AF_INET6) || len != (int)sizeof(family) + size)
		return false;
	key->gw_family = family;
	memcpy(key->gateway, via->rtvia_addr, size);
	return true;
}

/* The next hop's own attributes, of a route or of one hop of several. false: malformed. */
static bool read_hop(struct reading *r, const struct nlattr *attr)
{
	struct rib_key *key = &r->c.key;

	switch (mnl_attr_get_type(attr)) {
	case RTA_GATEWAY:
		key->gw_family = key->family;
		return get_addr(attr, r->size, key->gateway);
	case RTA_VIA:
		return get_via(attr, key);
	case RTA_FLOW:
		return get_u32(attr, &key->flow);
	case RTA_ENCAP:
	case RTA_ENCAP_TYPE:
		r->encap = true;
		r->c.ident = rib_hash(r->c.ident, mnl_attr_get_payload(attr),
				      mnl_attr_get_payload_len(attr));
		return true;
	default:
		r->c.odd = true;
		return true;
	}
}

static bool read_metrics(struct reading *r, const struct nlattr *attr)
{
	struct rib_key *key = &r->c.key;
	int len = mnl_attr_get_payload_len(attr);

	if (len > RIB_METRICS) {
		r->c.odd = true;
		r->c.ident = rib_hash(r->c.ident, mnl_attr_get_payload(attr), len);
		return true;
	}
	memcpy(key->metrics, mnl_attr_get_payload(attr), len);
	key->metrics_len = len;
	return true;
}

static bool read_cacheinfo(struct reading *r, const struct nlattr *attr)
{
	struct rta_cacheinfo info;

	if (mnl_attr_get_payload_len(attr) < sizeof(info))
		return false;
	memcpy(&info, mnl_attr_get_payload(attr), sizeof(info));
	r->expires |= info.rta_expires != 0;
	return true;
}

static bool read_attr(struct reading *r, const struct nlattr *attr, __u32 *table)
{
	struct rib_key *key = &r->c.key;

	switch (mnl_attr_get_type(attr)) {
	case RTA_DST:
		return get_addr(attr, r->size, r->c.addr);
	case RTA_TABLE:
		return get_u32(attr, table);
	case RTA_OIF:
		return get_u32(attr, &r->c.oif);
	case RTA_PRIORITY:
		return get_u32(attr, &r->c.metric);
	case RTA_PREFSRC:
		return get_addr(attr, r->size, key->prefsrc);
	case RTA_NH_ID:
		return get_u32(attr, &key->nh_id);
	case RTA_METRICS:
		return read_metrics(r, attr);
	case RTA_CACHEINFO:
		return read_cacheinfo(r, attr);
	case RTA_MULTIPATH:
		r->multipath = attr;
		return true;
	case RTA_PREF:
		if (mnl_attr_get_payload_len(attr) < 1)
			return false;
		key->pref = mnl_attr_get_u8(attr);
		return true;
	case RTA_PAD:
		return true;
	case RTA_SRC: /* src_len says it */
		r->c.ident = rib_hash(r->c.ident, mnl_attr_get_payload(attr),
				      mnl_attr_get_payload_len(attr));
		r->c.odd = true;
		return true;
	default:
		return read_hop(r, attr);
	}
}

/*
 * The kernel sets lifetimes of IPv6 routes in place and says nothing: of prefixes on the link by
 * the addresses there, and of what router advertisements bring.
 */
static bool lifetime_may_change(const struct rib_key *key)
{
	return key->family == AF_INET6 && key->type == RTN_UNICAST && !key->nh_id &&
	       (!key->gw_family || key->protocol == RTPROT_RA);
}

/* Last: what tells this route from others of the prefix. A nexthop object's hops may change. */
static void finish(struct reading *r, const struct rtmsg_to *to)
{
	struct rib_change *c = &r->c;

	if (c->key.nh_id) {
		c->key.gw_family = 0;
		c->key.flags = 0;
		memset(c->key.gateway, 0, sizeof(c->key.gateway));
		if (!c->oif || !to->plain || !to->plain(to->data, c->key.nh_id))
			c->odd = true;
	} else {
		c->key.oif = c->oif;
	}
	c->key.priority = c->metric;
	if (lifetime_may_change(&c->key)) {
		c->key.own_len = c->len + 1;
		memcpy(c->key.own, c->addr, sizeof(c->key.own));
	}
	if (r->encap || r->expires || c->key.type != RTN_UNICAST || !c->oif)
		c->odd = true;
	c->ident =
		rib_hash(c->ident, &c->key, offsetof(struct rib_key, metrics) + c->key.metrics_len);
	c->ecmp = c->key.family == AF_INET6 && c->key.gw_family && !c->key.nh_id &&
		  c->key.protocol != RTPROT_RA && c->key.protocol != RTPROT_KERNEL;
}

/* rtnexthop's flags and length differ in place between events; the rest is as the user gave it. */
static __u32 hash_hop(__u32 seed, const struct rtnexthop *hop)
{
	__u32 fixed[3] = {hop->rtnh_ifindex, hop->rtnh_hops, hop->rtnh_flags & FLAGS_KEPT};

	seed = rib_hash(seed, fixed, sizeof(fixed));
	return rib_hash(seed, hop + 1, hop->rtnh_len - sizeof(*hop));
}

static int read_hop6(const struct reading *common, const struct rtnexthop *hop, unsigned int nth,
		     const struct rtmsg_to *to)
{
	struct reading r = *common;
	struct nlattr *attr = (struct nlattr *)(hop + 1);
	int left = hop->rtnh_len - sizeof(*hop);

	for (; mnl_attr_ok(attr, left);
	     left -= MNL_ALIGN(attr->nla_len), attr = mnl_attr_next(attr)) {
		if (!read_hop(&r, attr))
			return -EBADMSG;
	}
	r.c.oif = hop->rtnh_ifindex;
	r.c.down = hop->rtnh_flags & FLAGS_DOWN;
	r.c.key.flags = hop->rtnh_flags & FLAGS_KEPT;
	finish(&r, to);
	r.c.key.flow =
		hop->rtnh_hops; /* IPv6 has no RTA_FLOW; not part of what tells routes apart */
	return to->change(to->data, &r.c, nth);
}

/* false: malformed. A hop with more than a gateway makes *plain false. */
static bool read_member(const struct reading *common, const struct rtnexthop *hop,
			struct rib_hop *member, bool *plain)
{
	struct reading r = *common;
	struct nlattr *attr = (struct nlattr *)(hop + 1);
	int left = hop->rtnh_len - sizeof(*hop);

	r.c.odd = false;
	r.c.key.gw_family = 0;
	memset(r.c.key.gateway, 0, sizeof(r.c.key.gateway));
	for (; mnl_attr_ok(attr, left);
	     left -= MNL_ALIGN(attr->nla_len), attr = mnl_attr_next(attr)) {
		if (!read_hop(&r, attr))
			return false;
	}
	*plain &= !r.c.odd && !r.encap;
	*member = (struct rib_hop){
		.via = {.kind = XHOP_CLASS_VIA,
			.mtu = rib_mtu(&r.c.key),
			.ifindex = hop->rtnh_ifindex,
			.family = hop->rtnh_ifindex ? r.c.key.gw_family : 0},
		.weight = hop->rtnh_hops + 1,
		.down = hop->rtnh_flags & FLAGS_DOWN,
	};
	memcpy(member->via.addr, r.c.key.gateway, sizeof(member->via.addr));
	return true;
}

static int read_multipath(struct reading *r, const struct rtmsg_to *to)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(r->multipath);
	int left = mnl_attr_get_payload_len(r->multipath), told = 0, err;
	bool apart = r->c.key.family == AF_INET6 && !r->c.key.nh_id, plain = !r->c.odd;
	struct rib_hop members[XHOP_GROUP_SLOTS];
	unsigned int count = 0;

	for (; left >= (int)sizeof(*hop) && hop->rtnh_len >= sizeof(*hop) && hop->rtnh_len <= left;
	     left -= MNL_ALIGN(hop->rtnh_len),
	     hop = (const void *)((const char *)hop + MNL_ALIGN(hop->rtnh_len))) {
		if (!apart) {
			r->c.ident = r->c.key.nh_id ? r->c.ident : hash_hop(r->c.ident, hop);
			plain &= count < XHOP_GROUP_SLOTS;
			if (plain && !read_member(r, hop, &members[count++], &plain))
				return -EBADMSG;
			continue;
		}
		err = read_hop6(r, hop, told, to);
		if (err < 0)
			return err;
		told++;
	}
	if (left > 0)
		return -EBADMSG;
	if (apart)
		return told ? told : -EBADMSG;
	r->c.odd = true;
	finish(r, to);
	if (plain && !r->encap && !r->expires && r->c.key.type == RTN_UNICAST) {
		r->c.hops = members;
		r->c.hop_count = count;
	}
	err = to->change(to->data, &r->c, 0);
	return err < 0 ? err : 1;
}

static const struct nlmsghdr *checked(const struct nlmsghdr *nlh, size_t header)
{
	return mnl_nlmsg_get_payload_len(nlh) < header ? NULL : nlh;
}

int rtmsg_route(const struct nlmsghdr *nlh, const struct rtmsg_to *to)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	struct reading r = {};
	__u32 table;
	int err;

	if (!checked(nlh, sizeof(*rtm)))
		return -EBADMSG;
	if ((rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6) ||
	    rtm->rtm_flags & RTM_F_CLONED)
		return 0;
	r.size = rtm->rtm_family == AF_INET ? 4 : 16;
	table = rtm->rtm_table;
	r.c.len = rtm->rtm_dst_len;
	r.c.tos = rtm->rtm_tos;
	r.c.odd = r.c.source = rtm->rtm_src_len != 0;
	r.c.ident = rtm->rtm_src_len;
	r.c.down = rtm->rtm_flags & FLAGS_DOWN;
	r.c.key.family = rtm->rtm_family;
	r.c.key.protocol = rtm->rtm_protocol;
	r.c.key.scope = rtm->rtm_scope;
	r.c.key.type = rtm->rtm_type;
	r.c.key.flags = rtm->rtm_flags & FLAGS_KEPT;
	mnl_attr_for_each (attr, nlh, sizeof(*rtm)) {
		if (!read_attr(&r, attr, &table))
			return -EBADMSG;
	}
	if (table != RT_TABLE_MAIN && table != RT_TABLE_LOCAL)
		return 0;
	if (r.c.len > 8 * r.size)
		return -EBADMSG;
	rib_prefix_cut(r.c.addr, r.size, r.c.len);
	r.c.key.local = table == RT_TABLE_LOCAL;
	if (r.multipath)
		return read_multipath(&r, to);
	finish(&r, to);
	err = to->change(to->data, &r.c, 0);
	return err < 0 ? err : 1;
}

int rtmsg_cached(const struct nlmsghdr *nlh, __u8 addr[16])
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (!checked(nlh, sizeof(*rtm)))
		return -EBADMSG;
	if (rtm->rtm_family != AF_INET6 || !(rtm->rtm_flags & RTM_F_CLONED))
		return 0;
	mnl_attr_for_each (attr, nlh, sizeof(*rtm)) {
		if (mnl_attr_get_type(attr) == RTA_DST)
			return get_addr(attr, 16, addr) ? 1 : -EBADMSG;
	}
	return -EBADMSG;
}

int rtmsg_nexthop(const struct nlmsghdr *nlh, struct rtmsg_nexthop *nexthop)
{
	const struct nhmsg *nhm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	bool plain = true, oif = false;
	__u32 id = 0, ifindex;

	if (!checked(nlh, sizeof(*nhm)))
		return -EBADMSG;
	mnl_attr_for_each (attr, nlh, sizeof(*nhm)) {
		switch (mnl_attr_get_type(attr)) {
		case NHA_ID:
			if (!get_u32(attr, &id))
				return -EBADMSG;
			break;
		case NHA_OIF:
			if (!get_u32(attr, &ifindex))
				return -EBADMSG;
			oif = true;
			break;
		case NHA_GATEWAY:
			break;
		default: /* a group, blackhole, encap, fdb, ... */
			plain = false;
		}
	}
	if (!id)
		return -EBADMSG;
	*nexthop = (struct rtmsg_nexthop){.id = id, .plain = plain && oif};
	return 0;
}

int rtmsg_rule(const struct nlmsghdr *nlh, struct rtmsg_rule *rule)
{
	const struct fib_rule_hdr *hdr = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	__u32 value;

	if (!checked(nlh, sizeof(*hdr)))
		return -EBADMSG;
	*rule = (struct rtmsg_rule){
		.family = hdr->family,
		.table = hdr->table,
		.inverted = hdr->flags & FIB_RULE_INVERT,
		.plain = !hdr->src_len && !hdr->dst_len && !hdr->tos &&
			 hdr->action == FR_ACT_TO_TBL && !(hdr->flags & FIB_RULE_INVERT),
	};
	mnl_attr_for_each (attr, nlh, sizeof(*hdr)) {
		switch (mnl_attr_get_type(attr)) {
		case FRA_PRIORITY:
			if (!get_u32(attr, &rule->priority))
				return -EBADMSG;
			break;
		case FRA_TABLE:
			if (!get_u32(attr, &rule->table))
				return -EBADMSG;
			break;
		case FRA_SUPPRESS_PREFIXLEN:
			if (!get_u32(attr, &value))
				return -EBADMSG;
			rule->plain &= value == (__u32)-1;
			break;
		case FRA_IIFNAME:
			rule->plain = false;
			if (mnl_attr_get_payload_len(attr) > sizeof(rule->iif))
				return -EBADMSG;
			memcpy(rule->iif, mnl_attr_get_payload(attr),
			       mnl_attr_get_payload_len(attr));
			rule->iif[sizeof(rule->iif) - 1] = 0;
			break;
		case FRA_PROTOCOL: /* who made it */
		case FRA_PAD:
			break;
		default:
			rule->plain = false;
		}
	}
	return 0;
}
