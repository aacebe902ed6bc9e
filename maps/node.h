/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One node of a route map: 256 slots as a list of runs, and the bytes that the program reads.
 * What only the writer needs (the prefix length behind each run, counters) lies beside the
 * memory, in struct lines' side.
 */
#ifndef XHOP_MAPS_NODE_H
#define XHOP_MAPS_NODE_H

#include <stdbool.h>
#include "maps/lines.h"

#define NODE_SLOTS 256
#define RUN_CHILD  255 /* in the place of a prefix length */
#define RUN_NONE   0   /* no prefix; else its length + 1 */

struct runs {
	int count;
	__u8 start[NODE_SLOTS];
	__u8 len[NODE_SLOTS];
	__u32 value[NODE_SLOTS];
};

/* What runs become: value and len, where the length of the prefix there is not above match. */
struct change {
	__u32 value;
	__u8 len;
	__u8 match;
};

struct node_side {
	__u16 prefixes, children; /* that end in this node, that hang on it */
	__u16 runs, words;
};

struct node_image {
	int lines;
	__u32 flags; /* of the entry that points to it */
	struct node_side head;
	__u8 len[NODE_SLOTS];
	struct xhop_line line[LINES_MAX];
};

static inline bool change_hits(const struct change *c, __u8 len)
{
	return len <= c->match;
}

static inline __u32 node_first(__u32 node)
{
	return node & ~(XHOP_CHILD | XHOP_PLAIN);
}

struct node_side *node_side(const struct lines *l, __u32 node);
/* By run; by slot in a plain node. */
__u8 *node_lens(const struct lines *l, __u32 node);
int node_lines(const struct lines *l, __u32 node);

void runs_one(struct runs *r, __u32 value, __u8 len);
/* r: old with the change in these slots. */
void runs_change(const struct runs *old, struct runs *r, int first, int last,
		 const struct change *c);
/* r: old with one slot's answer replaced, whatever it is. */
void runs_put(const struct runs *old, struct runs *r, int slot, __u32 value, __u8 len);

void node_read(const struct lines *l, __u32 node, struct runs *r);
/* Fills the image but the counters of its head. */
void node_encode(const struct runs *r, struct node_image *image);
/* Into lines that no reader sees; returns the entry that points to it. */
__u32 node_write(struct lines *l, __u32 first, const struct node_image *image);

/* A slot's answer or child; the word that holds it, NULL where a byte does. */
__u32 *node_slot(const struct lines *l, __u32 node, int slot, __u32 *value);
/* The length behind a slot. */
__u8 node_slot_len(const struct lines *l, __u32 node, int slot);
/* The byte for a value in a node that is not plain, -1: it has no word for it. */
int node_code(const struct lines *l, __u32 node, __u32 value);
void node_set_run(struct lines *l, __u32 node, int run, __u8 code, __u8 len);
void node_set_slot(struct lines *l, __u32 node, int slot, __u32 value, __u8 len);

#endif
