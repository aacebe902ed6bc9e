// SPDX-License-Identifier: GPL-2.0
/*
 * How does this kernel hash its IPv4 addresses? Run by BPF_PROG_RUN in a namespace that has the
 * address which the frame holds; answers with the hashes (bits, enum xhop_addr_hash) that find
 * it in the kernel's table.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "bpf/address.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("xdp")
int xhop_probe(struct xdp_md *ctx)
{
	struct xdp_buff *xdp = config.has_kfuncs ? bpf_cast_to_kern_ctx(ctx) : (void *)ctx;
	__be32 *addr = (void *)(long)ctx->data;
	struct xhop_fib_seen *seen = seen_here();
	struct xdp_rxq_info *rxq;
	struct net_device *dev;
	int found = 0;

	if ((void *)(addr + 1) > (void *)(long)ctx->data_end || !seen)
		return 0;
	rxq = kread(xdp, rxq);
	dev = kread(rxq, dev);
	seen->net = (unsigned long)kread(dev, nd_net.net);
	if (address_in_bucket(*addr, XHOP_ADDR_HASH_XOR) == 1)
		found |= 1 << XHOP_ADDR_HASH_XOR;
	if (address_in_bucket(*addr, XHOP_ADDR_HASH_JHASH) == 1)
		found |= 1 << XHOP_ADDR_HASH_JHASH;
	if (address_in_bucket(*addr, XHOP_ADDR_HASH_PLAIN) == 1)
		found |= 1 << XHOP_ADDR_HASH_PLAIN;
	return found;
}
