// SPDX-License-Identifier: GPL-2.0
/*
 * Each run of a node remembers how long the prefix behind its answer is, so a change touches
 * what it owns and no more: setting takes over runs of shorter prefixes, deleting gives those of
 * its own length (none there is shorter) to the prefix that covers it. A node exists while a prefix
 * ends in it or a child hangs on it. A node whose runs keep their places is changed in place, byte
 * by byte or word by word; else it is written anew and the one word that points to it is replaced.
 *
 * Nothing may fail halfway. All memory is taken before the first store: for the node where the
 * prefix ends or the way to it, and, if the value needs words, for nodes below (set aside).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "maps/trie_priv.h"

#define DIRECT_MAX (XHOP_RUN_WORD - 1)
#define DEPTH_MAX  (128 / NODE_BITS + 1)

const struct root root4 = {.bits = XHOP_ROOT4_BITS};
const struct root root6 = {.skip = XHOP_ROOT6_SKIP, .bits = XHOP_ROOT6_BITS};
const struct root root6_rest = {.word = XHOP_ROOT6_REST, .bits = XHOP_REST6_BITS};

static int set_aside(struct trie *t, int lines)
{
	__u32 first, max = t->aside_max ? t->aside_max * 2 : 256;
	struct aside *more;

	if (t->aside_count == t->aside_max) {
		more = realloc(t->aside, max * sizeof(*more));
		if (!more)
			return -ENOMEM;
		t->aside = more;
		t->aside_max = max;
	}
	first = lines_take(&t->lines, lines);
	if (!first)
		return -ENOSPC;
	t->aside[t->aside_count++] = (struct aside){first, lines};
	return 0;
}

void node_replace(struct trie *t, __u32 *link, __u32 first, struct node_image *image)
{
	__u32 old = *link;
	struct node_side *side = node_side(&t->lines, old);

	image->head.prefixes = side->prefixes;
	image->head.children = side->children;
	__atomic_store_n(link, node_write(&t->lines, first, image), __ATOMIC_RELEASE);
	lines_retire(&t->lines, node_first(old), node_lines(&t->lines, old));
}

/* --- nodes that lie wholly below the prefix ------------------------------------------------ */

static int cover(struct trie *t, __u32 *link, const struct change *c, bool dry);

static int cover_children(struct trie *t, __u32 node, int first, int last, const struct change *c,
			  bool dry)
{
	struct runs r;
	int err = 0;

	if (!node_side(&t->lines, node)->children)
		return 0;
	node_read(&t->lines, node, &r);
	for (int i = 0; i < r.count && !err; i++) {
		__u32 child;

		if (r.len[i] == RUN_CHILD && r.start[i] >= first && r.start[i] <= last)
			err = cover(t, node_slot(&t->lines, node, r.start[i], &child), c, dry);
	}
	return err;
}

static int cover_anew(struct trie *t, __u32 *link, const struct change *c, bool dry)
{
	struct node_image image;
	struct runs r;

	node_read(&t->lines, *link, &r);
	for (int i = 0; i < r.count; i++) {
		if (!change_hits(c, r.len[i]))
			continue;
		r.value[i] = c->value;
		r.len[i] = c->len;
	}
	node_encode(&r, &image);
	if (dry)
		return set_aside(t, image.lines);
	node_replace(t, link, t->aside[t->aside_at++].first, &image);
	return 0;
}

static int cover(struct trie *t, __u32 *link, const struct change *c, bool dry)
{
	__u32 node = *link;
	__u8 *len = node_lens(&t->lines, node);
	int count = node_side(&t->lines, node)->runs, code, err = 0;

	code = node & XHOP_PLAIN ? 0 : node_code(&t->lines, node, c->value);
	for (int i = 0; i < count && !(dry && code >= 0); i++) {
		if (!change_hits(c, len[i]))
			continue;
		if (code < 0) {
			err = cover_anew(t, link, c, dry);
			break;
		}
		if (node & XHOP_PLAIN)
			node_set_slot(&t->lines, node, i, c->value, c->len);
		else
			node_set_run(&t->lines, node, i, code, c->len);
	}
	return err ? err : cover_children(t, *link, 0, NODE_SLOTS - 1, c, dry);
}

/* --- the node where the prefix ends -------------------------------------------------------- */

static bool same_starts(const struct runs *a, const struct runs *b)
{
	return a->count == b->count && !memcmp(a->start, b->start, a->count);
}

