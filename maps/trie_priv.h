/* SPDX-License-Identifier: GPL-2.0 */
/* What trie.c and change.c share. */
#ifndef XHOP_MAPS_TRIE_PRIV_H
#define XHOP_MAPS_TRIE_PRIV_H

#include "maps/node.h"
#include "maps/prefixes.h"
#include "maps/trie.h"

#define NODE_BITS 8

/* A part of the address space and its words in the root. */
struct root {
	__u32 word;
	int skip, bits; /* address bits before, and those that choose the word */
};

extern const struct root root4, root6, root6_rest;

struct aside {
	__u32 first, lines;
};

struct trie {
	struct lines lines;
	struct prefixes prefixes;
	int family, bits;
	struct aside *aside; /* for nodes that the change at hand will write, in order */
	__u32 aside_count, aside_max, aside_at;
};

/* A change of one prefix. */
struct target {
	const struct root *root;
	addr_t addr;
	int len;
	struct change change;
	bool fresh; /* the prefix was not there */
	bool gone;  /* it will not be */
};

static inline __u32 *root_word(const struct trie *t, __u32 at)
{
	return &t->lines.mem[at / XHOP_LINE].word[at % XHOP_LINE];
}

static inline __u8 *root_len(const struct trie *t, __u32 at)
{
	return &t->lines.side[at * sizeof(__u32)];
}

/* Does it, in every part of the root. 0, -ENOSPC or -ENOMEM: nothing has changed. */
int trie_change(struct trie *t, struct target *g);

#endif
