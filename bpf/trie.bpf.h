/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Longest match in a route map; maps/types.h has the layout, maps/trie.h writes it. Answers a
 * hop index or XHOP_ASK, also where a map is too small for what it points to. Any number of
 * changes may happen meanwhile: the answer is an old or a new one.
 */
#ifndef XHOP_BPF_TRIE_BPF_H
#define XHOP_BPF_TRIE_BPF_H

#include <bpf/bpf_endian.h>
#include "maps/types.h"

static __always_inline __u32 trie_word(void *map, __u32 at)
{
	__u32 key = at / XHOP_LINE;
	struct xhop_line *line = bpf_map_lookup_elem(map, &key);

	return line ? *(volatile __u32 *)&line->word[at % XHOP_LINE] : XHOP_ASK;
}

/* BPF has no instruction that counts bits. */
static __always_inline __u32 trie_ones(__u64 x)
{
	x -= x >> 1 & 0x5555555555555555;
	x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return x * 0x0101010101010101 >> 56;
}

/* The word of a node that has a slot's answer or child; a negative number: the answer itself. */
static __always_inline __s64 trie_slot(void *map, __u32 node, __u8 slot)
{
	__u32 first = node & ~(XHOP_CHILD | XHOP_PLAIN), at;
	__u32 word = first * XHOP_LINE;
	struct xhop_line *line;
	__u8 run;

	if (node & XHOP_PLAIN)
		return word + slot;
	line = bpf_map_lookup_elem(map, &first);
	if (!line)
		return -1 - (__s64)XHOP_ASK;
	word += line->byte[XHOP_NODE_WORDS];
	at = first * sizeof(*line) + XHOP_NODE_RUNS - 1 + line->byte[XHOP_NODE_RANKS + slot / 64] +
	     trie_ones(line->bits[slot / 64] << (~slot & 63));
	first = at / sizeof(*line);
	line = bpf_map_lookup_elem(map, &first);
	if (!line)
		return -1 - (__s64)XHOP_ASK;
	run = *(volatile __u8 *)&line->byte[at % sizeof(*line)];
	return run & XHOP_RUN_WORD ? word + (run & (XHOP_RUN_WORD - 1)) : -1 - (__s64)run;
}

/* On from an entry of the root; the address bits behind the root's at the top of high and low. */
static __always_inline __u32 trie_walk(void *map, __u32 found, __u64 high, __u64 low, int levels)
{
	__s64 at;

	for (int i = 0; i < levels; i++) {
		if (!(found & XHOP_CHILD))
			return found;
		at = trie_slot(map, found, high >> 56);
		if (at < 0)
			return -1 - at;
		found = trie_word(map, at);
		high = high << 8 | low >> 56;
		low <<= 8;
	}
	return found & XHOP_CHILD ? XHOP_ASK : found;
}

static __always_inline __u32 trie_lookup4(void *map, __be32 addr)
{
	__u64 a = bpf_ntohl(addr);

	return trie_walk(map, trie_word(map, a >> (32 - XHOP_ROOT4_BITS)),
			 a << (32 + XHOP_ROOT4_BITS), 0, (32 - XHOP_ROOT4_BITS) / 8);
}

/* addr: four words in network order. */
static __always_inline __u32 trie_lookup6(void *map, const __u32 *addr)
{
	__u64 high = (__u64)bpf_ntohl(addr[0]) << 32 | bpf_ntohl(addr[1]);
	__u64 low = (__u64)bpf_ntohl(addr[2]) << 32 | bpf_ntohl(addr[3]);
	/* 1 or 0, without a branch: one way for the verifier from here on */
	__u64 top = ((high >> (64 - XHOP_ROOT6_SKIP) ^ XHOP_ROOT6_TOP) - 1) >> 63;
	__u32 shift, at = XHOP_ROOT6_REST + (high >> (64 - XHOP_REST6_BITS));

	barrier_var(top);
	shift = XHOP_REST6_BITS + top * (XHOP_ROOT6_SKIP + XHOP_ROOT6_BITS - XHOP_REST6_BITS);
	at += top * ((high << XHOP_ROOT6_SKIP >> (64 - XHOP_ROOT6_BITS)) - at);
	high = high << shift | low >> 1 >> (63 - shift);
	low <<= shift;
	return trie_walk(map, trie_word(map, at), high, low, (128 - XHOP_REST6_BITS) / 8);
}

#endif
