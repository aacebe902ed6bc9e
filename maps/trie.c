// SPDX-License-Identifier: GPL-2.0
/* The table's outside: addresses, the prefixes that are in it, memory. change.c does the work. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "maps/trie_priv.h"

#define ROOT4_LINES ((1u << XHOP_ROOT4_BITS) / XHOP_LINE)
#define ROOT6_LINES ((XHOP_ROOT6_REST + (1u << XHOP_REST6_BITS)) / XHOP_LINE)

static __u32 root_lines(int family)
{
	return family == AF_INET ? ROOT4_LINES : ROOT6_LINES;
}

size_t trie_size_min(int family)
{
	return root_lines(family) * sizeof(struct xhop_line);
}

/*
 * A full table takes 3 MiB (IPv4) and 7 MiB (IPv6), twice that with a next hop of its own for
 * every prefix; the rest is for growth and for limbo.
 */
size_t trie_size_default(int family)
{
	return family == AF_INET ? 16 << 20 : 16 << 20;
}

struct trie *trie_new(int family, void *mem, size_t size)
{
	struct trie *t;

	if ((family != AF_INET && family != AF_INET6) || size < trie_size_min(family))
		return NULL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->family = family;
	t->bits = family == AF_INET ? 32 : 128;
	if (!lines_new(&t->lines, mem, size, root_lines(family)))
		return t;
	free(t);
	return NULL;
}

void trie_free(struct trie *t)
{
	if (!t)
		return;
	lines_free(&t->lines);
	prefixes_free(&t->prefixes);
	free(t->aside);
	free(t);
}

static int target_init(const struct trie *t, struct target *g, const void *addr, int len)
{
	if (len < 0 || len > t->bits)
		return -EINVAL;
	memset(g, 0, sizeof(*g));
	g->len = len;
	g->addr = addr_read(addr, t->bits / 8) & mask_of(len);
	g->change.match = len + 1;
	return 0;
}

int trie_set(struct trie *t, const void *addr, int len, __u32 value)
{
	struct target g;
	__u32 *place;
	int err = value & XHOP_CHILD ? -EINVAL : target_init(t, &g, addr, len);

	if (err)
		return err;
	place = prefixes_put(&t->prefixes, g.addr, len, &g.fresh);
	if (!place)
		return -ENOMEM;
	if (!g.fresh && *place == value)
		return 0;
	g.change.value = value;
	g.change.len = len + 1;
	err = t->gather.on ? gather_change(t, &g) : trie_change(t, &g);
	if (!err)
		*place = value;
	else if (g.fresh)
		prefixes_remove(&t->prefixes, g.addr, len);
	return err;
}

int trie_del(struct trie *t, const void *addr, int len)
{
	struct target g;
	int err = target_init(t, &g, addr, len);

	if (err)
		return err;
	if (!prefixes_get(&t->prefixes, g.addr, len))
		return -ENOENT;
	gather_close(t);
	g.gone = true;
	g.change.value = XHOP_ASK;
	g.change.len = prefixes_cover(&t->prefixes, g.addr, len, &g.change.value) + 1;
	err = trie_change(t, &g);
	if (!err)
		prefixes_remove(&t->prefixes, g.addr, len);
	return err;
}

int trie_exact(const struct trie *t, const void *addr, int len, __u32 *value)
{
	struct target g;
	__u32 *place;
	int err = target_init(t, &g, addr, len);

	if (err)
		return err;
	place = prefixes_get(&t->prefixes, g.addr, len);
	if (!place)
		return -ENOENT;
	*value = *place;
	return 0;
}

__u32 trie_get(const struct trie *t, const void *addr)
{
	addr_t a = addr_read(addr, t->bits / 8);
	const struct root *root = root_of(t, a);
	__u32 value;
	int depth;

	value = __atomic_load_n(root_word(t, root->word + slot_of(a, root->skip, root->bits)),
				__ATOMIC_ACQUIRE);
	for (depth = root->skip + root->bits; value & XHOP_CHILD; depth += NODE_BITS)
		node_slot(&t->lines, value, slot_of(a, depth, NODE_BITS), &value);
	return value;
}

void trie_usage(const struct trie *t, struct trie_usage *u)
{
	u->used = (size_t)t->lines.used * sizeof(struct xhop_line);
	u->limbo = (size_t)t->lines.waiting * sizeof(struct xhop_line);
	u->size = (size_t)t->lines.count * sizeof(struct xhop_line);
	u->prefixes = t->prefixes.count;
}

void trie_gather(struct trie *t, bool on)
{
	gather_close(t);
	t->gather.on = on;
}

void trie_quiesce(struct trie *t)
{
	lines_quiesce(&t->lines);
}

int trie_move(struct trie *t, void *mem, size_t size)
{
	gather_close(t);
	return lines_move(&t->lines, mem, size);
}
