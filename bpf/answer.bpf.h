/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The route maps' answer. They are a cache of the kernel's FIB, valid for the one generation that
 * the daemon says it has followed; the program compares it with the kernel's own counters for
 * every packet, so that neither a late nor a dead daemon can mislead it. The maps name a class of
 * routes. Which device and neighbour that means, each CPU learns from the kernel's answer to the
 * first packet of a class in a generation, and reads their state live. No answer: ask the helper.
 */
#ifndef XHOP_BPF_ANSWER_BPF_H
#define XHOP_BPF_ANSWER_BPF_H

#include "bpf/egress.bpf.h"
#include "bpf/fibgen.bpf.h"
#include "bpf/neigh.bpf.h"
#include "bpf/trie.bpf.h"
#include "maps/maps.bpf.h"
#include "maps/routes.bpf.h"

/* include/net/neighbour.h: PERMANENT, NOARP, REACHABLE, PROBE, STALE, DELAY */
#define RTF_EXPIRES 0x00400000 /* include/uapi/linux/ipv6_route.h */
#define NUD_VALID   (0x80 | 0x40 | 0x02 | 0x10 | 0x04 | 0x08)

/*
 * Where the packet goes. In a map, not on the stack: the verifier then looks once at what follows
 * an answer, whoever gave it.
 */
static __always_inline struct xhop_hop_now *hop_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&hop_now, &zero);
}

static __always_inline __u64 answer_word(const __u8 *six)
{
	const __u16 *half = (const __u16 *)six;

	return (__u64)half[0] << 16 | (__u64)half[1] << 32 | (__u64)half[2] << 48;
}

static __always_inline void answer_mac(__u8 *six, __u64 bytes)
{
	__u16 *half = (__u16 *)six;

	half[0] = bytes;
	half[1] = bytes >> 16;
	half[2] = bytes >> 32;
}

/* Is the neighbour learnt still the kernel's entry, with the MAC learnt? */
static __always_inline int answer_neighbour(struct xhop_hop_now *hop,
					    const struct xhop_hop_live *live)
{
	struct neighbour *neigh = kcast(live->neigh, struct neighbour);
	unsigned long at = live->neigh;

	if ((unsigned long)kread(neigh, dev) != live->dev)
		return 0;
	if (!(kread(neigh, nud_state) & NUD_VALID) || kread(neigh, dead))
		return 0;
	if (mac_word(kread_u64(at + bpf_core_field_offset(struct neighbour, ha))) !=
	    answer_word(live->lladdr))
		return 0;
	at += bpf_core_field_offset(struct neighbour, primary_key);
	if (live->family == AF_INET ? kread_u32(at) != *(const __u32 *)live->addr
				    : kread_u64(at) != ((const __u64 *)live->addr)[0] ||
					      kread_u64(at + 8) != ((const __u64 *)live->addr)[1])
		return 0;
	__builtin_memcpy(hop->key.lladdr, live->lladdr, 6);
	hop->neigh = live->neigh;
	hop->id = live->id;
	hop->id_known = 1;
	return 1;
}

/* The kernel's usable neighbour for hop->key at dev, and its MAC. 0: there is none. */
static __always_inline int answer_resolve(struct net_device *dev, struct xhop_hop_now *hop)
{
	struct xhop_fib_seen *seen = seen_here();
	struct neighbour *neigh;

	if (!seen)
		return 0;
	neigh = neigh_of(seen, dev, hop->key.family, hop->key.addr);
	if (!neigh || !(kread(neigh, nud_state) & NUD_VALID))
		return 0;
	hop->neigh = seen->neigh;
	answer_mac(hop->key.lladdr,
		   kread_u64(seen->neigh + bpf_core_field_offset(struct neighbour, ha)));
	return 1;
}

