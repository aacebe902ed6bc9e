/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's own neighbour entry of a next hop, found in its hash table as
 * __ipv4_neigh_lookup_noref() and __ipv6_neigh_lookup_noref() find it. It tells what
 * bpf_fib_lookup() does not: that the entry is stale, and would stay so for ever, since only
 * Linux's own output marks it used. Reads only.
 */
#ifndef XHOP_BPF_NEIGH_BPF_H
#define XHOP_BPF_NEIGH_BPF_H

#include "bpf/address.bpf.h"
#include "bpf/egress.bpf.h"
#include "maps/maps.bpf.h"

#define NUD_STALE	  0x04 /* include/uapi/linux/neighbour.h */
#define NEIGHBOURS_WALKED 16
#define NEIGH_BUCKETS_MAX (1u << 20) /* for the verifier; far more than there are */

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

static __always_inline __u32 neigh_mark(const struct xhop_hop_key *key)
{
	const __u32 *words = (const __u32 *)key->addr;

	return (words[0] ^ words[1] * 3 ^ words[2] * 5 ^ words[3] * 7 ^ key->ifindex * 11) *
	       GOLDEN_RATIO_32;
}

/*
 * Only Linux's own output asks a stale neighbour (neigh_event_send(): STALE, DELAY, PROBE), at the
 * next packet to it. That one goes to Linux, and those behind it until Linux has seen one, so that
 * none is overtaken. One that is not stale is looked at once a jiffy and CPU.
 */
static __always_inline int neigh_is_stale(struct net_device *dev, const struct xhop_hop_key *key)
{
	__u32 mark = neigh_mark(key), bucket = mark >> 24;
	__u64 now = (__u64)mark << 32 | (__u32)bpf_jiffies64();
	__u64 *looked = bpf_map_lookup_elem(&neigh_looked, &bucket);
	struct xhop_fib_seen *seen = seen_here();
	struct neighbour *neigh;

	if (!seen || (looked && *looked == now))
		return 0;
	neigh = neigh_of(seen, dev, key->family, key->addr);
	if (neigh && kread(neigh, nud_state) == NUD_STALE)
		return 1;
	if (looked)
		*looked = now;
	return 0;
}

/* The same of an entry that is known: its address. */
static __always_inline int neigh_known_is_stale(unsigned long at)
{
	struct neighbour *neigh = kcast(at, struct neighbour);

	return kread(neigh, nud_state) == NUD_STALE;
}

#endif
