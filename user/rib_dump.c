// SPDX-License-Identifier: GPL-2.0
/* Dumps, devices and cached routes of a rib: see rib.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/rib_priv.h"

bool rib_oif_is_down(const struct rib *r, __u32 oif)
{
	for (unsigned int i = 0; i < r->down_count; i++) {
		if (r->down[i] == oif)
			return true;
	}
	return false;
}

void rib_dump_begin(struct rib *r, int family, bool live)
{
	struct family *f = family_of(r, family);

	f->epoch++;
	f->dumping = true;
	f->live = live;
	r->unclassed = 0;
	touched_clear(&f->touched);
	trie_gather(f->trie, !live); /* no program trusts the maps before the end of such a dump */
}

int rib_dump_route(struct rib *r, const struct rib_change *c)
{
	struct family *f = family_of(r, c->key.family);
	__u32 i;

	if (f->live && touched_has(&f->touched, c->addr, c->len))
		return 0;
	i = rib_find(&f->t, c);
	return i ? rib_refresh(r, f, i, c) : rib_insert(r, f, c, 0);
}

int rib_dump_end(struct rib *r, int family, bool keep)
{
	struct family *f = family_of(r, family);
	int err = 0;

	for (__u32 i = 1; i < f->t.end && !err; i++) {
		struct rib_route *route = &f->t.route[i];

		if (route->len == RIB_FREE || route->epoch == f->epoch ||
		    route->flags & (RIB_OVERLAY | RIB_STATIC) ||
		    (f->live && touched_has(&f->touched, route->addr, route->len)))
			continue;
		if (keep && !(route->flags & RIB_DOUBT)) {
			struct rib_change c = {.len = route->len, .key.family = family};

			memcpy(c.addr, route->addr, 16);
			err = rib_doubt(r, &c);
		} else if (!keep) {
			err = rib_drop(r, f, i);
		}
	}
	if (!err)
		err = rib_settle_failed(r, f);
	trie_gather(f->trie, false);
	f->dumping = false;
	touched_clear(&f->touched);
	return err;
}

int rib_oif_down(struct rib *r, __u32 oif)
{
	__u32 *down;

	rib_off_oif(r, 0, oif);
	if (rib_oif_is_down(r, oif))
		return 0;
	down = realloc(r->down, (r->down_count + 1) * sizeof(*down));
	if (!down)
		return -ENOMEM;
	r->down = down;
	down[r->down_count++] = oif;
	return 0;
}

void rib_oif_up(struct rib *r, __u32 oif)
{
	for (unsigned int i = 0; i < r->down_count; i++) {
		if (r->down[i] == oif)
			r->down[i--] = r->down[--r->down_count];
	}
}

static void off(struct rib *r, __u32 index)
{
	class_kill(r->classes, index);
	if (r->ops.class_off)
		r->ops.class_off(r->ops.data, index);
}

void rib_off_oif(struct rib *r, int family, __u32 oif)
{
	const struct rib_key *key;
	__u32 o;

	for (__u32 i = 1; i <= classes_last(r->classes); i++) {
		key = class_key(r->classes, i, NULL, &o);
		/* Whether the device of a hop that we chose is up, the program sees for itself. */
		if (key && key->type != RIB_VIA && o == oif && (!family || key->family == family))
			off(r, i);
	}
}

void rib_off_prefsrc(struct rib *r, int family, const void *addr)
{
	const struct rib_key *key;

	for (__u32 i = 1; i <= classes_last(r->classes); i++) {
		key = class_key(r->classes, i, NULL, NULL);
		if (key && key->type != RIB_VIA && key->family == family &&
		    !memcmp(key->prefsrc, addr, family == AF_INET ? 4 : 16))
			off(r, i);
	}
}

void rib_off_nexthops(struct rib *r)
{
	const struct rib_key *key;

	for (__u32 i = 1; i <= classes_last(r->classes); i++) {
		key = class_key(r->classes, i, NULL, NULL);
		if (key && key->nh_id)
			off(r, i);
	}
	if (r->groups)
		groups_kill(r->groups);
}

int rib_overlay(struct rib *r, const __u8 (*addrs)[16], unsigned int n)
{
	struct family *f = &r->family[1];
	__u32 *list = n ? malloc(n * sizeof(*list)) : NULL, *old = r->overlay;
	unsigned int had = r->overlays;
	int err = 0;

	if (n && !list)
		return -ENOMEM;
	r->overlay = list;
	r->overlays = 0;
	for (unsigned int i = 0; i < n && !err; i++) {
		struct rib_route route = {.len = 128, .flags = RIB_OVERLAY};

		memcpy(route.addr, addrs[i], 16);
		list[i] = rib_table_add(&f->t, &route);
		if (list[i])
			r->overlays++;
		err = list[i] ? rib_settle(r, f, route.addr, 128) : -ENOMEM;
	}
	for (unsigned int i = 0; i < had; i++) {
		int failed = rib_drop(r, f, old[i]);

		err = err ? err : failed;
	}
	free(old);
	return err;
}
