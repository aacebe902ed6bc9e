// SPDX-License-Identifier: GPL-2.0
/*
 * xhop: forwards IP packets at the driver's hook, exactly as Linux would have, or hands them to
 * Linux. The recipe is forward_ip(): every step may answer with a reason to pass, and no byte
 * of the packet changes before all of them agreed.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "bpf/parse.bpf.h"
#include "bpf/gate.bpf.h"
#include "bpf/lookup.bpf.h"
#include "bpf/rewrite.bpf.h"
#include "bpf/count.bpf.h"
#include "maps/maps.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* Everything from here to the wire. Past the redirect only a vanished frame can fail. */
static __always_inline enum xhop_reason send(struct xdp_md *ctx, const struct packet *pkt,
					     const struct ingress *in, struct xhop_hop_now *hop)
{
	__u32 id;

	/* A device that is no port answers XDP_PASS. Asked before the first write. */
	if (bpf_redirect_map(&tx_ports, hop->key.ifindex, XDP_PASS) != XDP_REDIRECT)
		return XHOP_NOT_PORT;
	if (rewrite_trim(ctx, pkt) || rewrite_headers(ctx, pkt, hop))
		return XHOP_ERROR;
	id = hop->id_known ? hop->id : hop_id(&hop->key);
	if (hop->class && !hop->answered)
		answer_learn(pkt, in, hop, id);
	if (!skipped(COUNT_HOP))
		count_hop(id, pkt->ip_len + sizeof(struct ethhdr));
	return XHOP_FORWARDED;
}

/* Compiled once a family: what is not asked of this one costs nothing. */
static __always_inline enum xhop_reason forward_ip(struct xdp_md *ctx, struct packet *pkt,
						   int family)
{
	struct ingress in = {};
	struct xhop_hop_now *hop = hop_here();
	enum xhop_reason reason;

	if (!hop)
		return XHOP_LOOKUP;
	reason = gate_frame(ctx, pkt, &in);
	if (reason)
		return reason;
	reason = parse_ip(ctx, pkt, family);
	if (reason)
		return reason;
	if (rewrite_cannot_trim(pkt))
		return XHOP_PADDING;
	reason = gate(ctx, pkt, &in);
	if (reason)
		return reason;
	reason = lookup(ctx, pkt, &in, hop);
	if (reason)
		return reason;
	pkt->by_maps = hop->answered;
	return send(ctx, pkt, &in, hop);
}

/* Two names, so that clang does not make one call with a variable family out of two. */
static __always_inline enum xhop_reason forward_ip4(struct xdp_md *ctx, struct packet *pkt)
{
	return forward_ip(ctx, pkt, AF_INET);
}

static __always_inline enum xhop_reason forward_ip6(struct xdp_md *ctx, struct packet *pkt)
{
	return forward_ip(ctx, pkt, AF_INET6);
}

static __always_inline enum xhop_reason forward(struct xdp_md *ctx, struct packet *pkt)
{
	enum xhop_reason reason = parse_frame(ctx, pkt);

	if (reason)
		return reason;
	if (pkt->eth->h_proto == bpf_htons(ETH_P_IP))
		return forward_ip4(ctx, pkt);
	return forward_ip6(ctx, pkt);
}

SEC("xdp.frags")
int xhop_forward(struct xdp_md *ctx)
{
	struct xhop_port_control *control;
	struct packet pkt = {};
	enum xhop_reason reason;
	__u32 slot = config.slot;

	control = bpf_map_lookup_elem(&port_controls, &slot);
	if (!control)
		return XDP_PASS;
	if (control->runner && control->runner != config.generation)
		return XDP_PASS; /* another program of this port counts the packet */
	pkt.frame_len = ctx->data_end - ctx->data;
	reason = control->paused ? XHOP_NOT_RUNNER : forward(ctx, &pkt);
	count_reason(reason, &pkt);
	return reason == XHOP_FORWARDED ? XDP_REDIRECT : XDP_PASS;
}