/* The runs become r, in place where that can be. */
static int rewrite(struct trie *t, __u32 *link, const struct runs *old, const struct runs *r,
		   const struct change *c)
{
	struct node_image image;
	int code = node_code(&t->lines, *link, c->value);
	__u32 first;

	if (code >= 0 && same_starts(old, r)) {
		for (int i = 0; i < r->count; i++)
			if (r->len[i] != old->len[i] || r->value[i] != old->value[i])
				node_set_run(&t->lines, *link, i, code, c->len);
		return 0;
	}
	node_encode(r, &image);
	first = lines_take(&t->lines, image.lines);
	if (!first)
		return -ENOSPC;
	node_replace(t, link, first, &image);
	return 0;
}

static int change_node(struct trie *t, __u32 *link, int first, int last, const struct change *c)
{
	struct runs old, r;

	if (*link & XHOP_PLAIN) {
		__u8 *len = node_lens(&t->lines, *link);

		for (int i = first; i <= last; i++)
			if (change_hits(c, len[i]))
				node_set_slot(&t->lines, *link, i, c->value, c->len);
		return 0;
	}
	node_read(&t->lines, *link, &old);
	runs_change(&old, &r, first, last, c);
	return rewrite(t, link, &old, &r, c);
}

/* One slot becomes this answer or child, whatever it was. */
static int put_slot(struct trie *t, __u32 *link, int slot, __u32 value, __u8 len)
{
	struct node_image image;
	struct runs old, r;
	__u32 first;

	if (*link & XHOP_PLAIN) {
		node_set_slot(&t->lines, *link, slot, value, len);
		return 0;
	}
	node_read(&t->lines, *link, &old);
	runs_put(&old, &r, slot, value, len);
	node_encode(&r, &image);
	first = lines_take(&t->lines, image.lines);
	if (!first)
		return -ENOSPC;
	node_replace(t, link, first, &image);
	return 0;
}

static void chain_undo(struct trie *t, __u32 node)
{
	struct runs r;
	__u32 next;

	for (; node; node = next) {
		next = 0;
		node_read(&t->lines, node, &r);
		for (int i = 0; i < r.count; i++)
			if (r.len[i] == RUN_CHILD)
				next = r.value[i];
		lines_give(&t->lines, node_first(node), node_lines(&t->lines, node));
	}
}

/* A way to the prefix of new nodes from depth on; what was there before fills the rest. */
static int chain(struct trie *t, const struct target *g, int depth, __u32 value, __u8 len,
		 __u32 *top)
{
	struct node_image image;
	struct runs old, r;
	__u32 first, last;
	int at = depth;

	while (g->len > at + NODE_BITS)
		at += NODE_BITS;
	for (*top = 0; at >= depth; at -= NODE_BITS) {
		runs_one(&old, value, len);
		image.head.prefixes = !*top;
		image.head.children = !!*top;
		if (*top) {
			runs_put(&old, &r, slot_of(g->addr, at, NODE_BITS), *top, RUN_CHILD);
		} else {
			slots_of(g, at, NODE_BITS, &first, &last);
			runs_change(&old, &r, first, last, &g->change);
		}
		node_encode(&r, &image);
		first = lines_take(&t->lines, image.lines);
		if (!first) {
			chain_undo(t, *top);
			return -ENOSPC;
		}
		*top = node_write(&t->lines, first, &image);
	}
	return 0;
}

/* Under the words of the root: the prefix is not longer than they are. */
static int change_root(struct trie *t, const struct target *g, bool dry)
{
	__u32 first, last, *word;
	int err = 0;

	slots_of(g, g->root->skip, g->root->bits, &first, &last);
	for (__u32 i = g->root->word + first; i <= g->root->word + last && !err; i++) {
		word = root_word(t, i);
		if (*word & XHOP_CHILD) {
			err = cover(t, word, &g->change, dry);
		} else if (!dry && change_hits(&g->change, *root_len(t, i))) {
			*root_len(t, i) = g->change.len;
			__atomic_store_n(word, g->change.value, __ATOMIC_RELEASE);
		}
	}
	return err;
}

/* The word of the root on the way to the prefix. */
static __u32 root_at(const struct target *g)
{
	return g->root->word + slot_of(g->addr, g->root->skip, g->root->bits);
}

static int change_end(struct trie *t, const struct target *g, __u32 *link, int depth)
{
	__u32 first, last, node = *link;
	int err = 0;

	slots_of(g, depth, NODE_BITS, &first, &last);
	t->aside_at = t->aside_count;
	if (g->change.value > DIRECT_MAX)
		err = cover_children(t, node, first, last, &g->change, true);
	if (!err)
		err = change_node(t, link, first, last, &g->change);
	if (err)
		return err;
	return cover_children(t, *link, first, last, &g->change, false);
}

