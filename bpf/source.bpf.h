/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fib_validate_source(): would Linux accept the IPv4 source on this device, for this way out?
 * IPv6 has no such check. Also the same-interface rules of both families, which share its
 * inputs. Reads only.
 */
#ifndef XHOP_BPF_SOURCE_BPF_H
#define XHOP_BPF_SOURCE_BPF_H

#include "bpf/answer.bpf.h"

/*
 * Have policy rules or local routes of their own kind ever been made (then the kernel's check is
 * the full one), or do routes use realms (full as well)? One read where the three stand together.
 */
#define SOURCE_CUSTOM 1
#define SOURCE_REALMS 2

static __always_inline int source_kind(struct net *net)
{
	__u64 rules = bpf_core_field_offset(struct net, ipv4.fib_has_custom_rules);
	__u64 local = bpf_core_field_offset(struct net, ipv4.fib_has_custom_local_routes);
	__u64 realms = bpf_core_field_offset(struct net, ipv4.fib_num_tclassid_users);
	__u64 all;

	if (local == rules + 1 && realms == rules + 4) {
		all = kread_u64((unsigned long)net + rules);
		return (all & 0xffff ? SOURCE_CUSTOM : 0) | (all >> 32 ? SOURCE_REALMS : 0);
	}
	return (kread(net, ipv4.fib_has_custom_rules) ? SOURCE_CUSTOM : 0) |
	       (kread(net, ipv4.fib_has_custom_local_routes) ? SOURCE_CUSTOM : 0) |
	       (kread(net, ipv4.fib_num_tclassid_users.counter) ? SOURCE_REALMS : 0);
}

/* The lookup of the way back: source and destination swapped, in through the egress device. */
static __always_inline enum xhop_reason source_lookup(struct xdp_md *ctx, const struct packet *pkt,
						      struct in_device *in_dev, __u32 egress,
						      int rp_filter)
{
	struct bpf_fib_lookup fib = {
		.family = AF_INET,
		.l4_protocol = pkt->l4,
		.sport = pkt->sport,
		.dport = pkt->dport,
		.tos = pkt->ip4->tos,
		.ifindex = egress,
		.ipv4_src = pkt->ip4->daddr,
		.ipv4_dst = pkt->ip4->saddr,
	};
	long rc = bpf_fib_lookup(ctx, &fib, sizeof(fib),
				 config.skip_neigh ? BPF_FIB_LOOKUP_SKIP_NEIGH : 0);

	if (rc != BPF_FIB_LKUP_RET_SUCCESS && rc != BPF_FIB_LKUP_RET_NO_NEIGH)
		return XHOP_RP_FILTER;
	if (fib.ifindex == config.ifindex || !rp_filter)
		return XHOP_FORWARDED;
	/* Loose mode, but a device without addresses accepts only what is routed over it. */
	if (rp_filter == 2 && kread(in_dev, ifa_list))
		return XHOP_FORWARDED;
	return XHOP_RP_FILTER;
}

/* A function of its own, so that the verifier looks at it once. */
walk source_class(__be32 addr)
{
	return trie_lookup4(&routes4, addr);
}

/*
 * The same question to the route maps, where they answered for the destination: is there a unicast
 * route to the source, and for the strict check one out of this device? 0: ask the helper.
 */
static __always_inline int source_in_maps(const struct packet *pkt, const struct ingress *in,
					  const struct xhop_hop_now *hop, struct in_device *in_dev,
					  int rp_filter)
{
	const struct xhop_hop_live *live;
	const struct xhop_class *entry;
	__u32 class = source_class(pkt->ip4->saddr);

	entry = class ? bpf_map_lookup_elem(&classes, &class) : 0;
	if (!entry || entry->kind != XHOP_CLASS_ROUTE)
		return 0;
	if (rp_filter == 2 && kread(in_dev, ifa_list))
		return 1;
	live = bpf_map_lookup_elem(&hop_live, &class);
	return live && live->generation[0] == hop->generation[0] && live->genid == in->genid &&
	       live->ifindex == config.ifindex;
}

static __always_inline enum xhop_reason source_check4(struct xdp_md *ctx, const struct packet *pkt,
						      const struct ingress *in,
						      const struct xhop_hop_now *hop)
{
	__u32 egress = hop->key.ifindex;
	struct in_device *in_dev = kcast(in->live->in_dev, struct in_device);
	int rp_filter, kind;

	if (!in->live->in_dev)
		return XHOP_FORWARDING;
	/* __mkroute_input(): the sender is told of a shorter way. */
	if (egress == config.ifindex && devconf(in, in_dev, IPV4_DEVCONF_SEND_REDIRECTS))
		return XHOP_REDIRECT;
	rp_filter = devconf(in, in_dev, IPV4_DEVCONF_RP_FILTER);
	kind = source_kind(in->net);
	if (!rp_filter && !(kind & SOURCE_REALMS) && config.addr_hash) {
		if (!kind && !address_is_own(in->net, in->live->addresses, in->live->hash_mix,
					     pkt->ip4->saddr))
			return XHOP_FORWARDED;
		if (devconf(in, in_dev, IPV4_DEVCONF_ACCEPT_LOCAL))
			return XHOP_FORWARDED;
		if (!kind)
			return XHOP_OWN_SOURCE;
	}
	if (config.classes && hop->answered && rp_filter && !kind &&
	    source_in_maps(pkt, in, hop, in_dev, rp_filter))
		return XHOP_FORWARDED;
	return source_lookup(ctx, pkt, in_dev, egress, rp_filter);
}

static __always_inline enum xhop_reason source_check(struct xdp_md *ctx, const struct packet *pkt,
						     const struct ingress *in,
						     const struct xhop_hop_now *hop)
{
	if (pkt->family == AF_INET)
		return source_check4(ctx, pkt, in, hop);
	/* ip6_forward() sends a redirect whatever the sysctls say. */
	return hop->key.ifindex == config.ifindex ? XHOP_REDIRECT : XHOP_FORWARDED;
}

#endif
