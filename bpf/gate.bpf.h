/* SPDX-License-Identifier: GPL-2.0 */
/*
 * May the fast path touch this packet at all? Asks the kernel's own live state, so that a
 * firewall rule, an IPsec policy or a sysctl set now is obeyed by the next packet: the ingress
 * device, the namespace, the skb behind a veth frame. The egress device is asked in
 * egress.bpf.h, once it is known. Reads only.
 */
#ifndef XHOP_BPF_GATE_BPF_H
#define XHOP_BPF_GATE_BPF_H

#include "bpf/port.bpf.h"

enum { /* include/uapi/linux/netfilter.h */
       NF_INET_PRE_ROUTING = 0,
       NF_INET_FORWARD = 2,
       NF_INET_POST_ROUTING = 4,
};
#define CHECKSUM_PARTIAL 3

/* eth_type_trans(): PACKET_HOST only; ip_forward() and ip6_forward() drop the rest. */
static __always_inline enum xhop_reason gate_mac(const struct packet *pkt, const struct ingress *in)
{
	const __u16 *dst = (const __u16 *)pkt->eth->h_dest;

	return in->live->mac == mac_word((__u64)dst[0] | (__u64)dst[1] << 16 | (__u64)dst[2] << 32)
		       ? XHOP_FORWARDED
		       : XHOP_MAC;
}

/* The pseudo header's sum alone in the L4 checksum field: how CHECKSUM_PARTIAL looks. */
static __always_inline int sum_is_partial(const struct packet *pkt)
{
	__u32 len = pkt->ip_len -
		    (pkt->family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ipv6hdr));
	__u64 sum = bpf_htonl(len + pkt->l4);

	if (pkt->family == AF_INET)
		sum += (__u64)pkt->ip4->saddr + pkt->ip4->daddr;
	else
		sum += sum_words((__u32 *)&pkt->ip6->saddr, 8);
	return sum_fold(sum) == pkt->l4_sum;
}

/* Ports that carry packets with checksums of their own: VXLAN (also Linux's old one), Geneve, ...
 */
static __always_inline int port_is_tunnel(__be16 port)
{
	return port == bpf_htons(4789) || port == bpf_htons(8472) || port == bpf_htons(6081) ||
	       port == bpf_htons(4790) || port == bpf_htons(4754) || port == bpf_htons(5555) ||
	       port == bpf_htons(6635) || port == bpf_htons(1701);
}

/*
 * The device cannot show whether the L4 checksum is still to be made (tap, generic mode, veth
 * before Linux 6.3). A frame whose field holds just the pseudo header's sum is such a frame, or
 * one in 65536 that only looks so: passing either is right. Protocols whose open checksum looks
 * otherwise (SCTP: 0, tunnels: inside) are passed.
 */
static __always_inline enum xhop_reason gate_hidden_sum(const struct packet *pkt)
{
	if (pkt->fragment)
		return XHOP_FORWARDED; /* a sender completes the sum before it cuts */
	if (pkt->l4 == IPPROTO_ICMP || pkt->l4 == IPPROTO_ICMPV6)
		return XHOP_FORWARDED;
	if (!pkt->has_sum || sum_is_partial(pkt))
		return XHOP_SKB_CHECKSUM;
	/* A tunnel over UDP may leave the inner checksum open; its outer one is then 0 or whole. */
	return pkt->l4 == IPPROTO_UDP && (!pkt->l4_sum || port_is_tunnel(pkt->dport))
		       ? XHOP_SKB_CHECKSUM
		       : XHOP_FORWARDED;
}

/* The skb that a native veth keeps behind the frame; 0 if the frame came by redirect. */
static __always_inline struct sk_buff *veth_skb(struct xdp_md *ctx, const struct packet *pkt,
						const struct ingress *in)
{
	void *skb = kread_pointer((unsigned long)pkt->xdp +
				  bpf_core_field_offset(struct veth_xdp_buff, skb));
	unsigned long queue;

	if (!skb)
		return 0;
	/* Only the veth's own queues hand out struct veth_xdp_buff; BPF_PROG_RUN does not. */
	queue = (unsigned long)kread_pointer(device_priv(in->dev) +
					     bpf_core_field_offset(struct veth_priv, rq));
	queue += ctx->rx_queue_index * bpf_core_type_size(struct veth_rq) +
		 bpf_core_field_offset(struct veth_rq, xdp_rxq);
	return (unsigned long)in->rxq == queue ? skb : 0;
}

