// SPDX-License-Identifier: GPL-2.0
/*
 * Changes that are written together: the second one in a row that ends in a node opens it, that
 * is reads its runs, and further ones change these alone. The first one elsewhere closes it: then
 * it is written once, where it would else have been written for each. An open node has lines
 * enough set aside for whatever it becomes, so closing it never fails.
 */
#include "maps/trie_priv.h"

/* Of the node in which the prefix ends; 0: it ends in the root. */
static int depth_of(const struct root *root, int len)
{
	int depth = root->skip + root->bits;

	return len > depth ? depth + (len - depth - 1) / NODE_BITS * NODE_BITS : 0;
}

static bool open(struct trie *t, const struct root *root)
{
	struct gather *own = &t->gather;
	int depth = root->skip + root->bits;
	__u32 *link = root_word(t, root->word + slot_of(own->addr, root->skip, root->bits));
	__u32 value = *link;

	for (; value & XHOP_CHILD && depth < own->depth; depth += NODE_BITS)
		link = node_slot(&t->lines, *link, slot_of(own->addr, depth, NODE_BITS), &value);
	if (!(value & XHOP_CHILD))
		return false;
	own->spare = lines_take(&t->lines, LINES_MAX);
	if (!own->spare)
		return false;
	own->link = link;
	node_read(&t->lines, *link, &own->runs[own->at]);
	return true;
}

void gather_close(struct trie *t)
{
	struct gather *own = &t->gather;
	struct node_image image;

	if (!own->link)
		return;
	node_encode(&own->runs[own->at], &image);
	if (image.lines < LINES_MAX)
		lines_give(&t->lines, own->spare + image.lines, LINES_MAX - image.lines);
	node_replace(t, own->link, own->spare, &image);
	own->link = NULL;
}

static bool has_child(const struct runs *r, __u32 first, __u32 last)
{
	for (int i = 0; i < r->count; i++)
		if (r->len[i] == RUN_CHILD && r->start[i] >= first && r->start[i] <= last)
			return true;
	return false;
}

int gather_change(struct trie *t, struct target *g)
{
	struct gather *own = &t->gather;
	const struct root *root = root_of(t, g->addr);
	int depth = depth_of(root, g->len);
	addr_t addr = g->addr & mask_of(depth);
	__u32 first, last;

	if (own->depth != depth || own->addr != addr) {
		gather_close(t);
		own->depth = depth;
		own->addr = addr;
		return trie_change(t, g);
	}
	if (!depth || (!own->link && !open(t, root)))
		return trie_change(t, g);
	slots_of(g, depth, NODE_BITS, &first, &last);
	if (node_side(&t->lines, *own->link)->children &&
	    has_child(&own->runs[own->at], first, last)) {
		gather_close(t);
		return trie_change(t, g);
	}
	runs_change(&own->runs[own->at], &own->runs[!own->at], first, last, &g->change);
	own->at = !own->at;
	node_side(&t->lines, *own->link)->prefixes += g->fresh;
	return 0;
}
