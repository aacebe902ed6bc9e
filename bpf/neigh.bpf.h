/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's own neighbour entry of a next hop, found in its hash table as
 * __ipv4_neigh_lookup_noref() and __ipv6_neigh_lookup_noref() find it. It tells what
 * bpf_fib_lookup() does not: that the entry is stale, and would stay so for ever, since only
 * Linux's own output marks it used. Reads only.
 */
#ifndef XHOP_BPF_NEIGH_BPF_H
#define XHOP_BPF_NEIGH_BPF_H

#include "bpf/egress.bpf.h"

#define NUD_STALE		   0x04 /* include/uapi/linux/neighbour.h */
#define NEIGH_VAR_DELAY_PROBE_TIME 6	/* include/net/neighbour.h */
#define NEIGHBOURS_WALKED	   16
#define NEIGH_BUCKETS_MAX	   (1u << 20) /* for the verifier; far more than there are */

/* arp_tbl and nd_tbl, by way of a device that has neighbours there. 0: it has none. */
static __always_inline struct neigh_table *neigh_table_of(struct net_device *dev, int family)
{
	struct in_device *in_dev;
	struct inet6_dev *idev;
	struct neigh_parms *parms;

	if (family == AF_INET) {
		in_dev = kread(dev, ip_ptr);
		parms = in_dev ? kread(in_dev, arp_parms) : 0;
	} else {
		idev = kread(dev, ip6_ptr);
		parms = idev ? kread(idev, nd_parms) : 0;
	}
	return parms ? kread(parms, tbl) : 0;
}

/* arp_hashfn(), ndisc_hashfn(). */
static __always_inline __u32 neigh_hash(struct neigh_hash_table *nht, unsigned long dev,
					const __u32 *addr, int family)
{
	__u32 hash = (addr[0] ^ (__u32)(dev ^ dev >> 32)) * kread(nht, hash_rnd[0]);

	if (family == AF_INET)
		return hash;
	return hash + addr[1] * kread(nht, hash_rnd[1]) + addr[2] * kread(nht, hash_rnd[2]) +
	       addr[3] * kread(nht, hash_rnd[3]);
}

static __always_inline struct neighbour *neigh_first(struct neigh_hash_table *nht, __u32 bucket)
{
	unsigned long heads;

	if (bpf_core_field_exists(nht->hash_heads))
		heads = (unsigned long)kread(nht, hash_heads);
	else
		heads = (unsigned long)kread((struct neigh_hash_table___plain *)nht, hash_buckets);
	/* The link stands first in a neighbour, in either kind of list. */
	bucket &= NEIGH_BUCKETS_MAX - 1;
	return kcast(kread_pointer(heads + bucket * sizeof(void *)), struct neighbour);
}

static __always_inline int neigh_is(struct neighbour *neigh, const struct xhop_fib_seen *seen,
				    int family)
{
	const __u64 *addr = (const __u64 *)seen->addr;
	unsigned long key =
		(unsigned long)neigh + bpf_core_field_offset(struct neighbour, primary_key);

	if ((unsigned long)kread(neigh, dev) != seen->dev)
		return 0;
	if (family == AF_INET)
		return kread_u32(key) == (__u32)addr[0];
	return kread_u64(key) == addr[0] && kread_u64(key + 8) == addr[1];
}

/* The neighbour seen->addr at seen->dev: sets seen->neigh. 0: found. */
walk neigh_find(int family)
{
	struct xhop_fib_seen *seen = seen_here();
	struct neigh_hash_table *nht;
	struct neigh_table *table;
	struct neighbour *neigh;
	__u32 hash;

	if (!seen)
		return -1;
	table = neigh_table_of(kcast(seen->dev, struct net_device), family);
	if (!table)
		return -1;
	nht = kread(table, nht);
	hash = neigh_hash(nht, seen->dev, (const __u32 *)seen->addr, family);
	neigh = neigh_first(nht, hash >> ((32 - kread(nht, hash_shift)) & 31));
	for (int i = 0; i < NEIGHBOURS_WALKED && neigh; i++) {
		if (neigh_is(neigh, seen, family)) {
			seen->neigh = (unsigned long)neigh;
			return 0;
		}
		neigh = kcast(kread_pointer((unsigned long)neigh), struct neighbour);
	}
	return -1;
}

/* addr: sixteen bytes, IPv4 in the first four. 0: not found. */
static __always_inline struct neighbour *
neigh_of(struct xhop_fib_seen *seen, struct net_device *dev, int family, const void *addr)
{
	seen->dev = (unsigned long)dev;
	__builtin_memcpy(seen->addr, addr, sizeof(seen->addr));
	if (neigh_find(family))
		return 0;
	return kcast(seen->neigh, struct neighbour);
}

/* May the packet be overtaken by those behind it, without harm to its flow? */
static __always_inline int neigh_may_wait(struct xdp_md *ctx, const struct packet *pkt)
{
	void *end = (void *)(long)ctx->data_end;
	void *l4 = pkt->family == AF_INET ? (void *)(pkt->ip4 + 1) : (void *)(pkt->ip6 + 1);
	const __u8 *tcp = l4;

	if (pkt->fragment || pkt->l4 != IPPROTO_TCP || l4 + 20 > end)
		return 0;
	return l4 - (void *)pkt->eth + (tcp[12] >> 4) * 4 == pkt->ip_len + sizeof(struct ethhdr);
}

/*
 * A stale entry must see a packet: Linux's output then asks the neighbour (STALE, DELAY, PROBE).
 * For a tenth of the delay that the device allows before it asks (0.5 s) only TCP segments
 * without data go there, later any packet, and all of them until the state has changed.
 */
static __always_inline int neigh_is_due(struct xdp_md *ctx, const struct packet *pkt,
					struct neighbour *neigh)
{
	struct neigh_parms *parms;
	__u64 age;
	__u32 patience;

	if (!neigh || kread(neigh, nud_state) != NUD_STALE)
		return 0;
	parms = kread(neigh, parms);
	age = bpf_jiffies64() - kread(neigh, updated);
	patience = (__u32)kread(parms, data[NEIGH_VAR_DELAY_PROBE_TIME]) / 10;
	return age >= patience || neigh_may_wait(ctx, pkt);
}

#endif
