// SPDX-License-Identifier: GPL-2.0
/* Records of routes: see rib_table.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/rib_table.h"

#define FIRST_ROOM 1024

int rib_table_init(struct rib_table *t, int size)
{
	*t = (struct rib_table){.size = size, .end = 1, .room = FIRST_ROOM};
	t->route = malloc(t->room * sizeof(*t->route));
	return t->route ? 0 : -ENOMEM;
}

void rib_table_free(struct rib_table *t)
{
	free(t->route);
	prefixes_free(&t->index);
	*t = (struct rib_table){};
}

static addr_t read_prefix(const struct rib_table *t, const __u8 *addr, int len)
{
	return addr_read(addr, t->size) & mask_of(len);
}

__u32 rib_table_chain(const struct rib_table *t, const __u8 *addr, int len)
{
	__u32 *first = prefixes_get(&t->index, read_prefix(t, addr, len), len);

	return first ? *first : 0;
}

static int grow(struct rib_table *t)
{
	struct rib_route *route = realloc(t->route, 2ul * t->room * sizeof(*route));

	if (!route)
		return -ENOMEM;
	t->route = route;
	t->room *= 2;
	return 0;
}

__u32 rib_table_add(struct rib_table *t, const struct rib_route *r)
{
	__u32 *first, i = t->free;
	bool new;

	if (!i && t->end == t->room && grow(t) < 0)
		return 0;
	first = prefixes_put(&t->index, read_prefix(t, r->addr, r->len), r->len, &new);
	if (!first)
		return 0;
	if (i)
		t->free = t->route[i].next;
	else
		i = t->end++;
	t->route[i] = *r;
	t->route[i].next = *first;
	*first = i;
	t->count++;
	return i;
}

void rib_table_del(struct rib_table *t, __u32 i)
{
	struct rib_route *r = &t->route[i];
	addr_t addr = read_prefix(t, r->addr, r->len);
	__u32 *first = prefixes_get(&t->index, addr, r->len), *at = first;

	while (*at != i)
		at = &t->route[*at].next;
	*at = r->next;
	if (!*first)
		prefixes_remove(&t->index, addr, r->len);
	r->len = RIB_FREE;
	r->next = t->free;
	t->free = i;
	t->count--;
}

size_t rib_table_memory(const struct rib_table *t)
{
	return t->room * sizeof(*t->route) + prefixes_memory(&t->index);
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
