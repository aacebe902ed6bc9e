// SPDX-License-Identifier: GPL-2.0
/*
 * What the benchmark measures xhop against, and the frame it feeds all of them.
 *
 * wrap: restores the headers that a program of the last round changed (BPF_PROG_RUN hands the
 * changed frame to the next round), then jumps into the program measured. floor: nothing.
 * minimal: bpf_fib_lookup(), MACs, TTL, redirect, and no other question asked: the least that a
 * program with kernel lookups can do, and not correct.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define AF_INET	 2
#define AF_INET6 10
#define HEADERS	 54 /* Ethernet and IPv6 */

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} measured SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8[64]);
} headers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__uint(value_size, 8);
} targets SEC(".maps");

SEC("xdp.frags")
int wrap(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 zero = 0;
	__u8 *frame = bpf_map_lookup_elem(&headers, &zero);

	if (!frame || data + HEADERS > end)
		return XDP_ABORTED;
	__builtin_memcpy(data, frame, HEADERS);
	bpf_tail_call(ctx, &measured, 0);
	return XDP_ABORTED;
}

SEC("xdp.frags")
int floor_only(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_REDIRECT;
}

static __always_inline int key4(struct bpf_fib_lookup *fib, struct iphdr *ip, void *end)
{
	if ((void *)(ip + 1) > end || ip->ttl <= 1)
		return -1;
	fib->family = AF_INET;
	fib->tos = ip->tos;
	fib->l4_protocol = ip->protocol;
	fib->tot_len = bpf_ntohs(ip->tot_len);
	fib->ipv4_src = ip->saddr;
	fib->ipv4_dst = ip->daddr;
	return 0;
}

static __always_inline int key6(struct bpf_fib_lookup *fib, struct ipv6hdr *ip, void *end)
{
	if ((void *)(ip + 1) > end || ip->hop_limit <= 1)
		return -1;
	fib->family = AF_INET6;
	fib->flowinfo = *(__be32 *)ip & bpf_htonl(0x0fffffff);
	fib->l4_protocol = ip->nexthdr;
	fib->tot_len = bpf_ntohs(ip->payload_len);
	__builtin_memcpy(fib->ipv6_src, &ip->saddr, 16);
	__builtin_memcpy(fib->ipv6_dst, &ip->daddr, 16);
	return 0;
}

SEC("xdp.frags")
int minimal(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct bpf_fib_lookup fib = {};
	struct ethhdr *eth = data;
	struct iphdr *ip4 = (void *)(eth + 1);
	struct ipv6hdr *ip6 = (void *)(eth + 1);
	__u32 check;

	if ((void *)(eth + 1) > end)
		return XDP_PASS;
	if (eth->h_proto == bpf_htons(ETH_P_IP) ? key4(&fib, ip4, end) : key6(&fib, ip6, end))
		return XDP_PASS;
	fib.ifindex = ctx->ingress_ifindex;
	if (bpf_fib_lookup(ctx, &fib, sizeof(fib), 0) ||
	    !bpf_map_lookup_elem(&targets, &fib.ifindex))
		return XDP_PASS;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		check = (__u32)ip4->check + bpf_htons(0x0100);
		ip4->check = check + (check >= 0xffff);
		ip4->ttl--;
	} else {
		ip6->hop_limit--;
	}
	__builtin_memcpy(eth->h_dest, fib.dmac, ETH_ALEN);
	__builtin_memcpy(eth->h_source, fib.smac, ETH_ALEN);
	return bpf_redirect_map(&targets, fib.ifindex, 0);
}
