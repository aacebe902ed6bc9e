/* SPDX-License-Identifier: GPL-2.0 */
/* An address of either family as one number, and its parts. */
#ifndef XHOP_MAPS_ADDR_H
#define XHOP_MAPS_ADDR_H

#include <endian.h>
#include <string.h>
#include <linux/types.h>

typedef unsigned __int128 addr_t; /* the address's first bit at the top */

/* size: bytes, 4 or 16, in network order. */
static inline addr_t addr_read(const void *bytes, int size)
{
	__u64 high, low;
	__u32 word;

	if (size == 4) {
		memcpy(&word, bytes, sizeof(word));
		return (addr_t)be32toh(word) << 96;
	}
	memcpy(&high, bytes, sizeof(high));
	memcpy(&low, (const char *)bytes + sizeof(high), sizeof(low));
	return (addr_t)be64toh(high) << 64 | be64toh(low);
}

static inline addr_t mask_of(int len)
{
	return len ? ~(addr_t)0 << (128 - len) : 0;
}

static inline __u32 slot_of(addr_t a, int depth, int bits)
{
	return bits ? (__u32)(a << depth >> (128 - bits)) : 0;
}

#endif
