// SPDX-License-Identifier: GPL-2.0
/* Groups of hops: see rib_group.h. An index goes free -> used -> limbo -> free. */
#include <stdlib.h>
#include <string.h>
#include "user/rendezvous.h"
#include "user/rib_group.h"
#include "user/rib_priv.h"

#define GROUP_BUCKETS 1024

enum group_state { GROUP_FREE, GROUP_ALIVE, GROUP_DEAD, GROUP_LIMBO };

struct group {
	struct rib_hop *hops; /* in order, their classes are held */
	__u32 *classes;
	unsigned int count;
	__u32 hash, refs, next;
	__u8 family, state;
	bool nh;
};

struct groups {
	struct rib *rib;
	__u32 max, last, used, free, limbo;
	__u32 bucket[GROUP_BUCKETS];
	struct group group[]; /* index 0 is not used */
};

struct groups *groups_new(struct rib *r, __u32 max)
{
	struct groups *gs = calloc(1, sizeof(*gs) + ((size_t)max + 1) * sizeof(struct group));

	if (!gs)
		return NULL;
	gs->rib = r;
	gs->max = max;
	return gs;
}

void groups_free(struct groups *gs)
{
	if (!gs)
		return;
	for (__u32 i = 1; i <= gs->last; i++) {
		free(gs->group[i].hops);
		free(gs->group[i].classes);
	}
	free(gs);
}

static int by_address(const void *a, const void *b)
{
	const struct rib_hop *x = a, *y = b;
	int diff = memcmp(x->via.addr, y->via.addr, sizeof(x->via.addr));

	diff = diff ? diff : (int)x->via.family - (int)y->via.family;
	if (diff || x->via.ifindex == y->via.ifindex)
		return diff;
	return x->via.ifindex < y->via.ifindex ? -1 : 1;
}

/* The usable ones in order, each once. */
static unsigned int tidy(const struct rib_hop *hops, unsigned int count, struct rib_hop *out)
{
	unsigned int n = 0, kept = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (hops[i].down || !hops[i].via.family)
			continue;
		memset(&out[n], 0, sizeof(out[n]));
		out[n].via = hops[i].via;
		out[n].weight = hops[i].weight ? hops[i].weight : 1;
		n++;
	}
	if (n)
		qsort(out, n, sizeof(*out), by_address);
	for (unsigned int i = 0; i < n; i++) {
		if (kept && !by_address(&out[kept - 1], &out[i]))
			out[kept - 1].weight += out[i].weight;
		else
			out[kept++] = out[i];
	}
	return kept;
}

static __u64 identity(const struct xhop_class *via)
{
	return (__u64)rib_hash(via->ifindex, via->addr, sizeof(via->addr)) << 32 |
	       rib_hash(via->family, via->addr, sizeof(via->addr)) | 1;
}

/* The classes of the hops and the slots; false: no class is left. */
static bool members(struct groups *gs, struct group *g, struct xhop_group *slots)
{
	struct rendezvous_hop list[XHOP_GROUP_SLOTS];
	unsigned int i;

	for (i = 0; i < g->count; i++) {
		g->classes[i] = rib_via_class(gs->rib, g->family, &g->hops[i].via);
		if (!g->classes[i] || g->classes[i] > 0xffff)
			break;
		list[i] = (struct rendezvous_hop){.identity = identity(&g->hops[i].via),
						  .weight = g->hops[i].weight,
						  .value = g->classes[i]};
	}
	if (i < g->count) {
		for (unsigned int n = 0; n <= i; n++)
			class_put(gs->rib->classes, g->classes[n]);
		return false;
	}
	rendezvous_fill(list, g->count, slots);
	return true;
}

static __u32 take(struct groups *gs)
{
	__u32 i = gs->free;

	if (i)
		gs->free = gs->group[i].next;
	else if (gs->last < gs->max)
		i = ++gs->last;
	return i;
}

static void give_back(struct groups *gs, __u32 i)
{
	free(gs->group[i].hops);
	free(gs->group[i].classes);
	gs->group[i] = (struct group){.next = gs->free};
	gs->free = i;
}

