/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The FIB's generation (struct xhop_generation): what the kernel counts up with every change that
 * can alter where packets go. IPv4: rt_genid (rt_cache_flush(): routes in use, devices, sysctls,
 * rules, nexthop objects) and fib_seq (every route). IPv6: the namespace's sernum, and the fib_seq
 * of both tables and of the rules, since a deletion leaves the sernum as it is; and rt_genid, since
 * a carrier that goes moves no number of IPv6's own. Reads only.
 */
#ifndef XHOP_BPF_FIBGEN_BPF_H
#define XHOP_BPF_FIBGEN_BPF_H

#include "bpf/compat.bpf.h"

/* They live as long as the namespace. Addresses. */
struct fib6_objects {
	__u64 main, local; /* struct fib6_table */
	__u64 rules;	   /* struct fib_rules_ops */
};

static __always_inline void fib6_objects_read(struct net *net, struct fib6_objects *objects)
{
	objects->main = (unsigned long)kread(net, ipv6.fib6_main_tbl);
	objects->local = 0;
	objects->rules = 0;
	if (bpf_core_field_exists(net->ipv6.fib6_local_tbl)) {
		objects->local = (unsigned long)kread(net, ipv6.fib6_local_tbl);
		objects->rules = (unsigned long)kread(net, ipv6.fib6_rules_ops);
	}
}

static __always_inline void fib4_generation(struct net *net, __u32 genid, __u64 generation[2])
{
	generation[0] = (__u64)genid << 32 | kread(net, ipv4.fib_seq);
	generation[1] = 0;
}

static __always_inline void fib6_generation(struct net *net, __u32 genid,
					    const struct fib6_objects *objects, __u64 generation[2])
{
	struct fib6_table *main = kcast(objects->main, struct fib6_table);
	struct fib6_table *local = kcast(objects->local, struct fib6_table);
	struct fib_rules_ops *rules = kcast(objects->rules, struct fib_rules_ops);

	generation[0] =
		(__u64)(__u32)kread(net, ipv6.fib6_sernum.counter) << 32 | kread(main, fib_seq);
	generation[1] =
		(__u64)genid << 32 | (__u32)(kread(local, fib_seq) + kread(rules, fib_rules_seq));
}

#endif
