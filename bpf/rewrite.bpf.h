/* SPDX-License-Identifier: GPL-2.0 */
/* The only file that writes into a packet, and only after the decision. */
#ifndef XHOP_BPF_REWRITE_BPF_H
#define XHOP_BPF_REWRITE_BPF_H

#include "bpf/lookup.bpf.h"

/*
 * Padding that XDP must not cut off: bpf_xdp_adjust_tail() gives a buffer that holds nothing else
 * back as a plain page, and a veth's comes from a page pool, which then never ends.
 */
static __always_inline int rewrite_cannot_trim(const struct packet *pkt)
{
	return pkt->has_frags && pkt->frame_len != pkt->ip_len + sizeof(struct ethhdr);
}

/* pskb_trim_rcsum() in ip_rcv_core() and ip6_rcv_core(): padding behind the packet goes. */
static __always_inline int rewrite_trim(struct xdp_md *ctx, const struct packet *pkt)
{
	int padding = pkt->frame_len - pkt->ip_len - sizeof(struct ethhdr);

	return padding > 0 ? bpf_xdp_adjust_tail(ctx, -padding) : 0;
}

/*
 * MACs and TTL. The pointers of pkt are gone after a trim, so the headers are found anew; they
 * were there a moment ago and the trim leaves them. Non-zero: nothing was written.
 */
static __always_inline int rewrite_headers(struct xdp_md *ctx, const struct packet *pkt,
					   const struct xhop_hop_now *hop)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip4 = (void *)(eth + 1);
	struct ipv6hdr *ip6 = (void *)(eth + 1);
	__u32 check;

	if (pkt->family == AF_INET) {
		if ((void *)(ip4 + 1) > end)
			return -1;
		/* ip_decrease_ttl(), RFC 1624 */
		check = (__u32)ip4->check + bpf_htons(0x0100);
		ip4->check = check + (check >= 0xffff);
		ip4->ttl--;
	} else {
		if ((void *)(ip6 + 1) > end)
			return -1;
		ip6->hop_limit--;
	}
	__builtin_memcpy(eth->h_dest, hop->key.lladdr, ETH_ALEN);
	__builtin_memcpy(eth->h_source, hop->smac, ETH_ALEN);
	return 0;
}

#endif
