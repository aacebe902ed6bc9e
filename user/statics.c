// SPDX-License-Identifier: GPL-2.0
/* Static routes: see statics.h. Records in one array, found by prefix through a hash. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "user/neigh_set.h"
#include "user/rib.h"
#include "user/statics_priv.h"

static const struct statics_kernel real_kernel = {neighbours_get, neigh_resolve, neigh_install,
						  neigh_remove};

struct statics *statics_new(const struct statics_ops *ops)
{
	struct statics *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->ops = *ops;
	s->kernel = ops->kernel ? ops->kernel : &real_kernel;
	s->end = 1;
	s->room = s->buckets = 256;
	s->routes = malloc(s->room * sizeof(*s->routes));
	s->bucket = calloc(s->buckets, sizeof(*s->bucket));
	if (s->routes && s->bucket)
		return s;
	statics_free(s);
	return NULL;
}

void statics_free(struct statics *s)
{
	if (!s)
		return;
	for (unsigned int i = 0; i < s->neigh_count; i++) {
		const struct static_neigh *n = &s->neighs[i];

		if (n->ifindex)
			s->kernel->remove(n->ifindex, n->neigh.family, n->neigh.addr);
	}
	free(s->routes);
	free(s->bucket);
	free(s->neighs);
	free(s->devices);
	free(s);
}

static __u32 *bucket_of(const struct statics *s, int family, const __u8 *addr, int len)
{
	return &s->bucket[rib_hash(family << 8 | len, addr, 16) & (s->buckets - 1)];
}

static __u32 find(const struct statics *s, int family, const __u8 *addr, int len)
{
	__u32 i = *bucket_of(s, family, addr, len);

	while (i && (s->routes[i].route.family != family || s->routes[i].route.len != len ||
		     memcmp(s->routes[i].route.addr, addr, 16)))
		i = s->routes[i].next;
	return i;
}

static int grow(struct statics *s)
{
	struct static_route *routes = realloc(s->routes, 2 * s->room * sizeof(*routes));
	__u32 *bucket;

	if (!routes)
		return -ENOMEM;
	s->routes = routes;
	bucket = calloc(2 * s->room, sizeof(*bucket));
	if (!bucket)
		return -ENOMEM;
	free(s->bucket);
	s->bucket = bucket;
	s->buckets = s->room *= 2;
	for (__u32 i = 1; i < s->end; i++) {
		const struct entry_route *route = &routes[i].route;
		__u32 *at = bucket_of(s, route->family, route->addr, route->len);

		if (!routes[i].used)
			continue;
		routes[i].next = *at;
		*at = i;
	}
	return 0;
}

static struct xhop_class via_of(const struct statics *s, const struct static_route *r)
{
	struct xhop_class via = {
		.kind = XHOP_CLASS_VIA,
		.mtu = r->route.mtu,
		.ifindex = s->devices[r->dev].ifindex,
		.family = r->route.via_family,
	};

	memcpy(via.addr, r->route.via, sizeof(via.addr));
	return via;
}

/* Its hop is to be resolved, then the maps answer by it. */
static int apply(struct statics *s, struct static_route *r)
{
	const struct xhop_class via = via_of(s, r);
	int err;

	if (!via.ifindex)
		return 0;
	statics_ask(s, &via);
	err = s->ops.route(s->ops.data, r->route.family, r->route.addr, r->route.len, &via);
	r->applied = !err;
	return err;
}

/* keep: another answer of ours is in its place already. */
static void withdraw(struct statics *s, struct static_route *r, bool keep)
{
	if (!r->applied)
		return;
	if (!keep)
		s->ops.route(s->ops.data, r->route.family, r->route.addr, r->route.len, NULL);
	r->applied = false;
}

static void record_free(struct statics *s, __u32 i)
{
	struct static_route *r = &s->routes[i];
	__u32 *at = bucket_of(s, r->route.family, r->route.addr, r->route.len);

	while (*at != i)
		at = &s->routes[*at].next;
	*at = r->next;
	withdraw(s, r, false);
	s->devices[r->dev].refs--;
	r->used = false;
	r->next = s->free;
	s->free = i;
	s->count--;
}

static int record_new(struct statics *s, const struct static_route *r)
{
	__u32 i = s->free, *at;

	if (i)
		s->free = s->routes[i].next;
	else if (s->end == s->room && grow(s))
		return -ENOMEM;
	else
		i = s->end++;
	at = bucket_of(s, r->route.family, r->route.addr, r->route.len);
	s->routes[i] = *r;
	s->routes[i].next = *at;
	*at = i;
	s->count++;
	return 0;
}

static int refused(int err, const struct entry_route *route, struct entry_why *why)
{
	char prefix[ENTRY_TEXT];

	entry_prefix_text(route->family, route->addr, route->len, prefix);
	entry_refuse(why, "%s: %s", prefix,
		     err == -ENOSPC   ? "no room for it in the maps (size classes or routes, in "
					"the daemon's file)"
		     : err == -EEXIST ? "is a static route already (xhop route replace changes it)"
				      : strerror(-err));
	return err;
}

