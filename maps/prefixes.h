/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The prefixes of a route table and their values, by address and length: hash tables that grow
 * one at a time, so that no single change waits for all.
 */
#ifndef XHOP_MAPS_PREFIXES_H
#define XHOP_MAPS_PREFIXES_H

#include "maps/types.h"

#define PREFIXES_TABLES 1024
#define PREFIXES_WORDS	4 /* of an address, the most */

struct prefixes_table {
	__u32 *slots;
	__u32 mask, count;
};

struct prefixes {
	int words; /* of an address: 1 or 4 */
	__u64 count;
	__u32 lengths[129]; /* prefixes of each length */
	struct prefixes_table table[PREFIXES_TABLES];
};

/* addr: words in network order, bits behind len zero. */
void prefixes_new(struct prefixes *p, int words);
void prefixes_free(struct prefixes *p);
/* Where the value is, NULL: not there. */
__u32 *prefixes_get(const struct prefixes *p, const __u32 *addr, int len);
/* Where the new prefix's value is, NULL: no memory. It must not be there yet. */
__u32 *prefixes_add(struct prefixes *p, const __u32 *addr, int len);
void prefixes_remove(struct prefixes *p, const __u32 *addr, int len);
/* The longest prefix shorter than len that covers addr: its length and value; -1: none. */
int prefixes_cover(const struct prefixes *p, const __u32 *addr, int len, __u32 *value);

#endif
