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

static __always_inline __u32 trie_step(void *map, __u32 node, __u8 slot)
{
	__u32 first = node & ~(XHOP_CHILD | XHOP_PLAIN), at, key, words;
	struct xhop_line *line;
	__u8 run;

	if (node & XHOP_PLAIN)
		return trie_word(map, first * XHOP_LINE + slot);
	line = bpf_map_lookup_elem(map, &first);
	if (!line)
		return XHOP_ASK;
	words = first * XHOP_LINE + line->byte[XHOP_NODE_WORDS];
	at = first * sizeof(*line) + XHOP_NODE_RUNS - 1 + line->byte[XHOP_NODE_RANKS + slot / 64] +
	     trie_ones(line->bits[slot / 64] << (~slot & 63));
	key = at / sizeof(*line);
	line = bpf_map_lookup_elem(map, &key);
	if (!line)
		return XHOP_ASK;
	run = *(volatile __u8 *)&line->byte[at % sizeof(*line)];
	return run & XHOP_RUN_WORD ? trie_word(map, words + (run & (XHOP_RUN_WORD - 1))) : run;
}

static __always_inline __u32 trie_lookup4(void *map, __be32 addr)
{
	__u32 a = bpf_ntohl(addr), found = trie_word(map, a >> (32 - XHOP_ROOT4_BITS));

	if (found & XHOP_CHILD)
		found = trie_step(map, found, a >> 8);
	if (found & XHOP_CHILD)
		found = trie_step(map, found, a);
	return found & XHOP_CHILD ? XHOP_ASK : found;
}

/* addr: four words in network order. */
static __always_inline __u32 trie_lookup6(void *map, const __u32 *addr)
{
	__u64 high = (__u64)bpf_ntohl(addr[0]) << 32 | bpf_ntohl(addr[1]);
	__u64 low = (__u64)bpf_ntohl(addr[2]) << 32 | bpf_ntohl(addr[3]);
	int depth = XHOP_ROOT6_SKIP + XHOP_ROOT6_BITS;
	__u32 at = XHOP_ROOT6_REST, found;

	if (high >> (64 - XHOP_ROOT6_SKIP) == XHOP_ROOT6_TOP) {
		at = high << XHOP_ROOT6_SKIP >> (64 - XHOP_ROOT6_BITS);
		high = high << depth | low >> (64 - depth);
		low <<= depth;
	}
	found = trie_word(map, at);
	for (int i = 0; i < 16 && found & XHOP_CHILD; i++) {
		found = trie_step(map, found, high >> 56);
		high = high << 8 | low >> 56;
		low <<= 8;
	}
	return found & XHOP_CHILD ? XHOP_ASK : found;
}

#endif