static int put(struct statics *s, __u32 old, struct static_route *r)
{
	int err = apply(s, r);

	if (err)
		return err;
	if (!old) {
		err = record_new(s, r);
		if (err)
			withdraw(s, r, false);
		return err;
	}
	/* Where the new one waits for its device, the old one must not stay. */
	withdraw(s, &s->routes[old], r->applied);
	s->devices[s->routes[old].dev].refs--;
	r->next = s->routes[old].next;
	s->routes[old] = *r;
	return 0;
}

int statics_route(struct statics *s, enum statics_verb verb, enum statics_source source,
		  const struct entry_route *route, struct entry_why *why)
{
	__u32 old = find(s, route->family, route->addr, route->len);
	struct static_route r = {.route = *route, .source = source, .mark = s->mark, .used = true};
	int dev, err;

	if (old && verb == STATICS_ADD)
		return refused(-EEXIST, route, why);
	dev = statics_device(s, route->dev);
	if (dev < 0)
		return refused(dev, route, why);
	r.dev = dev;
	if (!s->devices[dev].ifindex && source == STATICS_COMMAND) {
		s->devices[dev].refs--;
		entry_refuse(why,
			     "%s: no such device in this network namespace (ip link shows "
			     "them)",
			     route->dev);
		return -ENODEV;
	}
	err = put(s, old, &r);
	if (!err)
		return 0;
	s->devices[dev].refs--;
	return refused(err, route, why);
}

static bool same_hop(const struct entry_route *route, const struct entry_words *words)
{
	__u8 via[16], family;

	if (words->dev && strcmp(words->dev, route->dev))
		return false;
	if (!words->via)
		return true;
	return !entry_address(words->via, route->via_family, via, &family) &&
	       !memcmp(via, route->via, 16);
}

int statics_route_del(struct statics *s, const struct entry_words *words, struct entry_why *why)
{
	int family = words->via && strchr(words->via, ':') && !strcmp(words->object, "default")
			     ? AF_INET6
			     : AF_UNSPEC;
	struct entry_route route = {};
	__u32 i;

	if (entry_prefix(words->object, family, &route, why))
		return -EINVAL;
	i = find(s, route.family, route.addr, route.len);
	if (!i || !same_hop(&s->routes[i].route, words)) {
		entry_refuse(why,
			     i ? "%s: the static route there has another hop (xhop show route "
				 "static lists them)"
			       : "%s: no such static route (xhop show route static lists "
				 "them)",
			     words->object);
		return -ENOENT;
	}
	record_free(s, i);
	return 0;
}

unsigned int statics_route_flush(struct statics *s)
{
	unsigned int count = 0;

	for (__u32 i = 1; i < s->end; i++) {
		if (!s->routes[i].used || s->routes[i].source != STATICS_COMMAND)
			continue;
		record_free(s, i);
		count++;
	}
	return count;
}

void statics_file_begin(struct statics *s)
{
	s->mark++;
}

void statics_file_end(struct statics *s)
{
	for (__u32 i = 1; i < s->end; i++) {
		const struct static_route *r = &s->routes[i];

		if (r->used && r->source == STATICS_FILE && r->mark != s->mark)
			record_free(s, i);
	}
	statics_neigh_sweep(s);
}

void statics_links(struct statics *s)
{
	for (unsigned int d = 0; d < s->device_count; d++) {
		struct static_device *dev = &s->devices[d];
		__u32 now = dev->refs ? s->ops.device(s->ops.data, dev->name) : 0;

		if (now == dev->ifindex)
			continue;
		for (__u32 i = 1; i < s->end; i++) {
			if (s->routes[i].used && s->routes[i].dev == d)
				withdraw(s, &s->routes[i], false);
		}
		dev->ifindex = now;
		for (__u32 i = 1; i < s->end; i++) {
			if (s->routes[i].used && s->routes[i].dev == d)
				apply(s, &s->routes[i]);
		}
	}
	statics_neigh_links(s);
}

static void row_of(const struct statics *s, __u32 i, struct statics_route_row *row)
{
	*row = (struct statics_route_row){
		.route = s->routes[i].route,
		.source = s->routes[i].source,
		.ifindex = s->devices[s->routes[i].dev].ifindex,
	};
}

bool statics_next(const struct statics *s, __u32 *cursor, struct statics_route_row *row)
{
	/* A cursor may be any number: the one behind the last is 0 again, which is no record. */
	while (*cursor < s->end && ++*cursor < s->end) {
		if (s->routes[*cursor].used) {
			row_of(s, *cursor, row);
			return true;
		}
	}
	return false;
}

bool statics_get(const struct statics *s, int family, const __u8 *addr, int len,
		 struct statics_route_row *row)
{
	__u8 at[16] = {};
	__u32 i;

	memcpy(at, addr, family == AF_INET ? 4 : 16);
	i = find(s, family, at, len);
	if (i)
		row_of(s, i, row);
	return i;
}

void statics_count(const struct statics *s, struct statics_count *count)
{
	*count = (struct statics_count){.routes = s->count,
					.neighs = s->neigh_count,
					.hops = s->hop_count,
					.unresolved = s->unresolved};
}
