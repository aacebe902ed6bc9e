// SPDX-License-Identifier: GPL-2.0
/* Open addressing; a slot is value, length + 1 (0: empty), address. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "maps/prefixes.h"

enum { SLOT_VALUE, SLOT_LENGTH, SLOT_ADDR };

static size_t slot_words(const struct prefixes *p)
{
	return SLOT_ADDR + p->words;
}

static __u32 *slot_at(const struct prefixes *p, const struct prefixes_table *t, __u32 i)
{
	return t->slots + (i & t->mask) * slot_words(p);
}

static __u64 hash(const struct prefixes *p, const __u32 *addr, int len)
{
	__u64 h = len * 0x9e3779b97f4a7c15;

	for (int i = 0; i < p->words; i++)
		h = ((h ^ addr[i]) * 0xff51afd7ed558ccd) ^ h >> 29;
	return h ^ h >> 32;
}

static struct prefixes_table *table_of(const struct prefixes *p, __u64 h)
{
	return (struct prefixes_table *)&p->table[h >> 20 & (PREFIXES_TABLES - 1)];
}

static int same(const struct prefixes *p, const __u32 *slot, const __u32 *addr, int len)
{
	for (int i = 0; i < p->words; i++)
		if (slot[SLOT_ADDR + i] != addr[i])
			return 0;
	return slot[SLOT_LENGTH] == (__u32)len + 1;
}

/* The prefix's slot, or the empty one where it would be; the table is never full. */
static __u32 find(const struct prefixes *p, const struct prefixes_table *t, __u64 h,
		  const __u32 *addr, int len)
{
	__u32 i = h & t->mask;

	while (slot_at(p, t, i)[SLOT_LENGTH] && !same(p, slot_at(p, t, i), addr, len))
		i = (i + 1) & t->mask;
	return i;
}

void prefixes_new(struct prefixes *p, int words)
{
	memset(p, 0, sizeof(*p));
	p->words = words;
}

void prefixes_free(struct prefixes *p)
{
	for (int i = 0; i < PREFIXES_TABLES; i++)
		free(p->table[i].slots);
}

__u32 *prefixes_get(const struct prefixes *p, const __u32 *addr, int len)
{
	__u64 h = hash(p, addr, len);
	struct prefixes_table *t = table_of(p, h);
	__u32 *slot;

	if (!t->count)
		return NULL;
	slot = slot_at(p, t, find(p, t, h, addr, len));
	return slot[SLOT_LENGTH] ? slot + SLOT_VALUE : NULL;
}

static int grow(struct prefixes *p, struct prefixes_table *t)
{
	struct prefixes_table new = {.mask = t->slots ? t->mask * 2 + 1 : 7, .count = t->count};

	new.slots = calloc((size_t) new.mask + 1, slot_words(p) * sizeof(__u32));
	if (!new.slots)
		return -1;
	for (__u32 i = 0; t->slots && i <= t->mask; i++) {
		__u32 *slot = slot_at(p, t, i);
		int len = (int)slot[SLOT_LENGTH] - 1;

		if (len < 0)
			continue;
		memcpy(slot_at(p, &new,
			       find(p, &new, hash(p, slot + SLOT_ADDR, len), slot + SLOT_ADDR,
				    len)),
		       slot, slot_words(p) * sizeof(__u32));
	}
	free(t->slots);
	*t = new;
	return 0;
}

__u32 *prefixes_add(struct prefixes *p, const __u32 *addr, int len)
{
	__u64 h = hash(p, addr, len);
	struct prefixes_table *t = table_of(p, h);
	__u32 *slot;

	if ((!t->slots || t->count + 1 > (t->mask + 1) / 4 * 3) && grow(p, t))
		return NULL;
	slot = slot_at(p, t, find(p, t, h, addr, len));
	slot[SLOT_LENGTH] = len + 1;
	memcpy(slot + SLOT_ADDR, addr, p->words * sizeof(*addr));
	t->count++;
	p->count++;
	p->lengths[len]++;
	return slot + SLOT_VALUE;
}

void prefixes_remove(struct prefixes *p, const __u32 *addr, int len)
{
	__u64 h = hash(p, addr, len);
	struct prefixes_table *t = table_of(p, h);
	__u32 hole = find(p, t, h, addr, len), i = hole, home;
	__u32 *slot;

	/* what was pushed behind the hole moves up, so that no search ends at it */
	for (;;) {
		i = (i + 1) & t->mask;
		slot = slot_at(p, t, i);
		if (!slot[SLOT_LENGTH])
			break;
		home = hash(p, slot + SLOT_ADDR, (int)slot[SLOT_LENGTH] - 1) & t->mask;
		if (((i - home) & t->mask) < ((i - hole) & t->mask))
			continue;
		memcpy(slot_at(p, t, hole), slot, slot_words(p) * sizeof(__u32));
		hole = i;
	}
	memset(slot_at(p, t, hole), 0, slot_words(p) * sizeof(__u32));
	t->count--;
	p->count--;
	p->lengths[len]--;
}

int prefixes_cover(const struct prefixes *p, const __u32 *addr, int len, __u32 *value)
{
	__u32 masked[PREFIXES_WORDS], *found;

	memcpy(masked, addr, p->words * sizeof(*addr));
	for (len--; len >= 0; len--) {
		/* bit len goes: in network order it is in this byte */
		((__u8 *)masked)[len / 8] &= ~(0x80 >> len % 8);
		if (!p->lengths[len])
			continue;
		found = prefixes_get(p, masked, len);
		if (!found)
			continue;
		*value = *found;
		return len;
	}
	return -1;
}
