// SPDX-License-Identifier: GPL-2.0
/*
 * The table of answers: see rib.h. Every change ends in rib_settle(), which decides a prefix anew
 * from all its records and writes the trie; nothing else writes it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/rib_priv.h"

__u32 rib_hash(__u32 seed, const void *data, size_t len)
{
	const __u8 *p = data;
	__u64 h = seed ^ 0x9e3779b97f4a7c15ull ^ len, word;

	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&word, p, 8);
		h = (h ^ word) * 0xd6e8feb86659fd93ull;
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, p, len);
	h = (h ^ word) * 0xd6e8feb86659fd93ull;
	return h ^ (h >> 32);
}

struct rib *rib_new(const struct rib_ops *ops, struct trie *trie4, struct trie *trie6,
		    __u32 classes_max)
{
	struct rib *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->ops = *ops;
	r->family[0] = (struct family){.af = AF_INET, .bits = 32, .trie = trie4};
	r->family[1] = (struct family){.af = AF_INET6, .bits = 128, .trie = trie6};
	r->classes = classes_new(classes_max, ops->class_new, ops->data);
	if (r->classes && !rib_table_init(&r->family[0].t, 4) &&
	    !rib_table_init(&r->family[1].t, 16))
		return r;
	rib_free(r);
	return NULL;
}

void rib_free(struct rib *r)
{
	if (!r)
		return;
	for (int i = 0; i < 2; i++) {
		rib_table_free(&r->family[i].t);
		touched_clear(&r->family[i].touched);
	}
	groups_free(r->groups);
	classes_free(r->classes);
	free(r->down);
	free(r->overlay);
	free(r);
}

/* local is asked whole before main, once the kernel keeps them apart. */
static bool covered_by_local(const struct family *f, const __u8 *addr, int len)
{
	for (int i = 0; i < f->lens_count && f->lens[i] < len; i++) {
		__u8 cut[16];

		memcpy(cut, addr, f->t.size);
		rib_prefix_cut(cut, f->t.size, f->lens[i]);
		for (__u32 n = rib_table_chain(&f->t, cut, f->lens[i]); n; n = f->t.route[n].next) {
			if (f->t.route[n].flags & RIB_LOCAL)
				return true;
		}
	}
	return false;
}

/* The answer for a prefix; false: it has no route. */
static bool decide(struct rib *r, const struct family *f, const __u8 *addr, int len, __u32 *value)
{
	const struct rib_route *best = NULL, *fixed = NULL;
	bool ask = false, local = false, tie = false, any = false;

	*value = XHOP_ASK;
	for (__u32 i = rib_table_chain(&f->t, addr, len); i; i = f->t.route[i].next) {
		const struct rib_route *route = &f->t.route[i];

		any = true;
		local |= !!(route->flags & RIB_LOCAL);
		if (route->flags & RIB_STATIC) {
			fixed = route;
			continue;
		}
		if (route->flags & (RIB_LOCAL | RIB_NO_ROUTE | RIB_SOURCE) || route->tos) {
			ask = true;
			continue;
		}
		if (best && route->metric == best->metric)
			tie = true;
		if (!best || route->metric < best->metric) {
			best = route;
			tie = false;
		}
	}
	if (fixed) {
		if (!local && class_alive(r->classes, fixed->class) &&
		    !covered_by_local(f, addr, len))
			*value = fixed->class;
		return true;
	}
	if (!any || ask || covered_by_local(f, addr, len))
		return any;
	if (r->flow && tie) {
		*value = rib_siblings(r, f, addr, len, best->metric);
		return true;
	}
	if (r->flow && !tie && group_alive(r->groups, best->class)) {
		group_hold(r->groups, best->class);
		*value = best->class;
		return true;
	}
	if (tie || best->flags & RIB_ODD || !class_alive(r->classes, best->class))
		return true;
	*value = best->class;
	return true;
}

