// SPDX-License-Identifier: GPL-2.0
/*
 * Route lookups in several layouts, for tests/layout to time, and what ships beside them. Each
 * program looks up BATCH destinations a run, and each of them waits for the answer before it, as
 * a packet does. Memory is lines of 64 bytes; the root lies at word 0, a node at the line that
 * its parent's entry names.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include "bpf/trie.bpf.h"
#include "maps/routes.bpf.h"
#include "tests/layout/layout.h"

char LICENSE[] SEC("license") = "GPL";

__u32 dst4[DESTINATIONS];
struct dst6 dst6[DESTINATIONS];
__u32 position, mask, chain; /* chain is 0, and the compiler does not know */
__u64 sum;

#define MAP(name)                                  \
	struct {                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);  \
		__uint(map_flags, BPF_F_MMAPABLE); \
		__uint(max_entries, 1);            \
		__type(key, __u32);                \
		__type(value, struct xhop_line);   \
	} name SEC(".maps")

static __always_inline __u32 word(void *map, __u32 at)
{
	__u32 key = at / XHOP_LINE;
	struct xhop_line *line = bpf_map_lookup_elem(map, &key);

	return line ? line->word[at % XHOP_LINE] : 0;
}

static __always_inline __u32 ones(__u64 x)
{
	x -= x >> 1 & 0x5555555555555555;
	x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return x * 0x0101010101010101 >> 56;
}

/* x: the address from the node's first bit on, at the top of a u64. */
static __always_inline __u32 step_plain(void *map, __u32 node, __u64 x, int stride)
{
	return word(map, node * XHOP_LINE + (x >> (64 - stride)));
}

static __always_inline __u32 step_bitmap(void *map, __u32 node, __u64 x, int stride)
{
	struct xhop_line *line = bpf_map_lookup_elem(map, &node);
	__u32 slot = x >> 56, w = slot >> 6;

	(void)stride;
	if (!line)
		return 0;
	return word(map, node * XHOP_LINE + 8 + line->byte[32 + w] +
				 ones(line->bits[w] << (~slot & 63)));
}

static __always_inline __u32 step_bitmap6(void *map, __u32 node, __u64 x, int stride)
{
	struct xhop_line *line = bpf_map_lookup_elem(map, &node);

	(void)stride;
	if (!line)
		return 0;
	return word(map, node * XHOP_LINE + 1 + ones(line->bits[0] << (~(x >> 58) & 63)));
}

/* half lines: a bitmap, a byte a run: a hop below 128, or 0x80 and a word of the node */
static __always_inline __u32 step_bytes6(void *map, __u32 node, __u64 x, int stride)
{
	__u32 half = node & 1, key = node >> 1, at;
	struct xhop_line *line = bpf_map_lookup_elem(map, &key);

	(void)stride;
	if (!line)
		return 0;
	at = node * 32 + 7 + ones(line->bits[half * 4] << (~(x >> 58) & 63));
	key = at / 64;
	line = bpf_map_lookup_elem(map, &key);
	if (!line)
		return 0;
	at = line->byte[at % 64];
	if (at & 0x80)
		return word(map, node * 8 + (at & 0x7f));
	return at;
}

/* DXR: sorted words of start (16 bits) and hop; the entry has the line and how many. */
static __always_inline __u32 step_range(void *map, __u32 node, __u64 x, int stride)
{
	__u32 at = (node & 0x1ffff) * XHOP_LINE, n = node >> 17, key = x >> (64 - stride), half;

	for (int i = 0; i < 14 && n > 1; i++) {
		half = n / 2;
		if (word(map, at + half) >> 16 <= key) {
			at += half;
			n -= half;
		} else {
			n = half;
		}
	}
	return word(map, at) & 0xffff;
}

#define STEP(step, n)                                        \
	if (first + (n)*stride >= bits || !(v & XHOP_CHILD)) \
		return v;                                    \
	v = step(mem, v & ~XHOP_CHILD, x, stride);           \
	x = x << stride | y >> (64 - stride);                \
	y <<= stride;
#define STEPS(s, n) STEP(s, n) STEP(s, n + 1) STEP(s, n + 2) STEP(s, n + 3)

#define WALK4(name, root, nbits, step)                                   \
	static __always_inline __u32 walk4_##name(void *mem, __u32 addr) \
	{                                                                \
		const int bits = 32, stride = nbits, first = root;       \
		__u64 x = (__u64)addr << 32, y = 0;                      \
		__u32 v = word(mem, x >> (64 - root));                   \
		x <<= root;                                              \
		STEPS(step, 0) return v;                                 \
	}

#define WALK6(name, skip, root, nbits, step)                                              \
	static __always_inline __u32 walk6_##name(void *mem, __u64 x, __u64 y)            \
	{                                                                                 \
		const int bits = 128, stride = nbits, first = skip + root;                \
		__u32 v = word(mem, x << skip >> (64 - root));                            \
		x = x << (skip + root) | y >> (64 - skip - root);                         \
		y <<= skip + root;                                                        \
		STEPS(step, 0)                                                            \
		STEPS(step, 4)                                                            \
		STEPS(step, 8)                                                            \
		STEPS(step, 12) STEPS(step, 16) STEPS(step, 20) STEPS(step, 24) return v; \
	}

#define PROG(family, name)                                    \
	SEC("xdp") int p##family##_##name(struct xdp_md *ctx) \
	{                                                     \
		void *mem = &m##family##_##name;              \
		__u32 at = position, v = 0;                   \
		__u64 total = 0;                              \
                                                              \
		(void)ctx;                                    \
		for (int n = 0; n < BATCH; n++, at++) {       \
			v = CALL##family(name);               \
			total += v;                           \
		}                                             \
		position = at;                                \
		sum += total;                                 \
		return XDP_PASS;                              \
	}
#define DST	    (at & mask & (DESTINATIONS - 1))
#define CALL4(name) walk4_##name(mem, dst4[DST] ^ (v & chain))
#define CALL6(name) walk6_##name(mem, dst6[DST].high ^ (v & chain), dst6[DST].low)

#define LAYOUT4(name, root, stride, step) \
	MAP(m4_##name);                   \
	WALK4(name, root, stride, step)   \
	PROG(4, name)
#define LAYOUT6(name, skip, root, stride, step) \
	MAP(m6_##name);                         \
	WALK6(name, skip, root, stride, step)   \
	PROG(6, name)
LAYOUTS4(LAYOUT4)
LAYOUTS6(LAYOUT6)

/* What ships. */
static __always_inline __u32 walk4_xhop(void *map, __u32 addr)
{
	return trie_lookup4(map, bpf_htonl(addr));
}

static __always_inline __u32 walk6_xhop(void *map, __u64 high, __u64 low)
{
	__u32 addr[4] = {bpf_htonl(high >> 32), bpf_htonl(high), bpf_htonl(low >> 32),
			 bpf_htonl(low)};

	return trie_lookup6(map, addr);
}

#define m4_xhop routes4
#define m6_xhop routes6
PROG(4, xhop)
PROG(6, xhop)

__u32 answers[DESTINATIONS];

SEC("xdp") int answer4(struct xdp_md *ctx)
{
	__u32 at = position++ & (DESTINATIONS - 1);

	(void)ctx;
	answers[at] = walk4_xhop(&routes4, dst4[at]);
	return XDP_PASS;
}

SEC("xdp") int answer6(struct xdp_md *ctx)
{
	__u32 at = position++ & (DESTINATIONS - 1);

	(void)ctx;
	answers[at] = walk6_xhop(&routes6, dst6[at].high, dst6[at].low);
	return XDP_PASS;
}
