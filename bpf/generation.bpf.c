// SPDX-License-Identifier: GPL-2.0
/*
 * Which generation is the kernel's FIB in? Run by BPF_PROG_RUN on a device of the namespace, by the
 * daemon, before and after it has followed the kernel; the same reads as the forwarding program's.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "bpf/compat.bpf.h"
#include "bpf/fibgen.bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xhop_generation_now);
} generation_now SEC(".maps");

SEC("xdp")
int xhop_generation(struct xdp_md *ctx)
{
	struct xdp_buff *xdp = config.has_kfuncs ? bpf_cast_to_kern_ctx(ctx) : (void *)ctx;
	struct xhop_generation_now *now;
	struct xdp_rxq_info *rxq;
	struct fib6_objects objects;
	struct net_device *dev;
	__u32 zero = 0, genid;
	struct net *net;

	now = bpf_map_lookup_elem(&generation_now, &zero);
	if (!now)
		return 0;
	rxq = kread(xdp, rxq);
	dev = kread(rxq, dev);
	net = kread(dev, nd_net.net);
	now->cookie = kread(net, net_cookie);
	now->jiffies = bpf_jiffies64();
	genid = kread(net, ipv4.rt_genid.counter);
	fib4_generation(net, genid, now->generation.ip4);
	fib6_objects_read(net, &objects);
	fib6_generation(net, genid, &objects, now->generation.ip6);
	return 1;
}