static __always_inline enum xhop_reason gate_skb(struct xdp_md *ctx, const struct packet *pkt,
						 const struct ingress *in)
{
	struct sk_buff *skb = veth_skb(ctx, pkt, in);
	struct skb_shared_info *info;

	if (!skb)
		return XHOP_FORWARDED;
	skb = kcast(skb, struct sk_buff);
	if (kread_bits(skb, ip_summed) == CHECKSUM_PARTIAL)
		return XHOP_SKB_CHECKSUM;
	if (kread(skb, vlan_all))
		return XHOP_SKB_VLAN;
	if (kread(skb, mark) || (bpf_core_field_exists(skb->secmark) && kread(skb, secmark)))
		return XHOP_SKB_MARK;
	info = kcast((unsigned long)kread(skb, head) + kread(skb, end), struct skb_shared_info);
	if (kread(info, gso_size))
		return XHOP_SKB_GSO;
	return XHOP_FORWARDED;
}

/* A tag that the sender or the device took out of the frame cannot be seen from here. */
static __always_inline enum xhop_reason gate_hidden_vlan(struct net_device *dev)
{
	struct net_device *peer;

	if (!(config.flags & XHOP_PORT_VETH_PEER))
		return kread(dev, features) & config.vlan_rx_features ? XHOP_RX_VLAN
								      : XHOP_FORWARDED;
	peer = kread_pointer(device_priv(dev) + bpf_core_field_offset(struct veth_priv, peer));
	peer = kcast(peer, struct net_device);
	return !peer || kread(peer, features) & config.vlan_tx_features ? XHOP_RX_VLAN
									: XHOP_FORWARDED;
}

static __always_inline enum xhop_reason gate_device(const struct ingress *in)
{
	struct net_device *dev = in->dev;
	void *hook;

	if (kread(dev, rx_handler))
		return XHOP_RX_HANDLER;
	if (kread(dev, nf_hooks_ingress))
		return XHOP_NETDEV_INGRESS;
	if (bpf_core_field_exists(dev->tcx_ingress))
		hook = kread(dev, tcx_ingress);
	else
		hook = kread(dev, miniq_ingress);
	if (hook)
		return XHOP_TC_INGRESS;
	if (in->live->vrf)
		return XHOP_VRF;
	return XHOP_FORWARDED;
}

/*
 * Hooks that accept every packet that comes here. AppArmor's on postrouting, there on every
 * Debian and Ubuntu machine, looks at security marks only, and only other hooks could set one.
 * br_netfilter's on prerouting, there since the first bridge, looks at bridged packets only.
 */
extern const void ip_sabotage_in __ksym __weak;
extern const void apparmor_ip_postroute __ksym __weak;
extern const void apparmor_ipv4_postroute __ksym __weak; /* older kernels */
extern const void apparmor_ipv6_postroute __ksym __weak;

walk hook_is_harmless(void)
{
	struct xhop_fib_seen *seen = seen_here();
	struct nf_hook_entries *entries;
	unsigned long hook;

	if (!seen)
		return 0;
	entries = kcast(seen->hooks, struct nf_hook_entries);
	if (kread(entries, num_hook_entries) != 1)
		return 0;
	hook = (unsigned long)kread_pointer(seen->hooks +
					    bpf_core_field_offset(struct nf_hook_entries, hooks));
	return hook && (hook == (unsigned long)&apparmor_ip_postroute ||
			hook == (unsigned long)&apparmor_ipv4_postroute ||
			hook == (unsigned long)&apparmor_ipv6_postroute ||
			hook == (unsigned long)&ip_sabotage_in);
}

