// SPDX-License-Identifier: GPL-2.0
/*
 * What the benchmark measures xhop against, and what feeds all of them.
 *
 * floor: parse, MACs, TTL, count, redirect, no lookup. lpm: the same with a BPF LPM trie. minimal:
 * the same with bpf_fib_lookup() and no other question asked, as xdp-forward does. None of them
 * is correct: they ask nothing of firewall, sysctls, source or MTU.
 *
 * wrap4, wrap6: put the headers of the next destination into the frame (BPF_PROG_RUN hands the
 * changed frame to the next round), then jump into the program measured.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "tests/bench/shared.h"

#define AF_INET	 2
#define AF_INET6 10

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} measured SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__uint(value_size, 8);
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BENCH_HOPS);
	__type(key, __u32);
	__type(value, struct bench_hop);
} hops SEC(".maps");

struct key4 {
	__u32 len;
	__u32 addr;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1 << 20);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct key4);
	__type(value, __u32);
} lpm4 SEC(".maps");

struct key6 {
	__u32 len;
	__u32 addr[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1 << 20);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct key6);
	__type(value, __u32);
} lpm6 SEC(".maps");

struct bench_dest4 dests4[BENCH_DESTS];
struct bench_dest6 dests6[BENCH_DESTS];
__u64 rtts[BENCH_PROBES]; /* ns, 0: not back yet */

struct bench_cpu cpus[BENCH_CPUS];
__u8 header4[40]; /* Ethernet and IP headers, the destination left out */
__u8 header6[56];
__u32 out_ifindex; /* where the source sends */
__u64 slot_ns;	   /* between two batches of the paced source, by CPU 0 and the others */
__u64 probe_slot_ns;
__u32 slot_batch;
__u8 watched;	  /* last byte of the MAC that the sink waits for */
__u64 watched_at; /* ns, when it came first */

static __always_inline struct bench_cpu *this_cpu(void)
{
	return &cpus[bpf_get_smp_processor_id() & (BENCH_CPUS - 1)];
}

/* The headers of the next destination. */
static __always_inline int put4(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);
	const struct bench_dest4 *dest;

	if ((void *)(ip + 1) > end)
		return -1;
	dest = &dests4[this_cpu()->cursor++ & (BENCH_DESTS - 1)];
	__builtin_memcpy(data, header4, sizeof(struct ethhdr) + 16);
	ip->daddr = dest->addr;
	ip->check = dest->check;
	return 0;
}

static __always_inline int put6(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ipv6hdr *ip = data + sizeof(struct ethhdr);
	const struct bench_dest6 *dest;

	if ((void *)(ip + 1) > end)
		return -1;
	dest = &dests6[this_cpu()->cursor++ & (BENCH_DESTS - 1)];
	__builtin_memcpy(data, header6, sizeof(struct ethhdr) + 24);
	__builtin_memcpy(&ip->daddr, dest, 16);
	return 0;
}

SEC("xdp.frags")
int wrap4(struct xdp_md *ctx)
{
	if (!put4(ctx))
		bpf_tail_call(ctx, &measured, 0);
	return XDP_ABORTED;
}

SEC("xdp.frags")
int wrap6(struct xdp_md *ctx)
{
	if (!put6(ctx))
		bpf_tail_call(ctx, &measured, 0);
	return XDP_ABORTED;
}

/* --- the forwarders ------------------------------------------------------------------------- */

enum how { FLOOR, LPM, MINIMAL };

static __always_inline struct bench_hop *hop_of(const __u32 *index)
{
	return index ? bpf_map_lookup_elem(&hops, index) : 0;
}

static __always_inline int fib_hop(struct xdp_md *ctx, struct bpf_fib_lookup *fib,
				   struct bench_hop *hop)
{
	fib->ifindex = ctx->ingress_ifindex;
	if (bpf_fib_lookup(ctx, fib, sizeof(*fib), 0) ||
	    !bpf_map_lookup_elem(&targets, &fib->ifindex))
		return -1;
	__builtin_memcpy(hop->macs, fib->dmac, 6);
	__builtin_memcpy(hop->macs + 6, fib->smac, 6);
	hop->ifindex = fib->ifindex;
	return 0;
}

static __always_inline int send(void *data, const struct bench_hop *hop)
{
	__builtin_memcpy(data, hop->macs, 12);
	this_cpu()->forwarded++;
	return bpf_redirect_map(&targets, hop->ifindex, 0);
}

