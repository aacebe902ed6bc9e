/* SPDX-License-Identifier: GPL-2.0 */
/* What trie.c, change.c and gather.c share. */
#ifndef XHOP_MAPS_TRIE_PRIV_H
#define XHOP_MAPS_TRIE_PRIV_H

#include <sys/socket.h>
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

/* The node that changes are gathered in. */
struct gather {
	bool on;
	addr_t addr; /* of the node in which the last change ended */
	int depth;   /* 0: in the root */
	__u32 *link; /* what points to it, NULL: it is not open */
	__u32 spare; /* lines for it */
	struct runs runs[2];
	int at; /* which of them it has now */
};

struct trie {
	struct lines lines;
	struct prefixes prefixes;
	int family, bits;
	struct aside *aside; /* for nodes that the change at hand will write, in order */
	__u32 aside_count, aside_max, aside_at;
	struct gather gather;
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

/* The part that a prefix lies in that is longer than what both parts of IPv6 share. */
static inline const struct root *root_of(const struct trie *t, addr_t a)
{
	if (t->family == AF_INET)
		return &root4;
	return a >> (128 - XHOP_ROOT6_SKIP) == XHOP_ROOT6_TOP ? &root6 : &root6_rest;
}

/* The slots of a node or root at this depth that the prefix covers. */
static inline void slots_of(const struct target *g, int depth, int bits, __u32 *first, __u32 *last)
{
	int free_bits = g->len < depth ? bits : depth + bits - g->len;

	*first = g->len < depth ? 0 : slot_of(g->addr, depth, bits);
	*last = *first + (1u << free_bits) - 1;
}

/* Does it, in every part of the root. 0, -ENOSPC or -ENOMEM: nothing has changed. */
int trie_change(struct trie *t, struct target *g);
/* The same, but readers may see it only after gather_close(). */
int gather_change(struct trie *t, struct target *g);
void gather_close(struct trie *t);
/* The node that link points to, written anew as the image; old is left to its readers. */
void node_replace(struct trie *t, __u32 *link, __u32 first, struct node_image *image);

#endif
