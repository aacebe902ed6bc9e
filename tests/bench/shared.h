/* SPDX-License-Identifier: GPL-2.0 */
/* What the benchmark and its BPF programs share: sizes, counters, what userspace sets. */
#ifndef XHOP_BENCH_SHARED_H
#define XHOP_BENCH_SHARED_H

#include <linux/types.h>

#define BENCH_DESTS	 (1 << 18) /* destinations a run walks through, over and over */
#define BENCH_CPUS	 64
#define BENCH_HOPS	 64
#define BENCH_PROBES	 (1 << 16)
#define BENCH_PROBE_PORT 7777
#define BENCH_TTL	 64

/* As on the wire. */
struct bench_dest4 {
	__u32 addr;
	__u16 check; /* of the whole IP header */
	__u16 pad;
};

struct bench_dest6 {
	__u64 addr[2];
};

struct bench_hop {
	__u8 macs[12]; /* destination, source */
	__u32 ifindex;
};

/* Each CPU writes its own; a cache line each. */
struct bench_cpu {
	__u64 forwarded; /* by the bench's own programs */
	__u64 sunk;	 /* arrived at the sink, forwarded once */
	__u64 strays;	 /* arrived there otherwise: TTL or protocol are not ours */
	__u64 slot;	 /* ns, when the paced source sends its next batch */
	__u32 cursor;	 /* into the destinations */
	__u32 in_batch;
	__u32 pad[6];
};

#endif
