/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frame -> struct packet. Every bound of the frame is checked here, and every rule of ip_rcv()
 * and ip6_rcv() that needs the frame alone. Reads only.
 */
#ifndef XHOP_BPF_PARSE_BPF_H
#define XHOP_BPF_PARSE_BPF_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include "bpf/compat.bpf.h"

#define AF_INET	 2
#define AF_INET6 10

enum { /* include/uapi/linux/icmp.h, which wants the C library */
       ICMP_DEST_UNREACH = 3,
       ICMP_SOURCE_QUENCH = 4,
       ICMP_REDIRECT = 5,
       ICMP_TIME_EXCEEDED = 11,
       ICMP_PARAMETERPROB = 12,
};

#define XDP_FLAGS_HAS_FRAGS 1		      /* enum xdp_buff_flags */
#define IP_FRAGMENT	    (0x2000 | 0x1fff) /* more fragments, or an offset */

struct packet {
	struct xdp_buff *xdp; /* what stands behind the context */
	struct ethhdr *eth;
	union {
		struct iphdr *ip4;
		struct ipv6hdr *ip6;
	};
	__u32 frame_len;
	__u32 ip_len; /* what the IP header says, headers included */
	__u8 family;  /* AF_INET or AF_INET6 */
	__u8 l4;      /* protocol, or the first next header */
	__u8 fragment;
	__u8 icmp_error; /* carries the header of another packet: multipath hashes that */
	__be16 sport, dport;
	__be16 l4_sum; /* L4 checksum field, if has_sum */
	__u8 has_sum;
	__u8 has_frags; /* the frame lies in several buffers */
	__u8 by_maps;	/* the route maps said where it goes */
};

/* RFC 1071, folded to 16 bits. */
static __always_inline __u16 sum_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* Sum of `words` 32-bit words at p. */
static __always_inline __u64 sum_words(const __u32 *p, int words)
{
	__u64 sum = 0;

#pragma unroll
	for (int i = 0; i < words; i++)
		sum += p[i];
	return sum;
}

static __always_inline __u32 frame_length(struct xdp_md *ctx, const struct packet *pkt)
{
	if (!pkt->has_frags)
		return ctx->data_end - ctx->data;
	return bpf_xdp_get_buff_len(ctx);
}

/* Are the first n bytes at l4 inside both the frame's first buffer and the IP packet? */
#define l4_has(n) ((n) <= l4_len && l4 + (n) <= end)

/*
 * Ports as the kernel's flow dissector finds them (proto_ports_offset): for ESP and AH the SPI.
 * 0 where the protocol has none. The L4 checksum only for those a sender may have left open.
 */
static __always_inline enum xhop_reason parse_l4(struct packet *pkt, void *l4, __u32 l4_len,
						 void *end)
{
	const __be16 *ports = l4;
	const __u8 *type = l4;

	switch (pkt->l4) {
	case IPPROTO_TCP:
		if (!l4_has(20))
			return XHOP_TRUNCATED;
		pkt->l4_sum = ports[8];
		pkt->has_sum = 1;
		break;
	case IPPROTO_UDP:
		if (!l4_has(8))
			return XHOP_TRUNCATED;
		pkt->l4_sum = ports[3];
		pkt->has_sum = 1;
		break;
	case IPPROTO_AH:
		if (!l4_has(8))
			return XHOP_TRUNCATED;
		pkt->sport = ports[2];
		pkt->dport = ports[3];
		return XHOP_FORWARDED;
	case IPPROTO_DCCP:
	case IPPROTO_ESP:
	case IPPROTO_SCTP:
	case IPPROTO_UDPLITE:
		if (!l4_has(4))
			return XHOP_TRUNCATED;
		break;
	case IPPROTO_ICMP:
		if (!l4_has(1))
			return XHOP_TRUNCATED;
		/* icmp_is_err() */
		pkt->icmp_error = *type == ICMP_DEST_UNREACH || *type == ICMP_SOURCE_QUENCH ||
				  *type == ICMP_REDIRECT || *type == ICMP_TIME_EXCEEDED ||
				  *type == ICMP_PARAMETERPROB;
		return XHOP_FORWARDED;
	case IPPROTO_ICMPV6:
		if (!l4_has(1))
			return XHOP_TRUNCATED;
		pkt->icmp_error = !(*type & 0x80); /* RFC 4443 2.1 */
		return XHOP_FORWARDED;
	default:
		return XHOP_FORWARDED;
	}
	pkt->sport = ports[0];
	pkt->dport = ports[1];
	return XHOP_FORWARDED;
}

