// SPDX-License-Identifier: GPL-2.0
/* A set of prefixes, open addressing: see rib_touched.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/rib.h"
#include "user/rib_touched.h"

static struct touched_slot *find(const struct touched *s, const __u8 addr[16], int len)
{
	__u32 at = rib_hash(len, addr, 16);

	for (;; at++) {
		struct touched_slot *slot = &s->slot[at & (s->slots - 1)];

		if (!slot->used || (slot->len == len && !memcmp(slot->addr, addr, 16)))
			return slot;
	}
}

static int grow(struct touched *s)
{
	struct touched more = {.slots = s->slots ? 2 * s->slots : 64};

	more.slot = calloc(more.slots, sizeof(*more.slot));
	if (!more.slot)
		return -ENOMEM;
	for (__u32 i = 0; i < s->slots; i++) {
		if (s->slot[i].used)
			*find(&more, s->slot[i].addr, s->slot[i].len) = s->slot[i];
	}
	more.count = s->count;
	free(s->slot);
	*s = more;
	return 0;
}

int touched_add(struct touched *s, const __u8 addr[16], int len)
{
	struct touched_slot *slot;

	if (2 * s->count >= s->slots && grow(s) < 0)
		return -ENOMEM;
	slot = find(s, addr, len);
	if (slot->used)
		return 0;
	memcpy(slot->addr, addr, 16);
	slot->len = len;
	slot->used = 1;
	s->count++;
	return 0;
}

bool touched_has(const struct touched *s, const __u8 addr[16], int len)
{
	return s->count && find(s, addr, len)->used;
}

void touched_clear(struct touched *s)
{
	free(s->slot);
	*s = (struct touched){};
}
