/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's hash table of the router's own IPv4 addresses. Its hash function has changed
 * between versions; the loader finds out by trying which one is in use (probe.bpf.c,
 * config.addr_hash). Reads only.
 */
#ifndef XHOP_BPF_ADDRESS_BPF_H
#define XHOP_BPF_ADDRESS_BPF_H

#include "bpf/compat.bpf.h"

#define IN4_ADDR_HSIZE_SHIFT 8
#define GOLDEN_RATIO_32	     0x61C88647 /* include/linux/hash.h, hash_32() */
#define JHASH_INITVAL	     0xdeadbeef
#define ADDRESSES_WALKED     16

/* In older kernels one table for the machine (needs KALLSYMS_ALL). */
extern const void inet_addr_lst __ksym __weak;

#define rotate_left(word, bits) ((word) << (bits) | (word) >> (32 - (bits)))

/* include/linux/jhash.h: jhash_1word(), Bob Jenkins' final mix of three words. */
static __always_inline __u32 jhash_1word(__u32 a, __u32 initval)
{
	__u32 b, c;

	initval += JHASH_INITVAL + (1 << 2);
	a += initval;
	b = initval;
	c = initval;
	c ^= b;
	c -= rotate_left(b, 14);
	a ^= c;
	a -= rotate_left(c, 11);
	b ^= a;
	b -= rotate_left(a, 25);
	c ^= b;
	c -= rotate_left(b, 16);
	a ^= c;
	a -= rotate_left(c, 4);
	b ^= a;
	b -= rotate_left(a, 14);
	c ^= b;
	c -= rotate_left(b, 24);
	return c;
}

/* inet_addr_hash() of the kernels that hash in this way. mix: net->hash_mix. */
static __always_inline __u32 address_hash(__u32 mix, __be32 addr, int kind)
{
	switch (kind) {
	case XHOP_ADDR_HASH_XOR:
		addr ^= mix;
		break;
	case XHOP_ADDR_HASH_JHASH:
		addr = jhash_1word(addr, mix);
		break;
	case XHOP_ADDR_HASH_PLAIN:
		break;
	}
	return (addr * GOLDEN_RATIO_32) >> (32 - IN4_ADDR_HSIZE_SHIFT);
}

/* The table of a namespace; 0: none. */
static __always_inline unsigned long address_table(struct net *net)
{
	if (bpf_core_field_exists(net->ipv4.inet_addr_lst))
		return (unsigned long)kread(net, ipv4.inet_addr_lst);
	return (unsigned long)&inet_addr_lst;
}

/* Where the bucket of an address stands. mix: net->hash_mix. */
static __always_inline unsigned long address_bucket(unsigned long table, __u32 mix, __be32 addr,
						    int kind)
{
	return table + address_hash(mix, addr, kind) * sizeof(struct hlist_head);
}

static __always_inline int address_is(struct hlist_node *node, unsigned long net, __be32 addr)
{
	struct in_device *in_dev;
	struct net_device *dev;
	struct in_ifaddr *ifa;

	if (bpf_core_field_exists(((struct in_ifaddr___named *)0)->addr_lst))
		ifa = kcast((unsigned long)node -
				    bpf_core_field_offset(struct in_ifaddr___named, addr_lst),
			    struct in_ifaddr);
	else
		ifa = kcontainer(node, struct in_ifaddr, hash);
	if (kread(ifa, ifa_local) != addr)
		return 0;
	in_dev = kread(ifa, ifa_dev);
	dev = kread(in_dev, dev);
	return (unsigned long)kread(dev, nd_net.net) == net;
}

#define ADDRESS_UNSURE 2 /* more addresses in the bucket than are looked at */

/* Is addr, of the namespace seen->net, in the bucket where this kind of hash puts it? */
walk address_in_bucket(__be32 addr, int kind)
{
	struct xhop_fib_seen *seen = seen_here();
	struct hlist_node *node;
	unsigned long table;
	struct net *net;

	if (!seen)
		return ADDRESS_UNSURE;
	net = kcast(seen->net, struct net);
	table = address_table(net);
	if (!table)
		return ADDRESS_UNSURE;
	node = kread_pointer(address_bucket(table, kread(net, hash_mix), addr, kind));
	for (int i = 0; i < ADDRESSES_WALKED; i++) {
		if (!node)
			return 0;
		if (address_is(node, seen->net, addr))
			return 1;
		node = kread_pointer((unsigned long)node);
	}
	return ADDRESS_UNSURE;
}

/*
 * inet_lookup_ifaddr_rcu(): is addr an address of the namespace, whose table and mix these are?
 * Nearly always its bucket is empty. Unsure: yes, so that the packet is passed.
 */
static __always_inline int address_is_own(struct net *net, unsigned long table, __u32 mix,
					  __be32 addr)
{
	struct xhop_fib_seen *seen;

	if (!table)
		return 1;
	if (!kread_pointer(address_bucket(table, mix, addr, config.addr_hash)))
		return 0;
	seen = seen_here();
	if (!seen)
		return 1;
	seen->net = (unsigned long)net;
	return address_in_bucket(addr, config.addr_hash);
}

#endif