/* ip_rcv_core(), ip_route_input_slow(); RFC 1812 5.2.2. */
static __always_inline enum xhop_reason parse_ip4(struct packet *pkt, void *end)
{
	struct iphdr *ip = pkt->ip4;
	__u32 src, dst;

	if ((void *)(ip + 1) > end)
		return XHOP_TRUNCATED;
	if (ip->version != 4 || ip->ihl < 5)
		return XHOP_IP_VERSION;
	if (ip->ihl > 5)
		return XHOP_IP_OPTIONS;
	pkt->ip_len = bpf_ntohs(ip->tot_len);
	if (pkt->ip_len < sizeof(*ip) || pkt->ip_len > pkt->frame_len - sizeof(struct ethhdr))
		return XHOP_IP_LENGTH;
	if (!skipped(SUM) && sum_fold(sum_words((__u32 *)ip, 5)) != 0xffff)
		return XHOP_IP_CHECKSUM;
	if (ip->ttl <= 1)
		return XHOP_TTL;
	src = bpf_ntohl(ip->saddr);
	/* multicast and limited broadcast, loopback (route_localnet decides), zero */
	if ((src >> 28) == 0xe || src == 0xffffffff || (src >> 24) == 127 || !src)
		return XHOP_SOURCE;
	dst = bpf_ntohl(ip->daddr);
	if ((dst >> 28) == 0xe || dst == 0xffffffff || (dst >> 24) == 127 || !dst)
		return XHOP_DESTINATION;

	pkt->l4 = ip->protocol;
	pkt->fragment = !!(ip->frag_off & bpf_htons(IP_FRAGMENT));
	if (pkt->fragment) {
		/* ip_multipath_l3_keys() looks into a first fragment too: it may be an error */
		pkt->icmp_error = pkt->l4 == IPPROTO_ICMP;
		return XHOP_FORWARDED;
	}
	return parse_l4(pkt, ip + 1, pkt->ip_len - sizeof(*ip), end);
}

/* ip6_rcv_core(), ip6_forward(); RFC 4291 2.5, 2.7. */
static __always_inline enum xhop_reason parse_ip6(struct packet *pkt, void *end)
{
	struct ipv6hdr *ip = pkt->ip6;
	const __u32 *src, *dst;

	if ((void *)(ip + 1) > end)
		return XHOP_TRUNCATED;
	if (ip->version != 6)
		return XHOP_IP_VERSION;
	if (ip->nexthdr == IPPROTO_HOPOPTS)
		return XHOP_HOP_BY_HOP;
	pkt->ip_len = bpf_ntohs(ip->payload_len) + sizeof(*ip);
	if (pkt->ip_len > 0xffff || pkt->ip_len > pkt->frame_len - sizeof(struct ethhdr))
		return XHOP_IP_LENGTH;
	if (ip->hop_limit <= 1)
		return XHOP_TTL;
	src = ip->saddr.in6_u.u6_addr32;
	if (!src[0] && !src[1] && !src[2] && (!src[3] || src[3] == bpf_htonl(1)))
		return XHOP_SOURCE;
	if (ip->saddr.in6_u.u6_addr8[0] == 0xff ||
	    (src[0] & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000))
		return XHOP_SOURCE;
	dst = ip->daddr.in6_u.u6_addr32;
	if (!dst[0] && !dst[1] && !dst[2] && (!dst[3] || dst[3] == bpf_htonl(1)))
		return XHOP_DESTINATION;
	if (ip->daddr.in6_u.u6_addr8[0] == 0xff ||
	    (dst[0] & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000))
		return XHOP_DESTINATION;

	pkt->l4 = ip->nexthdr;
	pkt->fragment = pkt->l4 == IPPROTO_FRAGMENT;
	if (pkt->fragment)
		return XHOP_FORWARDED;
	return parse_l4(pkt, ip + 1, pkt->ip_len - sizeof(*ip), end);
}

/* The Ethernet header. XHOP_FORWARDED: an untagged frame whose type is IPv4 or IPv6. */
static __always_inline enum xhop_reason parse_frame(struct xdp_md *ctx, struct packet *pkt)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;

	pkt->xdp = config.has_kfuncs ? bpf_cast_to_kern_ctx(ctx) : (void *)ctx;
	pkt->has_frags = kread(pkt->xdp, flags) & XDP_FLAGS_HAS_FRAGS;
	pkt->frame_len = frame_length(ctx, pkt);
	pkt->eth = eth;
	if ((void *)(eth + 1) > end)
		return XHOP_TRUNCATED;
	switch (eth->h_proto) {
	case bpf_htons(ETH_P_IP):
	case bpf_htons(ETH_P_IPV6):
		return XHOP_FORWARDED;
	case bpf_htons(ETH_P_8021Q):
	case bpf_htons(ETH_P_8021AD):
		return XHOP_VLAN;
	default:
		return XHOP_ETHERTYPE;
	}
}

/* XHOP_FORWARDED: a plain packet of this family (AF_INET, AF_INET6) that could be forwarded. */
static __always_inline enum xhop_reason parse_ip(struct xdp_md *ctx, struct packet *pkt, int family)
{
	void *end = (void *)(long)ctx->data_end;

	pkt->family = family;
	if (family == AF_INET) {
		pkt->ip4 = (void *)(pkt->eth + 1);
		return parse_ip4(pkt, end);
	}
	pkt->ip6 = (void *)(pkt->eth + 1);
	return parse_ip6(pkt, end);
}

#endif