static __u32 create(struct groups *gs, const struct group *like)
{
	struct rib *r = gs->rib;
	struct xhop_group slots;
	__u32 i = take(gs);
	struct group *g = &gs->group[i];

	if (!i)
		return 0;
	*g = *like;
	g->hops = malloc(g->count * sizeof(*g->hops));
	g->classes = calloc(g->count, sizeof(*g->classes));
	if (g->hops)
		memcpy(g->hops, like->hops, g->count * sizeof(*g->hops));
	if (!g->hops || !g->classes || !members(gs, g, &slots)) {
		give_back(gs, i);
		return 0;
	}
	g->state = GROUP_ALIVE;
	g->refs = 1;
	g->next = gs->bucket[g->hash % GROUP_BUCKETS];
	gs->bucket[g->hash % GROUP_BUCKETS] = i;
	gs->used++;
	if (r->ops.group_new)
		r->ops.group_new(r->ops.data, i, &slots);
	return i;
}

__u32 group_get(struct groups *gs, int family, const struct rib_hop *hops, unsigned int count,
		bool nh)
{
	struct rib_hop tidied[XHOP_GROUP_SLOTS];
	struct group like = {.hops = tidied, .family = family, .nh = nh};
	__u32 i;

	if (!gs || !gs->max || count > XHOP_GROUP_SLOTS)
		return 0;
	like.count = tidy(hops, count, tidied);
	if (!like.count)
		return 0;
	like.hash = rib_hash(family << 1 | nh, tidied, like.count * sizeof(*tidied));
	for (i = gs->bucket[like.hash % GROUP_BUCKETS]; i; i = gs->group[i].next) {
		const struct group *g = &gs->group[i];

		if (g->hash == like.hash && g->family == family && g->nh == nh &&
		    g->count == like.count &&
		    !memcmp(g->hops, tidied, like.count * sizeof(*tidied)))
			break;
	}
	if (i)
		gs->group[i].refs++;
	else
		i = create(gs, &like);
	return i ? i | XHOP_GROUP : 0;
}

void group_hold(struct groups *gs, __u32 value)
{
	gs->group[value & ~XHOP_GROUP].refs++;
}

static void unhash(struct groups *gs, __u32 i)
{
	__u32 *at = &gs->bucket[gs->group[i].hash % GROUP_BUCKETS];

	while (*at != i)
		at = &gs->group[*at].next;
	*at = gs->group[i].next;
}

void group_put(struct groups *gs, __u32 value)
{
	__u32 i = value & ~XHOP_GROUP;
	struct group *g = &gs->group[i];

	if (--g->refs)
		return;
	if (g->state == GROUP_ALIVE)
		unhash(gs, i);
	for (unsigned int n = 0; n < g->count; n++)
		class_put(gs->rib->classes, g->classes[n]);
	g->state = GROUP_LIMBO;
	g->next = gs->limbo;
	gs->limbo = i;
	gs->used--;
}

bool group_alive(const struct groups *gs, __u32 value)
{
	return value & XHOP_GROUP && gs->group[value & ~XHOP_GROUP].state == GROUP_ALIVE;
}

const struct rib_hop *group_hops(const struct groups *gs, __u32 value, unsigned int *count)
{
	const struct group *g = &gs->group[value & ~XHOP_GROUP];

	if (g->state != GROUP_ALIVE)
		return NULL;
	*count = g->count;
	return g->hops;
}

void groups_kill(struct groups *gs)
{
	static const struct xhop_group ask;
	struct rib *r = gs->rib;

	for (__u32 i = 1; i <= gs->last; i++) {
		if (gs->group[i].state != GROUP_ALIVE || !gs->group[i].nh)
			continue;
		unhash(gs, i);
		gs->group[i].state = GROUP_DEAD;
		if (r->ops.group_new)
			r->ops.group_new(r->ops.data, i, &ask);
	}
}

void groups_quiesce(struct groups *gs)
{
	__u32 i, next;

	for (i = gs->limbo; i; i = next) {
		next = gs->group[i].next;
		give_back(gs, i);
	}
	gs->limbo = 0;
}

__u32 groups_used(const struct groups *gs)
{
	return gs->used;
}