/* What stands in a trie holds its group. */
static int store(struct rib *r, struct family *f, const __u8 *addr, int len)
{
	__u32 value = 0, old = 0;
	bool there;
	int err;

	if (r->groups && trie_exact(f->trie, addr, len, &old))
		old = 0;
	there = decide(r, f, addr, len, &value);
	err = there ? trie_set(f->trie, addr, len, value) : trie_del(f->trie, addr, len);
	if (!there && err == -ENOENT)
		err = 0;
	if (err)
		old = there ? value : 0;
	if (old & XHOP_GROUP)
		group_put(r->groups, old);
	return err;
}

static int settle(struct rib *r, struct family *f, const __u8 *at, int len)
{
	__u8 addr[16]; /* at may stand in a record that goes */
	int err;

	memcpy(addr, at, f->t.size);
	err = store(r, f, addr, len);
	/* To take a prefix out wants room as well. */
	for (int i = 0; err == -ENOSPC && i < 2 && r->ops.grow; i++) {
		if (r->ops.grow(r->ops.data, f->af) < 0)
			break;
		err = store(r, f, addr, len);
	}
	return err;
}

void rib_put(struct rib *r, __u32 value)
{
	if (value & XHOP_GROUP)
		group_put(r->groups, value);
	else
		class_put(r->classes, value);
}

int rib_settle(struct rib *r, struct family *f, const __u8 *at, int len)
{
	__u8 addr[16] = {};
	int err;

	memcpy(addr, at, f->t.size);
	err = settle(r, f, addr, len);
	if (!err || f->failures > RIB_FAILED)
		return err;
	for (unsigned int i = 0; i < f->failures && i < RIB_FAILED; i++) {
		if (f->failed[i].len == len && !memcmp(f->failed[i].addr, addr, sizeof(addr)))
			return err;
	}
	/* One too many is counted, too: then there is no way back. */
	if (f->failures < RIB_FAILED) {
		memcpy(f->failed[f->failures].addr, addr, sizeof(addr));
		f->failed[f->failures].len = len;
	}
	f->failures++;
	return err;
}

int rib_settle_failed(struct rib *r, struct family *f)
{
	int err;

	if (f->failures > RIB_FAILED)
		return -ENOSPC;
	for (; f->failures; f->failures--) {
		const struct failed *failed = &f->failed[f->failures - 1];

		err = settle(r, f, failed->addr, failed->len);
		if (err)
			return err;
	}
	for (__u32 i = 1; i < f->t.end && f->failed_all; i++) {
		if (f->t.route[i].len == RIB_FREE)
			continue;
		err = settle(r, f, f->t.route[i].addr, f->t.route[i].len);
		if (err)
			return err;
	}
	f->failed_all = false;
	return 0;
}

static int settle_below(struct rib *r, struct family *f, const __u8 *at, int len)
{
	__u8 addr[16];
	int err = 0;

	memcpy(addr, at, 16);
	for (__u32 i = 1; i < f->t.end && !err; i++) {
		const struct rib_route *route = &f->t.route[i];

		if (route->len != RIB_FREE && route->len > len &&
		    rib_prefix_covers(addr, len, route->addr, route->len))
			err = rib_settle(r, f, route->addr, route->len);
	}
	f->failed_all |= err != 0;
	return err;
}

static void count_local(struct family *f, int len, int by)
{
	f->locals[len] += by;
	f->lens_count = 0;
	for (int i = 0; i < f->bits; i++) {
		if (f->locals[i])
			f->lens[f->lens_count++] = i;
	}
}

static __u32 class_for(struct rib *r, const struct rib_change *c)
{
	__u32 class;

	if (c->hop_count && !c->key.local)
		return !r->flow ? 0
				: group_get(r->groups, c->key.family, c->hops, c->hop_count,
					    c->key.nh_id);
	if (c->odd || c->down || c->key.local || rib_oif_is_down(r, c->oif))
		return 0;
	class = class_get(r->classes, &c->key, c->oif);
	if (!class)
		r->unclassed++;
	return class;
}

