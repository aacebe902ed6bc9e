// SPDX-License-Identifier: GPL-2.0
/* Reads the FIB's generation of the caller's network namespace. Run by BPF_PROG_RUN. */
#include "maps/types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

struct fib_rules_ops {
	unsigned int fib_rules_seq;
};

struct fib6_table {
	unsigned int fib_seq;
};

struct netns_ipv4 {
	struct fib_rules_ops *rules_ops;
	atomic_t rt_genid;
	unsigned int fib_seq;
};

struct netns_ipv6 {
	struct fib6_table *fib6_main_tbl;
	struct fib6_table *fib6_local_tbl;
	struct fib_rules_ops *fib6_rules_ops;
	atomic_t fib6_sernum;
};

struct net {
	struct netns_ipv4 ipv4;
	struct netns_ipv6 ipv6;
};

struct nsproxy {
	struct net *net_ns;
};

struct task_struct {
	struct nsproxy *nsproxy;
};

#pragma clang attribute pop

static __always_inline __u64 pair(__u32 high, __u32 low)
{
	return (__u64)high << 32 | low;
}

SEC("syscall")
int generation(struct xhop_generation *g)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct net *net = BPF_CORE_READ(task, nsproxy, net_ns);

	g->ip4[0] =
		pair(BPF_CORE_READ(net, ipv4.rt_genid.counter), BPF_CORE_READ(net, ipv4.fib_seq));
	g->ip4[1] = BPF_CORE_READ(net, ipv4.rules_ops, fib_rules_seq);
	g->ip6[0] = pair(BPF_CORE_READ(net, ipv6.fib6_sernum.counter),
			 BPF_CORE_READ(net, ipv6.fib6_main_tbl, fib_seq));
	g->ip6[1] = pair(BPF_CORE_READ(net, ipv6.fib6_local_tbl, fib_seq),
			 BPF_CORE_READ(net, ipv6.fib6_rules_ops, fib_rules_seq));
	return 0;
}

char _license[] SEC("license") = "GPL";
