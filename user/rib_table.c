// SPDX-License-Identifier: GPL-2.0
/* Records of routes: see rib_table.h. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/rib_table.h"

#define FIRST_ROOM 1024

int rib_table_init(struct rib_table *t, int size)
{
	*t = (struct rib_table){.size = size, .end = 1, .room = FIRST_ROOM, .buckets = FIRST_ROOM};
	t->route = malloc(t->room * sizeof(*t->route));
	t->bucket = calloc(t->buckets, sizeof(*t->bucket));
	if (t->route && t->bucket)
		return 0;
	rib_table_free(t);
	return -ENOMEM;
}

void rib_table_free(struct rib_table *t)
{
	free(t->route);
	free(t->bucket);
	*t = (struct rib_table){};
}

/*
 * The prefixes of one length that differ in their last four bits only share a cache line of
 * buckets: a dump comes in the order of prefixes.
 */
static __u32 place(const struct rib_table *t, const __u8 *addr, int len)
{
	__u64 high = 0, low;

	if (t->size == 4) {
		__u32 word;

		memcpy(&word, addr, 4);
		low = (__u64)be32toh(word) << 32;
	} else {
		memcpy(&low, addr, 8);
		low = be64toh(low);
		if (len > 64) {
			high = low;
			memcpy(&low, addr + 8, 8);
			low = be64toh(low);
		}
	}
	low = len ? low >> (63 - (len - 1) % 64) : 0;
	high = (high ^ ((__u64)len << 57)) * 0x9e3779b97f4a7c15ull;
	high = ((high ^ (high >> 32)) + (low >> 4)) * 0xd6e8feb86659fd93ull;
	return (((high ^ (high >> 32)) << 4) + (low & 15)) & (t->buckets - 1);
}

__u32 rib_table_chain(const struct rib_table *t, const __u8 *addr, int len)
{
	return t->bucket[place(t, addr, len)];
}

bool rib_table_is(const struct rib_table *t, __u32 i, const __u8 *addr, int len)
{
	return t->route[i].len == len && !memcmp(t->route[i].addr, addr, t->size);
}

static int grow(struct rib_table *t)
{
	struct rib_route *route = realloc(t->route, 2ul * t->room * sizeof(*route));
	__u32 *bucket;

	if (!route)
		return -ENOMEM;
	t->route = route;
	t->room *= 2;
	bucket = calloc(t->room, sizeof(*bucket));
	if (!bucket)
		return 0; /* longer chains */
	free(t->bucket);
	t->bucket = bucket;
	t->buckets = t->room;
	for (__u32 i = 1; i < t->end; i++) {
		__u32 *at;

		if (route[i].len == RIB_FREE)
			continue;
		at = &bucket[place(t, route[i].addr, route[i].len)];
		route[i].next = *at;
		*at = i;
	}
	return 0;
}

__u32 rib_table_add(struct rib_table *t, const struct rib_route *r)
{
	__u32 i = t->free, *at;

	if (i) {
		t->free = t->route[i].next;
	} else {
		if (t->end == t->room && grow(t) < 0)
			return 0;
		i = t->end++;
	}
	at = &t->bucket[place(t, r->addr, r->len)];
	t->route[i] = *r;
	t->route[i].next = *at;
	*at = i;
	t->count++;
	return i;
}

void rib_table_del(struct rib_table *t, __u32 i)
{
	struct rib_route *r = &t->route[i];
	__u32 *at = &t->bucket[place(t, r->addr, r->len)];

	while (*at != i)
		at = &t->route[*at].next;
	*at = r->next;
	r->len = RIB_FREE;
	r->next = t->free;
	t->free = i;
	t->count--;
}

size_t rib_table_memory(const struct rib_table *t)
{
	return t->room * sizeof(*t->route) + t->buckets * sizeof(*t->bucket);
}

bool rib_prefix_covers(const __u8 *outer, int outer_len, const __u8 *inner, int inner_len)
{
	int bytes = outer_len / 8, bits = outer_len % 8;

	return outer_len <= inner_len && !memcmp(outer, inner, bytes) &&
	       (!bits || !((outer[bytes] ^ inner[bytes]) >> (8 - bits)));
}

void rib_prefix_cut(__u8 *addr, int size, int len)
{
	if (len >= 8 * size)
		return;
	addr[len / 8] &= 0xff00 >> (len % 8);
	memset(addr + len / 8 + 1, 0, size - len / 8 - 1);
}
