/* SPDX-License-Identifier: GPL-2.0 */
/* An address of either family as one number, and its parts. */
#ifndef XHOP_MAPS_ADDR_H
#define XHOP_MAPS_ADDR_H

#include <linux/types.h>

typedef unsigned __int128 addr_t; /* the address's first bit at the top */

static inline addr_t mask_of(int len)
{
	return len ? ~(addr_t)0 << (128 - len) : 0;
}

static inline __u32 slot_of(addr_t a, int depth, int bits)
{
	return bits ? (__u32)(a << depth >> (128 - bits)) : 0;
}

#endif
