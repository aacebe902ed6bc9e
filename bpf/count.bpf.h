/* SPDX-License-Identifier: GPL-2.0 */
/* Counters: one reason a packet, and packets and bytes a next hop. All per CPU, no atomics. */
#ifndef XHOP_BPF_COUNT_BPF_H
#define XHOP_BPF_COUNT_BPF_H

#include "bpf/lookup.bpf.h"
#include "maps/maps.bpf.h"

static __always_inline void count_reason(enum xhop_reason reason, const struct packet *pkt)
{
	__u32 slot = config.slot;
	struct xhop_port_counters *port = bpf_map_lookup_elem(&port_counters, &slot);

	if (!port)
		return;
	port->reason[reason & (XHOP_REASON_SLOTS - 1)]++;
	port->rx_bytes += pkt->frame_len;
	if (config.classes && !reason && pkt->by_maps)
		port->maps++;
}

/* The id of a next hop met for the first time; XHOP_HOPS_SHARED when the table is full. */
static __noinline __u32 hop_add(const struct xhop_hop_key *key)
{
	struct xhop_hop_next *next;
	__u32 zero = 0, id, *known;

	if (!key)
		return XHOP_HOPS_SHARED;
	next = bpf_map_lookup_elem(&hop_next, &zero);
	if (!next || next->next >= config.hops)
		return XHOP_HOPS_SHARED;
	id = __sync_fetch_and_add(&next->next, 1);
	if (id >= config.hops)
		return XHOP_HOPS_SHARED;
	if (!id) /* 0 is shared: the first to come takes the next one */
		id = __sync_fetch_and_add(&next->next, 1);
	if (!bpf_map_update_elem(&hop_ids, key, &id, BPF_NOEXIST))
		return id;
	/* Another CPU was first, or the table is full. */
	known = bpf_map_lookup_elem(&hop_ids, key);
	return known ? *known : XHOP_HOPS_SHARED;
}

static __always_inline int hop_cached_is(const struct xhop_hop_cached *cached,
					 const struct xhop_hop_key *key)
{
	const __u64 *a = (const __u64 *)&cached->key, *b = (const __u64 *)key;

	return !((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) |
		 (*(const __u32 *)(a + 3) ^ *(const __u32 *)(b + 3)));
}

static __always_inline __u32 hop_bucket(const struct xhop_hop_key *key)
{
	const __u32 *words = (const __u32 *)key->addr;
	__u32 hash = (words[0] ^ words[3] ^ key->ifindex) * GOLDEN_RATIO_32;

	return hash >> 24;
}

static __always_inline __u32 hop_id(const struct xhop_hop_key *key)
{
	__u32 bucket = hop_bucket(key);
	struct xhop_hop_cached *cached = bpf_map_lookup_elem(&hop_cache, &bucket);
	__u32 *known, id;

	if (cached && cached->id && hop_cached_is(cached, key))
		return cached->id;
	known = bpf_map_lookup_elem(&hop_ids, key);
	id = known ? *known : hop_add(key);
	if (cached) {
		cached->key = *key;
		cached->id = id;
	}
	return id;
}

static __always_inline void count_hop(__u32 id, __u32 bytes)
{
	struct xhop_hop_counters *counters = bpf_map_lookup_elem(&hop_counters, &id);

	if (!counters)
		return;
	counters->packets++;
	counters->bytes += bytes;
}

#endif
