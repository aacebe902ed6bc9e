// SPDX-License-Identifier: GPL-2.0
/* Answers that are not the kernel's, and the walk over all of them: see rib.h. */
#include <errno.h>
#include <string.h>
#include "user/rib_priv.h"

static struct rib_key via_key(int family, const struct xhop_class *via)
{
	struct rib_key key = {
		.family = family, /* of the packets: what a CPU learns of a class is of one */
		.type = RIB_VIA,
		.gw_family = via->family,
		.oif = via->ifindex,
		.priority = via->mtu,
	};

	memcpy(key.gateway, via->addr, via->family == AF_INET ? 4 : 16);
	return key;
}

bool rib_via(const struct rib_key *key, struct xhop_class *class)
{
	if (key->type != RIB_VIA)
		return false;
	*class = (struct xhop_class){
		.kind = XHOP_CLASS_VIA,
		.mtu = key->priority,
		.ifindex = key->oif,
		.family = key->gw_family,
	};
	memcpy(class->addr, key->gateway, sizeof(class->addr));
	return true;
}

__u32 rib_via_class(struct rib *r, int family, const struct xhop_class *via)
{
	const struct rib_key key = via_key(family, via);

	return class_get(r->classes, &key, via->ifindex);
}

bool rib_via_next(const struct rib *r, __u32 *cursor, struct xhop_class *class)
{
	const struct rib_key *key;

	while (++*cursor <= classes_last(r->classes)) {
		key = class_key(r->classes, *cursor, NULL, NULL);
		if (key && rib_via(key, class))
			return true;
	}
	return false;
}

static __u32 find_static(const struct rib_table *t, const __u8 *addr, int len)
{
	for (__u32 i = rib_table_chain(t, addr, len); i; i = t->route[i].next) {
		if (t->route[i].flags & RIB_STATIC)
			return i;
	}
	return 0;
}

static int static_change(struct rib *r, struct family *f, __u32 i, __u32 class)
{
	struct rib_route *route = &f->t.route[i];
	__u32 old = route->class;
	int err;

	route->class = class;
	err = rib_settle(r, f, route->addr, route->len);
	if (err)
		route->class = old;
	class_put(r->classes, err ? class : old);
	return err;
}

static int static_new(struct rib *r, struct family *f, const __u8 *addr, int len, __u32 class)
{
	struct rib_route route = {.len = len, .flags = RIB_STATIC, .class = class};
	__u32 i;
	int err;

	memcpy(route.addr, addr, 16);
	i = rib_table_add(&f->t, &route);
	err = i ? rib_settle(r, f, addr, len) : -ENOMEM;
	if (err && i)
		rib_drop(r, f, i);
	else if (err)
		class_put(r->classes, class);
	return err;
}

int rib_static(struct rib *r, int family, const void *addr, int len, const struct xhop_class *via)
{
	struct family *f = family_of(r, family);
	__u8 at[16] = {};
	__u32 i, class;

	memcpy(at, addr, f->t.size);
	rib_prefix_cut(at, f->t.size, len);
	i = find_static(&f->t, at, len);
	if (!via)
		return i ? rib_drop(r, f, i) : -ENOENT;
	class = rib_via_class(r, family, via);
	if (!class)
		return -ENOBUFS;
	return i ? static_change(r, f, i, class) : static_new(r, f, at, len, class);
}

static bool row_at(const struct family *f, const __u8 *addr, int len, struct rib_row *row)
{
	*row = (struct rib_row){.family = f->af, .len = len};
	memcpy(row->addr, addr, f->t.size);
	if (trie_exact(f->trie, addr, len, &row->value))
		return false;
	row->fixed = find_static(&f->t, addr, len);
	row->covered = row->fixed && row->value == XHOP_ASK;
	return true;
}

bool rib_exact(const struct rib *r, int family, const __u8 *addr, int len, struct rib_row *row)
{
	return row_at(family_of(r, family), addr, len, row);
}

/* Is the record the first of its prefix? */
static bool is_first(const struct rib_table *t, __u32 i)
{
	return rib_table_chain(t, t->route[i].addr, t->route[i].len) == i;
}

bool rib_next(const struct rib *r, int family, __u32 *cursor, struct rib_row *row)
{
	const struct family *f = family_of(r, family);

	/* A cursor may be any number: the one behind the last is 0 again, which is no record. */
	while (*cursor < f->t.end && ++*cursor < f->t.end) {
		const struct rib_route *route = &f->t.route[*cursor];

		if (route->len != RIB_FREE && is_first(&f->t, *cursor) &&
		    row_at(f, route->addr, route->len, row))
			return true;
	}
	return false;
}

bool rib_match(const struct rib *r, int family, const void *addr, struct rib_row *row)
{
	const struct family *f = family_of(r, family);
	__u8 at[16] = {};

	memcpy(at, addr, f->t.size);
	for (int len = f->bits; len >= 0; len--) {
		rib_prefix_cut(at, f->t.size, len);
		if (row_at(f, at, len, row))
			return true;
	}
	return false;
}
