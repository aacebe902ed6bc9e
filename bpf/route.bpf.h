/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What bpf_fib_lookup() found but does not tell: the route behind its answer. The tracing
 * program (trace.bpf.c) leaves the kernel's next hop of the last lookup in fib_seen; from there
 * the route's metrics, its other next hops and the egress device are read. Reads only.
 */
#ifndef XHOP_BPF_ROUTE_BPF_H
#define XHOP_BPF_ROUTE_BPF_H

#include "bpf/gate.bpf.h"

#define RTAX_MTU      2 /* include/uapi/linux/rtnetlink.h */
#define ROUTES_WALKED 8 /* routes of a nexthop object asked for their MTU, and its groups */

struct route {
	struct fib_nh_common *nhc;
	struct fib6_info *f6i;
	__u8 multipath; /* another next hop might have been chosen */
};

/* Does the packet fit the route's MTU metric (0: it has none)? */
static __always_inline int metrics_fit(struct dst_metrics *metrics, __u32 len)
{
	__u32 mtu = kread(metrics, metrics[RTAX_MTU - 1]);

	return !mtu || len <= mtu;
}

/*
 * The routes that hang on one nexthop object. bpf_fib_lookup() does not say which of them it
 * took: the packet must fit all. Not fit, or too many to look at: pass.
 */
static __always_inline int nexthop_fits(struct nexthop *nexthop, __u32 len)
{
	unsigned long head =
		(unsigned long)nexthop + bpf_core_field_offset(struct nexthop, fi_list);
	struct list_head *node = kread(nexthop, fi_list.next);
	struct fib_info *fi;

	for (int i = 0; i < ROUTES_WALKED; i++) {
		if ((unsigned long)node == head)
			return 1;
		fi = kcontainer(node, struct fib_info, nh_list);
		if (!metrics_fit(kread(fi, fib_metrics), len))
			return 0;
		node = kread(fi, nh_list.next);
	}
	return 0;
}

#define NEXTHOP_IN_GROUP 0x100 /* beside the reason */

/* seen->nhc is that of a nexthop object: does the packet fit its routes, and is it in a group? */
walk nexthop_object_check(__u32 len)
{
	struct xhop_fib_seen *seen = seen_here();
	struct nh_grp_entry *entry;
	struct nexthop *nexthop;
	struct list_head *node;
	struct nh_info *info;
	unsigned long head;
	int in_group = 0;

	if (!seen)
		return XHOP_LOOKUP;
	info = kcontainer(seen->nhc, struct nh_info, fib_nhc);
	nexthop = kread(info, nh_parent);
	head = (unsigned long)nexthop + bpf_core_field_offset(struct nexthop, grp_list);
	node = kread(nexthop, grp_list.next);
	if (!nexthop_fits(nexthop, len))
		return XHOP_MTU;
	for (int i = 0; i < ROUTES_WALKED; i++) {
		if ((unsigned long)node == head)
			return XHOP_FORWARDED | in_group;
		in_group = NEXTHOP_IN_GROUP;
		entry = kcontainer(node, struct nh_grp_entry, nh_list);
		nexthop = kread(entry, nh_parent);
		if (!nexthop_fits(nexthop, len))
			return XHOP_MTU;
		node = kread(entry, nh_list.next);
	}
	return XHOP_LOOKUP;
}

static __always_inline enum xhop_reason route_check_object(struct route *route, __u32 len)
{
	int found = nexthop_object_check(len);

	route->multipath = !!(found & NEXTHOP_IN_GROUP);
	return found & ~NEXTHOP_IN_GROUP;
}

/* ip_dst_mtu_maybe_forward(): the route's MTU counts whether locked or not. */
static __always_inline enum xhop_reason route_check4(struct route *route, __u32 len)
{
	struct fib_nh *nh = kcontainer(route->nhc, struct fib_nh, nh_common);
	struct fib_info *fi;

	/* A route of its own, or a nexthop object (IPv6 ones have no struct fib_nh)? */
	if (kread(route->nhc, nhc_family) != AF_INET)
		return route_check_object(route, len);
	fi = kread(nh, nh_parent);
	if (!fi)
		return route_check_object(route, len);
	route->multipath = kread(fi, fib_nhs) > 1;
	return metrics_fit(kread(fi, fib_metrics), len) ? XHOP_FORWARDED : XHOP_MTU;
}

#define SIBLINGS_WALKED 32

/* fib6_select_path() may have taken any sibling of seen->f6i: does the packet fit them all? */
walk siblings_fit(__u32 len)
{
	struct xhop_fib_seen *seen = seen_here();
	struct fib6_info *f6i;
	struct list_head *node;
	unsigned long head;

	if (!seen)
		return 0;
	f6i = kcast(seen->f6i, struct fib6_info);
	head = (unsigned long)f6i + bpf_core_field_offset(struct fib6_info, fib6_siblings);
	node = kread(f6i, fib6_siblings.next);
	for (int i = 0; i < SIBLINGS_WALKED; i++) {
		if ((unsigned long)node == head)
			return 1;
		f6i = kcontainer(node, struct fib6_info, fib6_siblings);
		if (!metrics_fit(kread(f6i, fib6_metrics), len))
			return 0;
		node = kread(f6i, fib6_siblings.next);
	}
	return 0;
}

