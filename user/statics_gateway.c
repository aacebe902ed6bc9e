// SPDX-License-Identifier: GPL-2.0
/* The next hops of static routes, each once: see statics_priv.h. */
#include <errno.h>
#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "user/rib.h"
#include "user/statics_priv.h"

#define RECHECKED 64 /* in one tick */

static __u32 *bucket_of(struct statics *s, const struct static_gateway *g)
{
	return &s->gateway_bucket[rib_hash(g->dev << 8 | g->family, g->addr, 16) %
				  STATICS_GATEWAY_BUCKETS];
}

static bool same(const struct static_gateway *a, const struct static_gateway *b)
{
	return a->dev == b->dev && a->family == b->family && !memcmp(a->addr, b->addr, 16);
}

/* An unused record, 0: no memory. */
static __u32 take(struct statics *s)
{
	struct static_gateway *grown;
	__u32 i = s->gateway_free, room;

	if (i) {
		s->gateway_free = s->gateways[i].next;
		return i;
	}
	if (s->gateway_end == s->gateway_room) {
		room = s->gateway_room ? 2 * s->gateway_room : 16;
		grown = realloc(s->gateways, room * sizeof(*grown));
		if (!grown)
			return 0;
		s->gateways = grown;
		s->gateway_room = room;
		if (!s->gateway_end)
			grown[s->gateway_end++] = (struct static_gateway){};
	}
	return s->gateway_end++;
}

__u32 statics_gateway(struct statics *s, const struct entry_route *route)
{
	struct static_gateway g = {.family = route->via_family, .refs = 1};
	int dev = statics_device(s, route->dev);
	__u32 *at, i;

	if (dev < 0)
		return 0;
	g.dev = dev;
	memcpy(g.addr, route->via, 16);
	at = bucket_of(s, &g);
	for (i = *at; i && !same(&s->gateways[i], &g); i = s->gateways[i].next)
		;
	if (i) {
		s->devices[dev].refs--; /* the gateway has one */
		s->gateways[i].refs++;
		return i;
	}
	i = take(s);
	if (!i) {
		s->devices[dev].refs--;
		return 0;
	}
	g.next = *at;
	*at = i;
	s->gateways[i] = g;
	return i;
}

void statics_gateway_put(struct statics *s, __u32 i)
{
	struct static_gateway *g;
	__u32 *at;

	if (!i)
		return;
	g = &s->gateways[i];
	if (--g->refs)
		return;
	for (at = bucket_of(s, g); *at != i; at = &s->gateways[*at].next)
		;
	*at = g->next;
	s->devices[g->dev].refs--;
	g->next = s->gateway_free;
	s->gateway_free = i;
}

enum gateway statics_gateway_says(struct statics *s, __u32 i)
{
	struct static_gateway *g = &s->gateways[i];
	__u32 ifindex = s->devices[g->dev].ifindex;

	if (g->round != s->round) {
		g->says = ifindex ? s->kernel->ask(ifindex, g->family, g->addr) : GATEWAY_GOOD;
		g->round = s->round;
	}
	return g->says;
}

void statics_gateways_resolved(struct statics *s, const struct neighbours *now)
{
	for (__u32 i = 1; i < s->gateway_end; i++) {
		struct static_gateway *g = &s->gateways[i];
		const struct neighbour *is;

		if (!g->refs)
			continue;
		is = statics_kernel_has(now, s->devices[g->dev].ifindex, g->family, g->addr);
		g->resolved = is && is->state & NEIGHBOUR_VALID;
	}
}

/* Addresses come and go: some at a time are asked for anew. */
void statics_gateways_recheck(struct statics *s)
{
	__u32 end = s->gateway_end;

	s->round++;
	for (__u32 n = 0; n < RECHECKED && n + 1 < end; n++) {
		__u32 i = s->gateway_next = s->gateway_next % (end - 1) + 1;
		struct static_gateway *g = &s->gateways[i];

		/* A command may have asked before: what counts is what its routes were told. */
		if (g->refs && gateway_hopeless(statics_gateway_says(s, i)) != g->hopeless)
			statics_gateway_changed(s, i);
	}
}
