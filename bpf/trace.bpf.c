// SPDX-License-Identifier: GPL-2.0
/*
 * Tracing programs, one set for the machine, shared by all namespaces that run xhop.
 *
 * The two FIB programs run inside bpf_fib_lookup() and leave the kernel's own next hop where
 * the forwarding program finds it (maps/shared.bpf.h). The two XDP programs count redirects
 * that failed after the verdict.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "bpf/kernel.bpf.h"
#include "maps/types.h"
#include "maps/shared.bpf.h"
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

/* Ports of all sets. Loader adds and removes, these programs count, loader reads. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct xhop_dev_key);
	__type(value, struct xhop_dev_errors);
} dev_errors SEC(".maps");

static __always_inline void fib_note(const void *nhc, const void *f6i)
{
	__u32 zero = 0;
	struct xhop_fib_seen *seen = bpf_map_lookup_elem(&fib_seen, &zero);

	if (!seen)
		return;
	seen->nhc = (__u64)nhc;
	seen->f6i = (__u64)f6i;
}

/* trace_fib_table_lookup(tb_id, flp, nhc, err) */
SEC("raw_tp/fib_table_lookup")
int xhop_fib4(struct bpf_raw_tracepoint_args *ctx)
{
	if (!(int)ctx->args[3])
		fib_note((const void *)ctx->args[2], 0);
	return 0;
}

/* trace_fib6_table_lookup(net, res, table, flp). Typed, so that it may read res without a call. */
SEC("tp_btf/fib6_table_lookup")
int xhop_fib6(__u64 *ctx)
{
	const struct fib6_result *res = (const void *)ctx[1];

	fib_note(res->nh, res->f6i);
	return 0;
}

static __always_inline struct xhop_dev_errors *dev_find(const struct net_device *dev, __u32 ifindex)
{
	struct xhop_dev_key key = {
		.netns_cookie = BPF_CORE_READ(dev, nd_net.net, net_cookie),
		.ifindex = ifindex ?: (__u32)BPF_CORE_READ(dev, ifindex),
	};

	return bpf_map_lookup_elem(&dev_errors, &key);
}

/* trace_xdp_devmap_xmit(from_dev, to_dev, sent, drops, err) */
SEC("raw_tp/xdp_devmap_xmit")
int xhop_xmit(struct bpf_raw_tracepoint_args *ctx)
{
	int drops = ctx->args[3];
	struct xhop_dev_errors *errors;

	if (drops <= 0 || !dev_find((const void *)ctx->args[0], 0))
		return 0;
	errors = dev_find((const void *)ctx->args[1], 0);
	if (errors)
		errors->xmit += drops;
	return 0;
}

/* trace_xdp_redirect_err(dev, xdp, tgt, err, map_type, map_id, index): index is the ifindex */
SEC("raw_tp/xdp_redirect_err")
int xhop_redirect(struct bpf_raw_tracepoint_args *ctx)
{
	const struct net_device *dev = (const void *)ctx->args[0];
	struct xhop_dev_errors *errors;

	if (ctx->args[4] != BPF_MAP_TYPE_DEVMAP_HASH || !dev_find(dev, 0))
		return 0;
	errors = dev_find(dev, ctx->args[6]);
	if (errors)
		errors->redirect++;
	return 0;
}
