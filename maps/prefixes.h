/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The prefixes of a route table and their values, by address and length. Those that share all
 * whole bytes but their last one stand in one piece of memory: a table that comes in order finds
 * it in the cache, and a value takes little more than its four bytes.
 */
#ifndef XHOP_MAPS_PREFIXES_H
#define XHOP_MAPS_PREFIXES_H

#include <stdbool.h>
#include <stddef.h>
#include "maps/addr.h"

struct prefixes_block;

struct prefixes {
	struct prefixes_block **bucket, *recent; /* recent: what was put into last, or NULL */
	size_t buckets, blocks;			 /* buckets: a power of two, or 0 */
	size_t room;				 /* values in the blocks */
	__u64 count;
};

void prefixes_free(struct prefixes *p);
/* addr: bits behind len are zero. Where the value is until the next change, NULL: not there. */
__u32 *prefixes_get(const struct prefixes *p, addr_t addr, int len);
/* The same of a prefix that is new if it was not there: its value is 0. NULL: no memory. */
__u32 *prefixes_put(struct prefixes *p, addr_t addr, int len, bool *new);
/* It must be there. */
void prefixes_remove(struct prefixes *p, addr_t addr, int len);
/* The longest prefix shorter than len that covers addr: its length and value; -1: none. */
int prefixes_cover(const struct prefixes *p, addr_t addr, int len, __u32 *value);
size_t prefixes_memory(const struct prefixes *p);

#endif
