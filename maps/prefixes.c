// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks in a hash table by their first bytes. In a block a prefix of 1 to 8 bits more is a bit
 * at 1 << bits | value, so that half of its place is the next shorter prefix's; the values stand
 * in the order of the bits. The block of no bytes has 0/0 as well, at 1.
 */
#include <stdlib.h>
#include <string.h>
#include "maps/prefixes.h"

#define STRIDE 8
#define WORDS  ((2 << STRIDE) / 64)

struct prefixes_block {
	addr_t addr;
	struct prefixes_block *next;
	__u16 depth, count, room;
	__u16 before[WORDS]; /* values of the words before */
	__u64 bits[WORDS];
	__u32 value[];
};

static int depth_of(int len)
{
	return len ? (len - 1) / STRIDE * STRIDE : 0;
}

static __u32 place_of(addr_t addr, int depth, int len)
{
	return 1u << (len - depth) | slot_of(addr, depth, len - depth);
}

static __u64 hash(addr_t addr, int depth)
{
	__u64 h = ((__u64)(addr >> 64) ^ depth) * 0xff51afd7ed558ccd;

	h = ((h ^ h >> 32) + (__u64)addr) * 0x9e3779b97f4a7c15;
	return h ^ h >> 32;
}

static bool is(const struct prefixes_block *b, addr_t addr, int depth)
{
	return b->addr == addr && b->depth == depth;
}

/* What points to the block of the address at this depth, or where such a pointer would be. */
static struct prefixes_block **find(const struct prefixes *p, addr_t addr, int depth)
{
	struct prefixes_block **at = &p->bucket[hash(addr, depth) & (p->buckets - 1)];

	while (*at && !is(*at, addr, depth))
		at = &(*at)->next;
	return at;
}

static struct prefixes_block *block_of(const struct prefixes *p, addr_t addr, int depth)
{
	addr &= mask_of(depth);
	if (p->recent && is(p->recent, addr, depth))
		return p->recent;
	return p->buckets ? *find(p, addr, depth) : NULL;
}

static bool has(const struct prefixes_block *b, __u32 place)
{
	return b->bits[place / 64] >> place % 64 & 1;
}

static __u32 *value_at(struct prefixes_block *b, __u32 place)
{
	__u64 below = b->bits[place / 64] & ((1ull << place % 64) - 1);

	return b->value + b->before[place / 64] + __builtin_popcountll(below);
}

void prefixes_free(struct prefixes *p)
{
	struct prefixes_block *b, *next;

	for (size_t i = 0; i < p->buckets; i++) {
		for (b = p->bucket[i]; b; b = next) {
			next = b->next;
			free(b);
		}
	}
	free(p->bucket);
}

__u32 *prefixes_get(const struct prefixes *p, addr_t addr, int len)
{
	int depth = depth_of(len);
	__u32 place = place_of(addr, depth, len);
	struct prefixes_block *b = block_of(p, addr, depth);

	return b && has(b, place) ? value_at(b, place) : NULL;
}

/* One change waits for it: 2 ms with the blocks of a full table. */
static int grow(struct prefixes *p)
{
	struct prefixes new = *p;
	struct prefixes_block *b, *next, **at;

	new.buckets = p->buckets ? 2 * p->buckets : 256;
	new.bucket = calloc(new.buckets, sizeof(*new.bucket));
	if (!new.bucket)
		return -1;
	for (size_t i = 0; i < p->buckets; i++) {
		for (b = p->bucket[i]; b; b = next) {
			next = b->next;
			at = &new.bucket[hash(b->addr, b->depth) & (new.buckets - 1)];
			b->next = *at;
			*at = b;
		}
	}
	free(p->bucket);
	*p = new;
	return 0;
}

/* The block, which may not be there yet, with room for one value more. */
static struct prefixes_block *make_room(struct prefixes *p, struct prefixes_block *b, addr_t addr,
					int depth)
{
	struct prefixes_block **at;
	__u32 room = b ? 2 * b->room : 2;

	if (b && b->count < b->room)
		return b;
	if (!b && p->blocks == p->buckets && grow(p))
		return NULL;
	addr &= mask_of(depth);
	at = find(p, addr, depth);
	b = realloc(*at, sizeof(*b) + room * sizeof(b->value[0]));
	if (!b)
		return NULL;
	if (!*at) {
		*b = (struct prefixes_block){.addr = addr, .depth = depth};
		p->blocks++;
	}
	p->room += room - b->room;
	b->room = room;
	*at = b;
	return b;
}

__u32 *prefixes_put(struct prefixes *p, addr_t addr, int len, bool *new)
{
	int depth = depth_of(len);
	__u32 place = place_of(addr, depth, len), *value;
	struct prefixes_block *b = block_of(p, addr, depth);

	*new = !b || !has(b, place);
	if (!*new)
		return value_at(b, place);
	b = make_room(p, b, addr, depth);
	if (!b)
		return NULL;
	p->recent = b;
	value = value_at(b, place);
	memmove(value + 1, value, (b->value + b->count - value) * sizeof(*value));
	*value = 0;
	b->bits[place / 64] |= 1ull << place % 64;
	for (int w = place / 64 + 1; w < WORDS; w++)
		b->before[w]++;
	b->count++;
	p->count++;
	return value;
}

void prefixes_remove(struct prefixes *p, addr_t addr, int len)
{
	int depth = depth_of(len);
	__u32 place = place_of(addr, depth, len), *value;
	struct prefixes_block **at = find(p, addr & mask_of(depth), depth), *b = *at;

	p->recent = NULL;
	p->count--;
	if (!--b->count) {
		*at = b->next;
		p->room -= b->room;
		p->blocks--;
		free(b);
		return;
	}
	value = value_at(b, place);
	memmove(value, value + 1, (b->value + b->count - value) * sizeof(*value));
	b->bits[place / 64] &= ~(1ull << place % 64);
	for (int w = place / 64 + 1; w < WORDS; w++)
		b->before[w]--;
}

int prefixes_cover(const struct prefixes *p, addr_t addr, int len, __u32 *value)
{
	while (len) {
		int depth = depth_of(--len);
		struct prefixes_block *b = block_of(p, addr, depth);

		for (__u32 place = place_of(addr, depth, len); b && place; place /= 2, len--) {
			if (!has(b, place))
				continue;
			*value = *value_at(b, place);
			return len;
		}
		/* one of this length stands in the block before */
		len = depth ? depth + 1 : 0;
	}
	return -1;
}

size_t prefixes_memory(const struct prefixes *p)
{
	return p->buckets * sizeof(*p->bucket) + p->blocks * sizeof(**p->bucket) +
	       p->room * sizeof(p->bucket[0]->value[0]);
}
