/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where does the packet go? Asks bpf_fib_lookup() as ip_route_input_slow() and ip6_route_input()
 * would ask the FIB; every outcome becomes one reason. Reads only.
 */
#ifndef XHOP_BPF_LOOKUP_BPF_H
#define XHOP_BPF_LOOKUP_BPF_H

#include "bpf/answer.bpf.h"
#include "bpf/source.bpf.h"

static __always_inline enum xhop_reason lookup_reason(long rc)
{
	switch (rc) {
	case BPF_FIB_LKUP_RET_SUCCESS:
		return XHOP_FORWARDED;
	case BPF_FIB_LKUP_RET_BLACKHOLE:
		return XHOP_BLACKHOLE;
	case BPF_FIB_LKUP_RET_UNREACHABLE:
		return XHOP_UNREACHABLE;
	case BPF_FIB_LKUP_RET_PROHIBIT:
		return XHOP_PROHIBIT;
	case BPF_FIB_LKUP_RET_NOT_FWDED:
		return XHOP_NO_ROUTE;
	case BPF_FIB_LKUP_RET_FWD_DISABLED:
		return XHOP_FORWARDING;
	case BPF_FIB_LKUP_RET_UNSUPP_LWT:
		return XHOP_ENCAP;
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		return XHOP_NEIGHBOUR;
	case BPF_FIB_LKUP_RET_FRAG_NEEDED:
		return XHOP_MTU;
	default:
		return XHOP_LOOKUP;
	}
}

/*
 * Rules may ask for the protocol behind extension headers, multipath hashes the first one:
 * where both could matter, pass.
 */
static __always_inline int rules_dissect(const struct packet *pkt, struct net *net)
{
	switch (pkt->l4) {
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_DSTOPTS:
	case IPPROTO_AH:
	case 135: /* Mobility, RFC 6275 */
	case 139: /* HIP, RFC 7401 */
	case 140: /* Shim6, RFC 5533 */
		return kread(net, ipv6.fib6_rules_require_fldissect) != 0;
	default:
		return 0;
	}
}

#define RULES_WALKED 64

/*
 * fib6_rule_suppress() does not work inside bpf_fib_lookup(): a rule's suppress_prefixlength or
 * suppress_ifgroup is ignored. Is there such a rule, or are there too many to look at?
 */
walk rules_suppress(int unused)
{
	struct xhop_fib_seen *seen = seen_here();
	struct fib_rules_ops *ops;
	struct list_head *node;
	struct fib_rule *rule;
	unsigned long head;
	struct net *net;

	(void)unused;
	if (!seen)
		return 1;
	net = kcast(seen->net, struct net);
	ops = kread(net, ipv6.fib6_rules_ops);
	head = (unsigned long)ops + bpf_core_field_offset(struct fib_rules_ops, rules_list);
	node = kread(ops, rules_list.next);
	for (int i = 0; i < RULES_WALKED; i++) {
		if ((unsigned long)node == head)
			return 0;
		rule = kcontainer(node, struct fib_rule, list);
		if (kread(rule, suppress_prefixlen) != -1 || kread(rule, suppress_ifgroup) != -1)
			return 1;
		node = kread(rule, list.next);
	}
	return 1;
}

/* Are there IPv6 rules that the helper would not follow? seen->net is set. */
static __always_inline int rules_mislead(struct net *net)
{
	return bpf_core_field_exists(net->ipv6.fib6_has_custom_rules) &&
	       kread(net, ipv6.fib6_has_custom_rules) && rules_suppress(0);
}

static __always_inline void lookup_key(struct bpf_fib_lookup *fib, const struct packet *pkt)
{
	fib->family = pkt->family;
	fib->l4_protocol = pkt->l4;
	fib->sport = pkt->sport;
	fib->dport = pkt->dport;
	fib->tot_len = pkt->ip_len;
	fib->ifindex = config.ifindex;
	if (pkt->family == AF_INET) {
		fib->tos = pkt->ip4->tos;
		fib->ipv4_src = pkt->ip4->saddr;
		fib->ipv4_dst = pkt->ip4->daddr;
	} else {
		fib->flowinfo = *(__be32 *)pkt->ip6 & bpf_htonl(0x0fffffff);
		__builtin_memcpy(fib->ipv6_src, &pkt->ip6->saddr, 16);
		__builtin_memcpy(fib->ipv6_dst, &pkt->ip6->daddr, 16);
	}
}

