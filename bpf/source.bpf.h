/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fib_validate_source(): would Linux accept the IPv4 source on this device, for this way out?
 * IPv6 has no such check. Also the same-interface rules of both families, which share its
 * inputs. Reads only.
 */
#ifndef XHOP_BPF_SOURCE_BPF_H
#define XHOP_BPF_SOURCE_BPF_H

#include "bpf/egress.bpf.h"

#define IN4_ADDR_HSIZE_SHIFT 8
#define GOLDEN_RATIO_32	     0x61C88647 /* include/linux/hash.h, hash_32() */
#define ADDRESSES_WALKED     16

/* Until addresses moved into struct net, one table for the machine (needs KALLSYMS_ALL). */
extern const void inet_addr_lst __ksym __weak;

/* The bucket of an address in the table of addresses, as an address to read; 0: no table. */
static __always_inline unsigned long address_bucket(struct net *net, __be32 addr)
{
	__u32 hash = (addr ^ kread(net, hash_mix)) * GOLDEN_RATIO_32;
	unsigned long table;

	if (bpf_core_field_exists(net->ipv4.inet_addr_lst))
		table = (unsigned long)kread(net, ipv4.inet_addr_lst);
	else
		table = (unsigned long)&inet_addr_lst;
	if (!table)
		return 0;
	return table + (hash >> (32 - IN4_ADDR_HSIZE_SHIFT)) * sizeof(struct hlist_head);
}

/* Is addr in its bucket? Unsure (too many addresses in it): yes. */
walk address_in_bucket(__be32 addr)
{
	struct xhop_fib_seen *seen = seen_here();
	struct in_device *in_dev;
	struct net_device *dev;
	struct hlist_node *node;
	struct in_ifaddr *ifa;

	if (!seen)
		return 1;
	node = kread_pointer(address_bucket(kcast(seen->net, struct net), addr));
	for (int i = 0; i < ADDRESSES_WALKED; i++) {
		if (!node)
			return 0;
		if (bpf_core_field_exists(((struct in_ifaddr___named *)0)->addr_lst))
			ifa = kcast((unsigned long)node -
					    bpf_core_field_offset(struct in_ifaddr___named, addr_lst),
				    struct in_ifaddr);
		else
			ifa = kcontainer(node, struct in_ifaddr, hash);
		if (kread(ifa, ifa_local) == addr) {
			in_dev = kread(ifa, ifa_dev);
			dev = kread(in_dev, dev);
			if ((unsigned long)kread(dev, nd_net.net) == seen->net)
				return 1;
		}
		node = kread_pointer((unsigned long)node);
	}
	return 1;
}

/*
 * inet_lookup_ifaddr_rcu(): is addr an address of this namespace? Nearly always its bucket is
 * empty. Unsure: yes, so that the packet is passed.
 */
static __always_inline int address_is_own(struct net *net, __be32 addr)
{
	unsigned long bucket = address_bucket(net, addr);

	if (!bucket)
		return 1;
	return kread_pointer(bucket) && address_in_bucket(addr);
}

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

/* The namespace's and the device's sysctl, joined as IN_DEV_ORCONF and IN_DEV_MAXCONF do. */
static __always_inline int devconf(struct ipv4_devconf *all, struct in_device *in_dev, int index)
{
	int a, d;

	if (config.has_kfuncs) {
		a = all->data[index - 1];
		d = in_dev->cnf.data[index - 1];
	} else {
		bpf_core_read(&a, sizeof(a), &all->data[index - 1]);
		bpf_core_read(&d, sizeof(d), &in_dev->cnf.data[index - 1]);
	}
	return a > d ? a : d;
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

static __always_inline enum xhop_reason source_check4(struct xdp_md *ctx, const struct packet *pkt,
						      const struct ingress *in, __u32 egress)
{
	struct in_device *in_dev = kread(in->dev, ip_ptr);
	struct ipv4_devconf *all = kread(in->net, ipv4.devconf_all);
	int rp_filter, kind;

	if (!in_dev)
		return XHOP_FORWARDING;
	/* __mkroute_input(): the sender is told of a shorter way. */
	if (egress == config.ifindex && devconf(all, in_dev, IPV4_DEVCONF_SEND_REDIRECTS))
		return XHOP_REDIRECT;
	rp_filter = devconf(all, in_dev, IPV4_DEVCONF_RP_FILTER);
	kind = source_kind(in->net);
	if (!rp_filter && !(kind & SOURCE_REALMS)) {
		if (!kind && !address_is_own(in->net, pkt->ip4->saddr))
			return XHOP_FORWARDED;
		if (devconf(all, in_dev, IPV4_DEVCONF_ACCEPT_LOCAL))
			return XHOP_FORWARDED;
		if (!kind)
			return XHOP_OWN_SOURCE;
	}
	return source_lookup(ctx, pkt, in_dev, egress, rp_filter);
}

static __always_inline enum xhop_reason source_check(struct xdp_md *ctx, const struct packet *pkt,
						     const struct ingress *in, __u32 egress)
{
	if (pkt->family == AF_INET)
		return source_check4(ctx, pkt, in, egress);
	/* ip6_forward() sends a redirect whatever the sysctls say. */
	return egress == config.ifindex ? XHOP_REDIRECT : XHOP_FORWARDED;
}

#endif