static __always_inline int forward4(struct xdp_md *ctx, void *data, void *end, enum how how)
{
	struct iphdr *ip = data + sizeof(struct ethhdr);
	struct bpf_fib_lookup fib = {};
	struct bench_hop found = {}, *hop = &found;
	struct key4 key;
	__u32 zero = 0, check;

	if ((void *)(ip + 1) > end || ip->version != 4 || ip->ihl != 5 || ip->ttl <= 1)
		return XDP_PASS;
	if (how == MINIMAL) {
		fib.family = AF_INET;
		fib.tos = ip->tos;
		fib.l4_protocol = ip->protocol;
		fib.tot_len = bpf_ntohs(ip->tot_len);
		fib.ipv4_src = ip->saddr;
		fib.ipv4_dst = ip->daddr;
		if (fib_hop(ctx, &fib, &found))
			return XDP_PASS;
	} else if (how == LPM) {
		key.len = 32;
		key.addr = ip->daddr;
		hop = hop_of(bpf_map_lookup_elem(&lpm4, &key));
	} else {
		hop = hop_of(&zero);
	}
	if (!hop)
		return XDP_PASS;
	check = (__u32)ip->check + bpf_htons(0x0100);
	ip->check = check + (check >= 0xffff);
	ip->ttl--;
	return send(data, hop);
}

static __always_inline int forward6(struct xdp_md *ctx, void *data, void *end, enum how how)
{
	struct ipv6hdr *ip = data + sizeof(struct ethhdr);
	struct bpf_fib_lookup fib = {};
	struct bench_hop found = {}, *hop = &found;
	struct key6 key;
	__u32 zero = 0;

	if ((void *)(ip + 1) > end || ip->version != 6 || ip->hop_limit <= 1)
		return XDP_PASS;
	if (how == MINIMAL) {
		fib.family = AF_INET6;
		fib.flowinfo = *(__be32 *)ip & bpf_htonl(0x0fffffff);
		fib.l4_protocol = ip->nexthdr;
		fib.tot_len = bpf_ntohs(ip->payload_len) + sizeof(*ip);
		__builtin_memcpy(fib.ipv6_src, &ip->saddr, 16);
		__builtin_memcpy(fib.ipv6_dst, &ip->daddr, 16);
		if (fib_hop(ctx, &fib, &found))
			return XDP_PASS;
	} else if (how == LPM) {
		key.len = 128;
		__builtin_memcpy(key.addr, &ip->daddr, 16);
		hop = hop_of(bpf_map_lookup_elem(&lpm6, &key));
	} else {
		hop = hop_of(&zero);
	}
	if (!hop)
		return XDP_PASS;
	ip->hop_limit--;
	return send(data, hop);
}

static __always_inline int forward(struct xdp_md *ctx, enum how how)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;

	if ((void *)(eth + 1) > end)
		return XDP_PASS;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return forward4(ctx, data, end, how);
	if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		return forward6(ctx, data, end, how);
	return XDP_PASS;
}

SEC("xdp.frags")
int floor_only(struct xdp_md *ctx)
{
	return forward(ctx, FLOOR);
}

SEC("xdp.frags")
int lpm(struct xdp_md *ctx)
{
	return forward(ctx, LPM);
}

SEC("xdp.frags")
int minimal(struct xdp_md *ctx)
{
	return forward(ctx, MINIMAL);
}

/* --- source and sink over the wire ------------------------------------------------------------ */

SEC("xdp")
int source4(struct xdp_md *ctx)
{
	return put4(ctx) ? XDP_ABORTED : bpf_redirect(out_ifindex, 0);
}

SEC("xdp")
int source6(struct xdp_md *ctx)
{
	return put6(ctx) ? XDP_ABORTED : bpf_redirect(out_ifindex, 0);
}

static long past(__u32 i, void *slot)
{
	(void)i;
	return bpf_ktime_get_ns() >= *(__u64 *)slot;
}

/* Before each batch: wait until it is due. */
static __always_inline void pace(__u64 interval, __u32 batch)
{
	struct bench_cpu *cpu = this_cpu();
	__u64 slot = cpu->slot, now;

	if (cpu->in_batch++ % batch)
		return;
	bpf_loop(1 << 16, past, &slot, 0);
	now = bpf_ktime_get_ns();
	/* Late by more than a few slots: do not catch up in one burst. */
	cpu->slot = now > slot + 4 * interval ? now + interval : slot + interval;
}