int rib_insert(struct rib *r, struct family *f, const struct rib_change *c, __u8 flags)
{
	struct rib_route route = {
		.metric = c->metric,
		.ident = c->ident,
		.len = c->len,
		.tos = c->tos,
		.epoch = f->epoch,
		.flags = flags,
	};
	int err;

	memcpy(route.addr, c->addr, 16);
	if (!(flags & RIB_NO_ROUTE)) {
		route.flags |= (c->key.local ? RIB_LOCAL : 0) | (c->odd ? RIB_ODD : 0) |
			       (c->ecmp ? RIB_ECMP : 0) | (c->source ? RIB_SOURCE : 0);
		route.class = class_for(r, c);
	}
	if (!rib_table_add(&f->t, &route)) {
		rib_put(r, route.class);
		return -ENOMEM;
	}
	err = rib_settle(r, f, c->addr, c->len);
	if (route.flags & RIB_LOCAL) {
		count_local(f, c->len, 1);
		f->failed_all |= err;
		if (!err && c->len < f->bits)
			err = settle_below(r, f, c->addr, c->len);
	}
	return err;
}

int rib_drop(struct rib *r, struct family *f, __u32 i)
{
	struct rib_route route = f->t.route[i];
	int err;

	rib_table_del(&f->t, i);
	err = rib_settle(r, f, route.addr, route.len);
	if (route.flags & RIB_DOUBT)
		f->doubts--;
	else if (route.flags & RIB_LOCAL) {
		count_local(f, route.len, -1);
		f->failed_all |= err;
		if (!err && route.len < f->bits)
			err = settle_below(r, f, route.addr, route.len);
	}
	rib_put(r, route.class);
	return err;
}

static bool same_key(const struct rib_table *t, __u32 i, const struct rib_change *c)
{
	const struct rib_route *route = &t->route[i];

	return route->metric == c->metric && route->tos == c->tos &&
	       !(route->flags & RIB_NO_ROUTE) && !(route->flags & RIB_LOCAL) == !c->key.local &&
	       !(route->flags & RIB_SOURCE) == !c->source;
}

__u32 rib_find(const struct rib_table *t, const struct rib_change *c)
{
	__u32 i;

	for (i = rib_table_chain(t, c->addr, c->len); i; i = t->route[i].next) {
		if (t->route[i].ident == c->ident && same_key(t, i, c))
			break;
	}
	return i;
}

unsigned int rib_count(const struct rib *r, const struct rib_change *c)
{
	const struct rib_table *t = &family_of(r, c->key.family)->t;
	unsigned int n = 0;

	for (__u32 i = rib_table_chain(t, c->addr, c->len); i; i = t->route[i].next)
		n += same_key(t, i, c);
	return n;
}

static int touch(struct family *f, const struct rib_change *c)
{
	return f->dumping && f->live ? touched_add(&f->touched, c->addr, c->len) : 0;
}

int rib_doubt(struct rib *r, const struct rib_change *c)
{
	struct family *f = family_of(r, c->key.family);
	int err = touch(f, c);

	for (__u32 i = rib_table_chain(&f->t, c->addr, c->len); i; i = f->t.route[i].next) {
		if (f->t.route[i].flags & RIB_DOUBT)
			return err;
	}
	f->doubts++;
	return err ? err : rib_insert(r, f, c, RIB_DOUBT);
}

/* Its class is alive, and the kernel has not changed the hop's weight. */
static bool same_class(const struct rib *r, const struct rib_route *route,
		       const struct rib_change *c)
{
	const struct rib_key *key = class_key(r->classes, route->class, NULL, NULL);

	return route->class && key && (!(route->flags & RIB_ECMP) || key->flow == c->key.flow);
}

