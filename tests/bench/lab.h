/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bench's network: source (e1) - (p1) router (p2) - (e2) sink, over veth, one queue a CPU. One
 * router for the whole run, whose table grows from section to section. Also the programs that
 * can forward there, and the frames that the source sends.
 */
#ifndef XHOP_BENCH_LAB_H
#define XHOP_BENCH_LAB_H

#include <stdbool.h>
#include "tests/bench/bench_skel.h"
#include "tests/bench/table.h"
#include "tests/lib/netns.h"

enum variant {
	VARIANT_FLOOR,
	VARIANT_MAPS,	 /* xhop, lookup maps */
	VARIANT_HELPER,	 /* xhop, lookup kernel */
	VARIANT_MINIMAL, /* bpf_fib_lookup() alone */
	VARIANT_LPM,	 /* BPF LPM trie */
	VARIANT_LINUX,	 /* no XDP at the router */
	VARIANT_XDP_FORWARD,
	VARIANTS
};
extern const char *const variant_names[VARIANTS];

#define FRAME_LEAST 60
#define FRAME_MOST  3072 /* live frames are at most a page */

struct lab {
	struct netns router, source, sink;
	unsigned int p1, p2, e1, e2;
	int queues;
	struct bench_bpf *skel;
	struct table *table;
	int filled[2]; /* routes of a family that the kernel and the tries hold */
	int tracers;   /* other versions of xhop whose tracing programs run, at most */
	int daemon;    /* pid of `xhop run`, 0: not running */
	bool has_maps; /* this build has `xhop run` */
	bool has_xdp_forward;
	int counters;	       /* map of xhop's reasons */
	unsigned int slots[2]; /* of p1 and p2 */
	int xhop[VARIANTS][2]; /* copies of the shipped program for p1 and p2, -1: none */
	double lpm_ns[2], kernel_ns[2], ready_ns, dump_ns; /* what the last fills took */
	double kernel_bytes[2];				   /* all fills together */
};

/* Prints its own errors. 0 or -errno. */
int lab_up(struct lab *lab, struct table *table);
void lab_down(struct lab *lab);

/* Let the table hold the first n prefixes of both families, in kernel and LPM tries. 0 or -errno.
 */
int lab_fill(struct lab *lab, int n);

/* xhop on p1 and p2, with maps if this build has them; and the copies. 0 or -errno. */
int lab_xhop_start(struct lab *lab);
void lab_xhop_stop(struct lab *lab);

/* What makes a copy of the attached program this variant, VARIANT_HELPER or VARIANT_MAPS. */
struct xhop_config;
void lab_tweak(struct xhop_config *config, enum variant variant);

/* Can the variant run now? */
bool lab_has(const struct lab *lab, enum variant variant);

/* Program of a variant for port 0 (p1) or 1 (p2); -1: none. */
int lab_program(const struct lab *lab, enum variant variant, int port);

/* Let the variant forward between p1 and p2. 0 or -errno. */
int lab_forwarder(struct lab *lab, enum variant variant);

/* Packets that the variant's XDP program forwarded so far. */
__u64 lab_forwarded(const struct lab *lab, enum variant variant);

/* Of those, what xhop's route maps answered. */
__u64 lab_by_maps(const struct lab *lab);

/* A program for the sink and one for the source's device. */
int lab_sink(struct lab *lab, struct bpf_program *sink);

/* Headers and destinations for frames of `size`; the frame goes to out. */
void lab_traffic(struct lab *lab, int family, int n, enum pattern pattern, int size,
		 unsigned char *out);

/* The same for given destinations, BENCH_DESTS of them. */
void lab_frames(struct lab *lab, int family, unsigned char (*dests)[16], int size,
		unsigned char *out);

static inline int lab_family(int six)
{
	return six ? 10 : 2;
}

static inline const char *lab_family_name(int six)
{
	return six ? "IPv6" : "IPv4";
}

#endif