SEC("xdp")
int paced4(struct xdp_md *ctx)
{
	pace(slot_ns, slot_batch ?: 1);
	return put4(ctx) ? XDP_ABORTED : bpf_redirect(out_ifindex, 0);
}

SEC("xdp")
int paced6(struct xdp_md *ctx)
{
	pace(slot_ns, slot_batch ?: 1);
	return put6(ctx) ? XDP_ABORTED : bpf_redirect(out_ifindex, 0);
}

struct probe {
	struct udphdr udp;
	__u32 seq;
	__u32 pad;
	__u64 sent;
} __attribute__((packed));

/* The probe in an IP packet without options, 0: something else. */
static __always_inline struct probe *probe_in(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct iphdr *ip4 = (void *)(eth + 1);
	struct ipv6hdr *ip6 = (void *)(eth + 1);
	struct probe *probe = 0;

	if ((void *)(ip6 + 1) > end)
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_IP) && ip4->protocol == IPPROTO_UDP)
		probe = (void *)(ip4 + 1);
	else if (eth->h_proto == bpf_htons(ETH_P_IPV6) && ip6->nexthdr == IPPROTO_UDP)
		probe = (void *)(ip6 + 1);
	if (!probe || (void *)(probe + 1) > end || probe->udp.dest != bpf_htons(BENCH_PROBE_PORT))
		return 0;
	return probe;
}

static __always_inline int probe_out(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct probe *probe = probe_in(data, end);

	if (!probe)
		return XDP_ABORTED;
	probe->seq = this_cpu()->in_batch;
	probe->sent = bpf_ktime_get_ns();
	return bpf_redirect(out_ifindex, 0);
}

SEC("xdp")
int probe4(struct xdp_md *ctx)
{
	pace(probe_slot_ns, 1);
	return put4(ctx) ? XDP_ABORTED : probe_out(ctx);
}

SEC("xdp")
int probe6(struct xdp_md *ctx)
{
	pace(probe_slot_ns, 1);
	return put6(ctx) ? XDP_ABORTED : probe_out(ctx);
}

/* A frame of ours that was forwarded once? */
static __always_inline int forwarded_once(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct iphdr *ip4 = (void *)(eth + 1);
	struct ipv6hdr *ip6 = (void *)(eth + 1);

	if ((void *)(ip6 + 1) > end)
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return ip4->ttl == BENCH_TTL - 1 && ip4->protocol == IPPROTO_UDP;
	return eth->h_proto == bpf_htons(ETH_P_IPV6) && ip6->hop_limit == BENCH_TTL - 1 &&
	       (ip6->nexthdr == IPPROTO_UDP || ip6->nexthdr == IPPROTO_NONE);
}

SEC("xdp.frags")
int sink(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (forwarded_once(data, end))
		this_cpu()->sunk++;
	else
		this_cpu()->strays++;
	return XDP_DROP;
}

/* The sink that notes when the first frame for the watched neighbour comes. */
SEC("xdp.frags")
int sink_watch(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;

	if (!forwarded_once(data, end) || (void *)(eth + 1) > end)
		return XDP_DROP;
	this_cpu()->sunk++;
	if (watched && eth->h_dest[5] == watched && !watched_at)
		watched_at = bpf_ktime_get_ns();
	return XDP_DROP;
}

static __always_inline void turn(void *a, void *b, int size)
{
	__u8 *x = a, *y = b, t;

#pragma unroll
	for (int i = 0; i < size; i++) {
		t = x[i];
		x[i] = y[i];
		y[i] = t;
	}
}

/* The sink that sends probes back. */
SEC("xdp.frags")
int sink_reflect(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip4 = (void *)(eth + 1);
	struct ipv6hdr *ip6 = (void *)(eth + 1);

	if (!forwarded_once(data, end) || (void *)(ip6 + 1) > end)
		return XDP_DROP;
	this_cpu()->sunk++;
	if (!probe_in(data, end))
		return XDP_DROP;
	turn(eth->h_dest, eth->h_source, ETH_ALEN);
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		turn(&ip4->saddr, &ip4->daddr, 4);
	else
		turn(&ip6->saddr, &ip6->daddr, 16);
	return bpf_redirect(ctx->ingress_ifindex, 0);
}

/* At the source: probes that came back; everything else ends here. */
SEC("xdp.frags")
int home(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct probe *probe = probe_in(data, end);

	if (probe)
		rtts[probe->seq & (BENCH_PROBES - 1)] = bpf_ktime_get_ns() - probe->sent;
	return XDP_DROP;
}
