/* SPDX-License-Identifier: GPL-2.0 */
/* Route tables to look up in, real or made, and their memory in the layouts compared. */
#ifndef XHOP_TESTS_LAYOUT_BUILD_H
#define XHOP_TESTS_LAYOUT_BUILD_H

#include <stddef.h>
#include "maps/types.h"

#define HOPS 64 /* next hops, at random: neighbours in the table do not share them */

typedef unsigned __int128 addr_t; /* the address's first bit at the top */

struct prefix {
	addr_t addr;
	int len;
	__u32 value;
};

struct table {
	int bits; /* 32 or 128 */
	size_t count;
	struct prefix *prefix; /* sorted by address, then length */
};

enum kind { step_plain, step_bitmap, step_bitmap6, step_bytes6, step_range };

struct layout {
	const char *name;
	int bits, skip, root, stride;
	enum kind kind;
	struct xhop_line *mem; /* LAYOUT_LINES of them, zero */
	size_t used;	       /* in units of 32 bytes for step_bytes6, else lines */
};

#define LAYOUT_LINES (192u << 20 >> 6)

__u64 random64(void);
/* Prefixes of a file, one a line, gzip or text. 0 or -errno. */
int table_read(struct table t[2], const char *path);
/* Without a file: lengths as in a full table, fewer prefixes. */
int table_make(struct table t[2], size_t count4, size_t count6);
/* A random address in a random prefix of this length, 0: of any. */
addr_t table_address(const struct table *t, int len);

void layout_build(struct layout *l, const struct table *t);
size_t layout_bytes(const struct layout *l);

#endif