static __always_inline void hop_from(struct xhop_hop_now *hop, const struct bpf_fib_lookup *fib)
{
	hop->key.ifindex = fib->ifindex;
	hop->key.family = fib->family; /* AF_INET6 for an IPv4 route via an IPv6 next hop */
	if (fib->family == AF_INET)
		__builtin_memcpy(hop->key.addr, &fib->ipv4_dst, 4);
	else
		__builtin_memcpy(hop->key.addr, fib->ipv6_dst, 16);
	__builtin_memcpy(hop->key.lladdr, fib->dmac, 6);
	__builtin_memcpy(hop->smac, fib->smac, 6);
}

/*
 * Next hops that the kernel learnt from ICMP redirects are unknown to the helper. They can be
 * there only where redirects are accepted (IN_DEV_RX_REDIRECTS, ndisc_redirect_rcv()).
 */
static __always_inline int route_may_be_learned(const struct packet *pkt, const struct route *route,
						const struct ingress *in, struct net_device *dev)
{
	struct in_device *in_dev;
	struct inet6_dev *idev;
	struct fib6_nh *nh6;

	if (pkt->family == AF_INET) {
		if (!kread(route->nhc, nhc_exceptions))
			return 0;
		if (kread(in->net, ipv4.sysctl_ip_fwd_use_pmtu))
			return 1; /* a learnt MTU would count, the helper prefers the metric */
		in_dev = kread(dev, ip_ptr);
		return !in_dev || devconf(in, in_dev, IPV4_DEVCONF_ACCEPT_REDIRECTS);
	}
	nh6 = kcontainer(route->nhc, struct fib6_nh, nh_common);
	if (!kread(nh6, rt6i_exception_bucket))
		return 0;
	idev = kread(dev, ip6_ptr);
	return !idev || (!kread(idev, cnf.forwarding) && kread(idev, cnf.accept_redirects));
}

/* Ask the helper, as ip_route_input_slow() and ip6_route_input() ask the FIB. */
static __always_inline enum xhop_reason lookup_kernel(struct xdp_md *ctx, const struct packet *pkt,
						      const struct ingress *in,
						      struct xhop_hop_now *hop)
{
	struct bpf_fib_lookup fib = {};
	struct xhop_fib_seen *seen;
	struct route route = {};
	struct net_device *dev;
	enum xhop_reason reason;

	if (pkt->family == AF_INET6 && rules_dissect(pkt, in->net))
		return XHOP_EXT_HEADER;
	seen = seen_here();
	if (!seen)
		return XHOP_LOOKUP;
	seen->nhc = 0;
	seen->f6i = 0;
	seen->net = (unsigned long)in->net;
	if (pkt->family == AF_INET6 && rules_mislead(in->net))
		return XHOP_RULE;
	lookup_key(&fib, pkt);
	reason = lookup_reason(bpf_fib_lookup(ctx, &fib, sizeof(fib), 0));
	if (reason == XHOP_NO_ROUTE && route_is_local(pkt, seen))
		return XHOP_LOCAL;
	if (reason)
		return reason;
	reason = route_check(pkt, seen, &route);
	if (reason)
		return reason;
	if (route.multipath) {
		hop->class = 0; /* another packet may go elsewhere */
		reason = multipath_check(ctx, pkt, in);
		if (reason)
			return reason;
	}
	dev = egress_device(&route, seen, fib.ifindex);
	if (!dev)
		return XHOP_LOOKUP;
	if (route_may_be_learned(pkt, &route, in, dev))
		return XHOP_LEARNED;
	hop->dev = (unsigned long)dev;
	hop->nhc = pkt->family == AF_INET ? (unsigned long)route.nhc : (unsigned long)route.f6i;
	hop->link = !kread(route.nhc, nhc_gw_family);
	hop_from(hop, &fib);
	if (hop->class)
		hop->neigh = (unsigned long)neigh_of(seen, dev, hop->key.family, hop->key.addr);
	return XHOP_FORWARDED;
}