/* Does a netfilter hook have a say on forwarded packets? */
static __always_inline int hook_closes(struct nf_hook_entries *entries)
{
	struct xhop_fib_seen *seen;

	if (!entries)
		return 0;
	seen = seen_here();
	if (!seen)
		return 1;
	seen->hooks = (unsigned long)entries;
	return !hook_is_harmless();
}

static __always_inline enum xhop_reason gate_ip4(struct net *net)
{
	if (hook_closes(kread(net, nf.hooks_ipv4[NF_INET_PRE_ROUTING])))
		return XHOP_NETFILTER;
	if (kread(net, nf.hooks_ipv4[NF_INET_FORWARD]))
		return XHOP_NETFILTER;
	if (hook_closes(kread(net, nf.hooks_ipv4[NF_INET_POST_ROUTING])))
		return XHOP_NETFILTER;
	return XHOP_FORWARDED;
}

/* ip6_rcv_core() and ip6_forward(): what bpf_fib_lookup() does not ask. */
static __always_inline enum xhop_reason gate_ip6(struct net *net, struct net_device *dev)
{
	struct inet6_dev *idev = kread(dev, ip6_ptr);
	struct ipv6_devconf *all = kread(net, ipv6.devconf_all);

	if (hook_closes(kread(net, nf.hooks_ipv6[NF_INET_PRE_ROUTING])))
		return XHOP_NETFILTER;
	if (kread(net, nf.hooks_ipv6[NF_INET_FORWARD]))
		return XHOP_NETFILTER;
	if (hook_closes(kread(net, nf.hooks_ipv6[NF_INET_POST_ROUTING])))
		return XHOP_NETFILTER;
	if (!idev || kread(idev, cnf.disable_ipv6))
		return XHOP_IP6_DISABLED;
	if (!kread(all, forwarding) && (!bpf_core_field_exists(idev->cnf.force_forwarding) ||
					!kread(idev, cnf.force_forwarding)))
		return XHOP_FORWARDING;
	if (kread(all, proxy_ndp)) /* the device's own sysctl is not asked on the way */
		return XHOP_PROXY_NDP;
	return XHOP_FORWARDED;
}

/* Fills `in`. XHOP_FORWARDED: the port's own device, and a frame for it. */
static __always_inline enum xhop_reason gate_frame(struct xdp_md *ctx, const struct packet *pkt,
						   struct ingress *in)
{
	__u32 slot = config.slot;

	in->live = bpf_map_lookup_elem(&port_live, &slot);
	if (!in->live || ctx->ingress_ifindex != config.ifindex)
		return XHOP_MOVED;
	in->rxq = kread(pkt->xdp, rxq);
	in->dev = kread(in->rxq, dev);
	if (!port_is_here(in))
		return XHOP_MOVED;
	in->net = kcast(in->live->net, struct net);
	in->genid = in->live->genid;
	return skipped(MAC) ? XHOP_FORWARDED : gate_mac(pkt, in);
}

/* XHOP_FORWARDED if nothing on the way in, and nothing namespace-wide, has a say. */
static __always_inline enum xhop_reason gate(struct xdp_md *ctx, const struct packet *pkt,
					     const struct ingress *in)
{
	enum xhop_reason reason;

	reason = skipped(DEVICE) ? XHOP_FORWARDED : gate_device(in);
	if (reason)
		return reason;
	if (config.flags & XHOP_PORT_VETH) {
		reason = gate_skb(ctx, pkt, in);
		if (reason)
			return reason;
	}
	if (config.flags & XHOP_PORT_HIDDEN_SUM) {
		reason = gate_hidden_sum(pkt);
		if (reason)
			return reason;
	}
	if (config.flags & XHOP_PORT_HIDDEN_VLAN) {
		reason = gate_hidden_vlan(in->dev);
		if (reason)
			return reason;
	}
	/* a new policy counts up its family's generation, one that goes does not */
	if (!skipped(XFRM) && (pkt->family != AF_INET || in->live->xfrm) && net_has_xfrm(in->net))
		return XHOP_XFRM;
	if (skipped(NETFILTER))
		return XHOP_FORWARDED;
	return pkt->family == AF_INET ? gate_ip4(in->net) : gate_ip6(in->net, in->dev);
}

#endif