/* A route without gateway: the neighbour is the destination itself. */
static __always_inline int answer_destination(const struct packet *pkt, struct xhop_hop_now *hop,
					      const struct xhop_hop_live *live)
{
	if (pkt->family == AF_INET)
		*(__be32 *)hop->key.addr = pkt->ip4->daddr;
	else
		__builtin_memcpy(hop->key.addr, &pkt->ip6->daddr, 16);
	hop->key.family = pkt->family;
	return answer_resolve(kcast(live->dev, struct net_device), hop);
}

/* What bpf_fib_lookup() asks of the way in and out besides the FIB. */
static __always_inline int answer_settings(const struct packet *pkt, const struct ingress *in,
					   struct net_device *dev)
{
	struct inet6_dev *idev;

	if (pkt->family == AF_INET)
		return in->live->forwarding4;
	idev = kread(in->dev, ip6_ptr);
	if (!idev || !kread(idev, cnf.forwarding))
		return 0;
	if (pkt->ip_len <= 1280)
		return 1;
	idev = kread(dev, ip6_ptr);
	return idev && pkt->ip_len <= (__u32)kread(idev, cnf.mtu6);
}

/* Does what this CPU learnt of the class hold for this packet? */
static __always_inline int answer_holds(const struct packet *pkt, const struct ingress *in,
					struct xhop_hop_now *hop, const struct xhop_hop_live *live)
{
	struct fib_nh_common *nhc;
	struct fib6_info *f6i;

	if (live->generation[0] != hop->generation[0] || live->genid != in->genid ||
	    live->generation[1] != hop->generation[1])
		return 0;
	if (pkt->ip_len > live->mtu)
		return 0;
	if (pkt->family == AF_INET) {
		/* what the kernel learnt of single destinations: smaller MTUs, other gateways */
		nhc = kcast(live->nhc, struct fib_nh_common);
		if (kread(nhc, nhc_exceptions))
			return 0;
	} else {
		/* a lifetime may be set, and end, without a word */
		f6i = kcast(live->nhc, struct fib6_info);
		if (kread(f6i, fib6_flags) & RTF_EXPIRES)
			return 0;
	}
	if (!answer_settings(pkt, in, kcast(live->dev, struct net_device)))
		return 0;
	return live->family ? answer_neighbour(hop, live) : answer_destination(pkt, hop, live);
}

/* murmur3's final mix of 64 bits */
static __always_inline __u64 hash_mix64(__u64 hash)
{
	hash ^= hash >> 33;
	hash *= 0xff51afd7ed558ccdull;
	hash ^= hash >> 33;
	hash *= 0xc4ceb9fe1a85ec53ull;
	return hash ^ hash >> 33;
}

/*
 * The same for all packets of a flow: addresses, protocol and ports; without ports for fragments;
 * for IPv6 with a flow label that instead of protocol and ports (RFC 6438).
 */
static __always_inline __u32 flow_hash(const struct packet *pkt)
{
	__u64 rest = (__u64)pkt->l4 << 32 | (__u32)pkt->sport << 16 | pkt->dport;
	const __u64 *addr;
	__u32 label;

	if (pkt->family == AF_INET)
		return hash_mix64(((__u64)pkt->ip4->saddr << 32 | pkt->ip4->daddr) ^
				  hash_mix64(rest));
	label = *(__u32 *)pkt->ip6 & bpf_htonl(0x000fffff);
	addr = (const __u64 *)&pkt->ip6->saddr;
	rest = hash_mix64(label ?: rest) ^ addr[0];
	rest = hash_mix64(rest) ^ addr[1];
	rest = hash_mix64(rest) ^ addr[2];
	return hash_mix64(hash_mix64(rest) ^ addr[3]);
}

/* The hop of a group that a packet's flow takes: its class; 0: ask the helper. */
static __always_inline __u32 answer_member(const struct packet *pkt, __u32 group)
{
	const struct xhop_group *members = bpf_map_lookup_elem(&groups, &group);

	return members ? members->member[flow_hash(pkt) & (XHOP_GROUP_SLOTS - 1)] : 0;
}

