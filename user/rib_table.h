/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The routes of one family: records in one array, found by prefix (maps/prefixes.h). Routes of a
 * prefix stand in one chain, whatever their table. Indices stay valid until the record is
 * removed, pointers until the next add.
 */
#ifndef XHOP_USER_RIB_TABLE_H
#define XHOP_USER_RIB_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include "maps/prefixes.h"

enum rib_flag {
	RIB_LOCAL = 1 << 0,
	RIB_ODD = 1 << 1,
	RIB_ECMP = 1 << 2,
	RIB_DOUBT = 1 << 3,   /* no route: ask for this prefix until the next dump */
	RIB_OVERLAY = 1 << 4, /* no route: the kernel has a cached route there */
	RIB_STATIC = 1 << 5,  /* no route of the kernel: its class wins over those of main */
	RIB_SOURCE = 1 << 6,  /* for packets from some sources: wins whatever its metric */
};

#define RIB_NO_ROUTE (RIB_DOUBT | RIB_OVERLAY | RIB_STATIC)
#define RIB_FREE     255 /* len of a record that is not in use */

struct rib_route {
	__u8 addr[16];
	__u32 next;
	__u32 metric;
	__u32 class;
	__u32 ident;
	__u8 len, tos, flags, epoch;
};

struct rib_table {
	int size; /* bytes of an address */
	struct rib_route *route;
	struct prefixes index; /* the first record of a prefix; record 0 is not used */
	__u32 end, room, free, count;
};

int rib_table_init(struct rib_table *t, int size);
void rib_table_free(struct rib_table *t);
/* The prefix's first record, then route[i].next; 0: no more. */
__u32 rib_table_chain(const struct rib_table *t, const __u8 *addr, int len);
/* Index of a copy of r, 0 without memory. */
__u32 rib_table_add(struct rib_table *t, const struct rib_route *r);
void rib_table_del(struct rib_table *t, __u32 i);
size_t rib_table_memory(const struct rib_table *t);

bool rib_prefix_covers(const __u8 *outer, int outer_len, const __u8 *inner, int inner_len);
void rib_prefix_cut(__u8 *addr, int size, int len);

#endif