int rib_refresh(struct rib *r, struct family *f, __u32 i, const struct rib_change *c)
{
	struct rib_route *route = &f->t.route[i];
	/* An expiry comes and goes, and a nexthop object may become a group. */
	bool turned = c->odd != !!(route->flags & RIB_ODD);
	__u32 old = route->class;
	int err = 0;

	route->epoch = f->epoch;
	if (turned)
		route->flags ^= RIB_ODD;
	else if ((!c->hop_count || !r->flow) &&
		 (c->odd || route->flags & RIB_LOCAL || same_class(r, route, c)))
		return 0;
	route->class = class_for(r, c);
	if (turned || route->class != old)
		err = rib_settle(r, f, route->addr, route->len);
	rib_put(r, old);
	return err;
}

/* Whether NLM_F_REPLACE has one possible meaning, see fib6_add_rt2node() for siblings. */
static bool replaces_all(const struct rib_table *t, const struct rib_change *c, unsigned int n)
{
	if (c->source)
		return !n; /* what is there may be of other sources */
	if (n <= 1)
		return true;
	for (__u32 i = rib_table_chain(t, c->addr, c->len); i; i = t->route[i].next) {
		if (same_key(t, i, c) && !(t->route[i].flags & RIB_ECMP))
			return false;
	}
	return c->ecmp;
}

static int replace_key(struct rib *r, struct family *f, const struct rib_change *c)
{
	__u32 i, next, keep = rib_find(&f->t, c);
	int err = 0;

	for (i = rib_table_chain(&f->t, c->addr, c->len); i && !err; i = next) {
		next = f->t.route[i].next;
		if (i != keep && same_key(&f->t, i, c)) {
			/* In its place first, so that no shorter prefix shines through. */
			if (!keep)
				err = rib_insert(r, f, c, 0);
			keep = rib_find(&f->t, c);
			if (!err)
				err = rib_drop(r, f, i);
		}
	}
	return err;
}

int rib_add(struct rib *r, const struct rib_change *c, bool replace)
{
	struct family *f = family_of(r, c->key.family);
	int err = touch(f, c);
	__u32 i;

	if (!err && replace) {
		if (replaces_all(&f->t, c, rib_count(r, c)))
			err = replace_key(r, f, c);
		else
			err = rib_doubt(r, c);
	}
	if (err)
		return err;
	i = rib_find(&f->t, c);
	return i ? rib_refresh(r, f, i, c) : rib_insert(r, f, c, 0);
}

int rib_del(struct rib *r, const struct rib_change *c, bool replay)
{
	struct family *f = family_of(r, c->key.family);
	int err = touch(f, c);
	__u32 i;

	if (err)
		return err;
	i = rib_find(&f->t, c);
	if (i)
		return rib_drop(r, f, i);
	return replay ? 0 : rib_doubt(r, c);
}

void rib_quiesce(struct rib *r)
{
	classes_quiesce(r->classes);
	if (r->groups)
		groups_quiesce(r->groups);
}

const struct rib_key *rib_class(const struct rib *r, __u32 index, __u32 *routes)
{
	return class_key(r->classes, index, routes, NULL);
}

__u32 rib_class_oif(const struct rib *r, __u32 index)
{
	__u32 oif = 0;

	class_key(r->classes, index, NULL, &oif);
	return oif;
}

__u64 rib_doubts(const struct rib *r)
{
	return r->family[0].doubts + r->family[1].doubts;
}

void rib_usage(const struct rib *r, struct rib_usage *u)
{
	*u = (struct rib_usage){
		.routes = {r->family[0].t.count, r->family[1].t.count},
		.classes = classes_used(r->classes),
		.groups = r->groups ? groups_used(r->groups) : 0,
		.unclassed = r->unclassed,
		.doubts = rib_doubts(r),
		.overlays = r->overlays,
		.memory = rib_table_memory(&r->family[0].t) + rib_table_memory(&r->family[1].t) +
			  classes_memory(r->classes),
	};
}