static __always_inline enum xhop_reason route_check6(struct route *route, __u32 len)
{
	struct nh_info *info;
	struct nexthop *nexthop;
	unsigned long head;

	if (kread(route->f6i, nh)) {
		info = kcontainer(route->nhc, struct nh_info, fib_nhc);
		nexthop = kread(info, nh_parent);
		head = (unsigned long)nexthop + bpf_core_field_offset(struct nexthop, grp_list);
		route->multipath = (unsigned long)kread(nexthop, grp_list.next) != head;
	} else {
		route->multipath = kread(route->f6i, fib6_nsiblings) != 0;
		if (route->multipath && len > 1280 && !siblings_fit(len))
			return XHOP_MTU;
	}
	return metrics_fit(kread(route->f6i, fib6_metrics), len) ? XHOP_FORWARDED : XHOP_MTU;
}

/*
 * The route behind a lookup's answer, and whether the packet fits its MTU metric.
 * seen: what the tracing program left, cleared before the lookup. Without it nothing is known
 * of the route: XHOP_LOOKUP.
 */
static __always_inline enum xhop_reason
route_check(const struct packet *pkt, const struct xhop_fib_seen *seen, struct route *route)
{
	if (!seen->nhc)
		return XHOP_LOOKUP;
	route->nhc = kcast(seen->nhc, struct fib_nh_common);
	route->multipath = 0;
	if (pkt->family == AF_INET)
		return route_check4(route, pkt->ip_len);
	if (!seen->f6i)
		return XHOP_LOOKUP;
	route->f6i = kcast(seen->f6i, struct fib6_info);
	return route_check6(route, pkt->ip_len);
}

#define RTN_LOCAL 2 /* include/uapi/linux/rtnetlink.h */

/* The lookup said only "not forwarded": was the packet for the router itself? */
static __always_inline int route_is_local(const struct packet *pkt,
					  const struct xhop_fib_seen *seen)
{
	struct fib6_info *f6i;
	struct fib_info *fi;
	struct fib_nh *nh;

	if (!seen->nhc)
		return 0;
	if (pkt->family == AF_INET6) {
		f6i = kcast(seen->f6i, struct fib6_info);
		return kread(f6i, fib6_type) == RTN_LOCAL;
	}
	nh = kcontainer(seen->nhc, struct fib_nh, nh_common);
	fi = kread(nh, nh_parent);
	return kread(fi, fib_type) == RTN_LOCAL;
}

/* fib_multipath_hash(): does the helper hash what the kernel would hash from the packet? */
static __always_inline int multipath_exact4(const struct packet *pkt, struct net *net, int skb_hash)
{
	switch (kread(net, ipv4.sysctl_fib_multipath_hash_policy)) {
	case 0: /* addresses; of the inner packet for ICMP errors */
		return !pkt->icmp_error;
	case 1: /* 5-tuple, or the skb's own hash where it has one */
		return !skb_hash;
	case 2: /* addresses, of the inner packet where there is one */
		return pkt->l4 == IPPROTO_TCP || pkt->l4 == IPPROTO_UDP ||
		       (pkt->l4 == IPPROTO_ICMP && !pkt->icmp_error);
	default:
		return 0;
	}
}

/* rt6_multipath_hash() */
static __always_inline int multipath_exact6(const struct packet *pkt, struct net *net, int skb_hash)
{
	int plain = pkt->l4 == IPPROTO_TCP || pkt->l4 == IPPROTO_UDP || pkt->l4 == IPPROTO_ICMPV6;

	switch (kread(net, ipv6.sysctl.multipath_hash_policy)) {
	case 0:
		return !pkt->icmp_error;
	case 1: /* the final protocol: behind extension headers we do not look */
		return plain && !skb_hash;
	case 2: /* with a flow label the dissector stops at the outer header */
		return plain && !pkt->icmp_error && !(*(__u32 *)pkt->ip6 & bpf_htonl(0x000fffff));
	default:
		return 0;
	}
}

/* The flow hash that a local sender or a NIC left in the skb. */
static __always_inline int has_skb_hash(struct xdp_md *ctx, const struct packet *pkt,
					const struct ingress *in)
{
	struct sk_buff *skb;

	if (!(config.flags & XHOP_PORT_VETH))
		return 1; /* cannot be seen: it may be there */
	skb = veth_skb(ctx, pkt, in);
	if (!skb)
		return 0;
	skb = kcast(skb, struct sk_buff);
	return kread_bits(skb, l4_hash);
}

/*
 * The helper prefers the hop whose device has the packet's source for its address, forwarding does
 * not (fib_select_multipath()). Only where accept_local lets such packets in at all. seen->net is
 * set.
 */
static __always_inline int multipath_from_here(const struct packet *pkt, const struct ingress *in)
{
	struct in_device *in_dev = kcast(in->live->in_dev, struct in_device);

	if (!in->live->in_dev || !devconf(in, in_dev, IPV4_DEVCONF_ACCEPT_LOCAL))
		return 0;
	return !config.addr_hash || address_in_bucket(pkt->ip4->saddr, config.addr_hash);
}

static __always_inline enum xhop_reason
multipath_check(struct xdp_md *ctx, const struct packet *pkt, const struct ingress *in)
{
	int skb_hash = has_skb_hash(ctx, pkt, in);
	int exact = pkt->family == AF_INET ? multipath_exact4(pkt, in->net, skb_hash)
					   : multipath_exact6(pkt, in->net, skb_hash);

	if (pkt->family == AF_INET && multipath_from_here(pkt, in))
		return XHOP_MULTIPATH;
	return exact ? XHOP_FORWARDED : XHOP_MULTIPATH;
}

#endif