/* The maps' class for this packet, if the maps hold the kernel's generation; else 0. */
static __always_inline __u32 answer_class(const struct packet *pkt, const struct ingress *in,
					  struct xhop_hop_now *hop)
{
	struct xhop_route_control *control;
	const struct xhop_port_maps *allowed;
	const __u64 *valid;
	__u32 zero = 0, slot = config.slot, class;

	allowed = bpf_map_lookup_elem(&port_maps, &slot);
	if (!allowed || allowed->allowed >> 32 != config.ifindex ||
	    !(allowed->allowed & (pkt->family == AF_INET ? XHOP_MAPS_IP4 : XHOP_MAPS_IP6)))
		return 0;
	control = bpf_map_lookup_elem(&route_control, &zero);
	if (!control || (__s64)(control->lease - bpf_jiffies64()) <= 0)
		return 0;
	if (pkt->family == AF_INET)
		fib4_generation(in->net, in->genid, hop->generation);
	else
		fib6_generation(in->net, in->genid, (const struct fib6_objects *)in->live->fib6,
				hop->generation);
	valid = pkt->family == AF_INET ? control->generation.ip4 : control->generation.ip6;
	if (valid[0] != hop->generation[0] || valid[1] != hop->generation[1])
		return 0;
	/* In line: where returns are guarded (SRSO), a function would cost 5 ns a call. */
	if (pkt->family == AF_INET)
		class = trie_lookup4(&routes4, pkt->ip4->daddr);
	else
		class = trie_lookup6(&routes6, (const __u32 *)&pkt->ip6->daddr);
	return class & XHOP_GROUP ? answer_member(pkt, class & ~XHOP_GROUP) : class;
}

/* 1: *hop is the answer. 0: ask the helper; hop->class then says whether to learn its answer. */
static __always_inline int answer(const struct packet *pkt, const struct ingress *in,
				  struct xhop_hop_now *hop)
{
	const struct xhop_hop_live *live;
	__u32 class;

	class = answer_class(pkt, in, hop);
	hop->class = class;
	if (!class)
		return 0;
	live = bpf_map_lookup_elem(&hop_live, &class);
	if (!live || !answer_holds(pkt, in, hop, live))
		return 0;
	hop->key.ifindex = live->ifindex;
	__builtin_memcpy(hop->smac, live->smac, 6);
	hop->dev = live->dev;
	return 1;
}

/*
 * The packet goes where the helper said: remember that for its class. id: as counted. The record
 * is this CPU's alone, and void until its generation is written.
 */
static __always_inline void answer_learn(const struct packet *pkt, const struct ingress *in,
					 const struct xhop_hop_now *hop, __u32 id)
{
	__u32 class = hop->class;
	struct xhop_hop_live *live = bpf_map_lookup_elem(&hop_live, &class);
	__u32 mtu = hop->mtu ?: 0xffff;
	struct net_device *dev;

	if (!live || !hop->neigh)
		return;
	live->generation[0] = ~hop->generation[0];
	live->dev = hop->dev;
	live->neigh = hop->neigh;
	live->nhc = hop->nhc;
	live->ifindex = hop->key.ifindex;
	live->id = id;
	__builtin_memcpy(live->lladdr, hop->key.lladdr, 6);
	__builtin_memcpy(live->smac, hop->smac, 6);
	dev = kcast(hop->dev, struct net_device);
	if (pkt->family == AF_INET && kread(dev, mtu) < mtu)
		mtu = kread(dev, mtu);
	live->mtu = mtu;
	__builtin_memcpy(live->addr, hop->key.addr, 16);
	live->family = hop->link ? 0 : hop->key.family;
	live->genid = in->genid;
	live->generation[1] = hop->generation[1];
	live->generation[0] = hop->generation[0];
}

#endif