/*
 * A hop that the daemon names (struct xhop_class, XHOP_CLASS_VIA): one of a group, or of a route
 * that the kernel does not have. Its device and neighbour are the kernel's.
 */
static __always_inline enum xhop_reason lookup_via(const struct packet *pkt,
						   const struct ingress *in,
						   struct xhop_hop_now *hop,
						   const struct xhop_class *via)
{
	struct xhop_fib_seen *seen = seen_here();
	struct net_device *dev;
	__u32 mtu;

	if (!seen)
		return XHOP_LOOKUP;
	seen->net = (unsigned long)in->net;
	if (device_find(via->ifindex))
		return XHOP_EGRESS_DOWN;
	dev = kcast(seen->dev, struct net_device);
	hop->key.ifindex = via->ifindex;
	hop->key.family = via->family;
	__builtin_memcpy(hop->key.addr, via->addr, 16);
	if (!answer_resolve(dev, hop))
		return XHOP_NEIGHBOUR;
	mtu = kread(dev, mtu);
	if (pkt->ip_len > mtu || (via->mtu && pkt->ip_len > via->mtu))
		return XHOP_MTU;
	if (!answer_settings(pkt, in, dev))
		return XHOP_FORWARDING;
	hop->dev = (unsigned long)dev;
	hop->mtu = via->mtu;
	answer_mac(hop->smac, kread_u64((unsigned long)kread(dev, dev_addr)));
	return XHOP_FORWARDED;
}

/* Is the kernel's answer the one that the class stands for? Else it is another route's. */
static __always_inline int lookup_is_of(const struct xhop_hop_now *hop,
					const struct xhop_class *entry)
{
	const __u64 *a = (const __u64 *)hop->key.addr, *b = (const __u64 *)entry->addr;

	if (!entry->ifindex)
		return 1;
	if (entry->ifindex != hop->key.ifindex)
		return 0;
	if (hop->link)
		return !entry->family;
	return entry->family == hop->key.family && a[0] == b[0] && a[1] == b[1];
}

/* The maps had no answer for this packet: who has? */
static __always_inline enum xhop_reason lookup_learn(struct xdp_md *ctx, const struct packet *pkt,
						     const struct ingress *in,
						     struct xhop_hop_now *hop)
{
	__u32 class = hop->class;
	const struct xhop_class *entry = bpf_map_lookup_elem(&classes, &class);
	enum xhop_reason reason;

	if (entry && entry->kind == XHOP_CLASS_VIA)
		return lookup_via(pkt, in, hop, entry);
	hop->class = 0;
	if (entry && entry->kind == XHOP_CLASS_ROUTE) {
		hop->class = class;
		hop->mtu = entry->mtu;
	}
	reason = lookup_kernel(ctx, pkt, in, hop);
	if (!entry || reason || !lookup_is_of(hop, entry))
		hop->class = 0;
	return reason;
}

/* XHOP_FORWARDED: the packet goes to `hop`, exactly as Linux would have sent it. */
static __always_inline enum xhop_reason lookup(struct xdp_md *ctx, const struct packet *pkt,
					       const struct ingress *in, struct xhop_hop_now *hop)
{
	enum xhop_reason reason;
	struct net_device *dev;

	__builtin_memset(hop, 0, sizeof(*hop));
	if (!config.classes) {
		reason = lookup_kernel(ctx, pkt, in, hop);
	} else if (answer(pkt, in, hop)) {
		hop->answered = 1;
		reason = XHOP_FORWARDED;
	} else {
		reason = lookup_learn(ctx, pkt, in, hop);
	}
	if (reason)
		return reason;
	dev = kcast(hop->dev, struct net_device);
	reason = skipped(EGRESS) ? XHOP_FORWARDED : egress_check(pkt, dev);
	if (reason)
		return reason;
	reason = skipped(SOURCE) ? XHOP_FORWARDED : source_check(ctx, pkt, in, hop);
	if (reason || skipped(STALE))
		return reason;
	if (hop->neigh ? neigh_known_is_stale(hop->neigh) : neigh_is_stale(dev, &hop->key))
		return XHOP_STALE;
	return XHOP_FORWARDED;
}

#endif