/* 0, or an error and nothing has changed but what was set aside. */
static int insert(struct trie *t, const struct target *g)
{
	int depth = g->root->skip + g->root->bits, err;
	__u32 at = root_at(g), *link = root_word(t, at), *parent = NULL, value = *link, node, slot;

	for (; value & XHOP_CHILD && g->len > depth + NODE_BITS; depth += NODE_BITS) {
		parent = link;
		slot = slot_of(g->addr, depth, NODE_BITS);
		link = node_slot(&t->lines, *link, slot, &value);
	}
	if (value & XHOP_CHILD) {
		err = change_end(t, g, link, depth);
		if (!err)
			node_side(&t->lines, *link)->prefixes += g->fresh;
		return err;
	}
	if (!parent) {
		err = chain(t, g, depth, value, *root_len(t, at), &node);
		if (!err)
			__atomic_store_n(link, node, __ATOMIC_RELEASE);
		return err;
	}
	slot = slot_of(g->addr, depth - NODE_BITS, NODE_BITS);
	err = chain(t, g, depth, value, node_slot_len(&t->lines, *parent, slot), &node);
	if (err)
		return err;
	err = put_slot(t, parent, slot, node, RUN_CHILD);
	if (err)
		chain_undo(t, node);
	else
		node_side(&t->lines, *parent)->children++;
	return err;
}

/* Nodes in which nothing is left go, from the highest such node on the way down. */
static int prune(struct trie *t, const struct target *g, __u32 **way, int count)
{
	int keep = count - 1, depth = g->root->skip + g->root->bits, err;
	__u32 nodes[DEPTH_MAX];

	for (int i = 0; i < count; i++)
		nodes[i] = *way[i];
	while (keep > 0 && !node_side(&t->lines, nodes[keep - 1])->prefixes &&
	       node_side(&t->lines, nodes[keep - 1])->children == 1)
		keep--;
	if (keep) {
		err = put_slot(t, way[keep - 1],
			       slot_of(g->addr, depth + (keep - 1) * NODE_BITS, NODE_BITS),
			       g->change.value, g->change.len);
		if (err)
			return err;
		node_side(&t->lines, *way[keep - 1])->children--;
	} else {
		*root_len(t, root_at(g)) = g->change.len;
		__atomic_store_n(way[0], g->change.value, __ATOMIC_RELEASE);
	}
	for (; keep < count; keep++)
		lines_retire(&t->lines, node_first(nodes[keep]),
			     node_lines(&t->lines, nodes[keep]));
	return 0;
}

static int erase(struct trie *t, const struct target *g)
{
	int depth = g->root->skip + g->root->bits, count = 0, err;
	__u32 *way[DEPTH_MAX], value;
	struct node_side *side;

	way[count++] = root_word(t, root_at(g));
	for (; g->len > depth + NODE_BITS; depth += NODE_BITS) {
		__u32 slot = slot_of(g->addr, depth, NODE_BITS);

		way[count] = node_slot(&t->lines, *way[count - 1], slot, &value);
		count++;
	}
	side = node_side(&t->lines, *way[count - 1]);
	if (side->prefixes == 1 && !side->children)
		return prune(t, g, way, count);
	err = change_end(t, g, way[count - 1], depth);
	if (!err)
		node_side(&t->lines, *way[count - 1])->prefixes--;
	return err;
}

static int change_part(struct trie *t, const struct target *g, bool dry)
{
	if (g->len <= g->root->skip + g->root->bits)
		return change_root(t, g, dry);
	if (dry)
		return 0;
	return g->gone ? erase(t, g) : insert(t, g);
}

/*
 * All parts of the root that the prefix lies in. The first two of IPv6 meet in prefixes shorter
 * than four bits: there the part of 2000::/4 is made sure of first and done last.
 */
int trie_change(struct trie *t, struct target *g)
{
	struct target wide = *g;
	int err = 0;

	g->root = &root4;
	if (t->family == AF_INET6) {
		bool top = g->len >= XHOP_ROOT6_SKIP;

		g->root = &root6_rest;
		wide.root = &root6;
		if (top && g->addr >> (128 - XHOP_ROOT6_SKIP) == XHOP_ROOT6_TOP)
			g->root = &root6;
		else if (top || ((addr_t)XHOP_ROOT6_TOP << (128 - XHOP_ROOT6_SKIP) &
				 mask_of(g->len)) != g->addr)
			wide.root = NULL;
	}
	if (g->root != &root6_rest)
		wide.root = NULL;
	t->aside_count = 0;
	if (g->change.value > DIRECT_MAX && wide.root)
		err = change_part(t, &wide, true);
	t->aside_at = t->aside_count;
	if (!err && g->change.value > DIRECT_MAX)
		err = change_part(t, g, true);
	if (!err)
		err = change_part(t, g, false);
	if (!err) {
		t->aside_at = 0;
		return wide.root ? change_part(t, &wide, false) : 0;
	}
	while (t->aside_count--)
		lines_give(&t->lines, t->aside[t->aside_count].first,
			   t->aside[t->aside_count].lines);
	return err;
}
