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
						  neigh_remove, gateway_ask};

struct statics *statics_new(const struct statics_ops *ops)
{
	struct statics *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->ops = *ops;
	s->kernel = ops->kernel ? ops->kernel : &real_kernel;
	s->end = s->round = 1;
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
	free(s->gateways);
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
		.ifindex = s->devices[s->gateways[r->gateway].dev].ifindex,
		.family = r->route.via_family,
	};

	memcpy(via.addr, r->route.via, sizeof(via.addr));
	return via;
}

/* Its hop is to be resolved, then the maps answer by it. What Linux sends to nobody, waits. */
static int apply(struct statics *s, struct static_route *r)
{
	const struct xhop_class via = via_of(s, r);
	int err;

	if (!via.ifindex)
		return 0;
	if (gateway_hopeless(statics_gateway_says(s, r->gateway))) {
		s->gateways[r->gateway].hopeless = true; /* it waits for that to end */
		return 0;
	}
	statics_ask(s, &via);
	err = s->ops.route(s->ops.data, r->route.family, r->route.addr, r->route.len, &via);
	r->applied = !err;
	return err;
}

/* Nobody asks: where the maps refuse it, it is tried again with the next tick. */
static void apply_later(struct statics *s, struct static_route *r)
{
	s->refused |= apply(s, r) != 0;
}

void statics_again(struct statics *s)
{
	bool refused = s->refused;

	s->refused = false;
	for (__u32 i = 1; i < s->end && refused && !s->refused; i++) {
		struct static_route *r = &s->routes[i];

		if (r->used && r->gateway && !r->applied)
			apply_later(s, r);
	}
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
	statics_gateway_put(s, r->gateway);
	s->count -= !r->gone;
	r->used = false;
	r->next = s->free;
	s->free = i;
}

/* By command: the file may still name it. */
static void record_remove(struct statics *s, __u32 i)
{
	struct static_route *r = &s->routes[i];

	if (!r->in_file) {
		record_free(s, i);
		return;
	}
	withdraw(s, r, false);
	statics_gateway_put(s, r->gateway);
	r->gateway = 0;
	r->gone = true;
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

static const char *reason(int err)
{
	switch (err) {
	case -ENOSPC:
		return "no room for it in its map (size routes4 and routes6, in the daemon's file)";
	case -ENOBUFS:
		return "no class is left for its next hop (size classes, in the daemon's file)";
	case -EEXIST:
		return "is a static route already (xhop route replace changes it)";
	default:
		return strerror(-err);
	}
}

static int refused(int err, const struct entry_route *route, struct entry_why *why)
{
	char prefix[ENTRY_TEXT];

	entry_prefix_text(route->family, route->addr, route->len, prefix);
	entry_refuse(why, "%s: %s", prefix, reason(err));
	return err;
}

/* What there is to say of its next hop. An error, or 0 and perhaps a note. */
static int check(struct statics *s, const struct static_route *r, struct entry_why *why)
{
	const struct static_gateway *g = &s->gateways[r->gateway];
	char prefix[ENTRY_TEXT], via[ENTRY_TEXT];
	enum gateway says;

	entry_prefix_text(r->route.family, r->route.addr, r->route.len, prefix);
	if (!s->devices[g->dev].ifindex) {
		entry_refuse(why, "%s: %s: no such device in this network namespace%s", prefix,
			     r->route.dev,
			     r->source == STATICS_FILE ? " yet" : " (ip link shows them)");
		return r->source == STATICS_FILE ? 0 : -ENODEV;
	}
	says = statics_gateway_says(s, r->gateway);
	*why->text = '\0';
	if (says == GATEWAY_GOOD)
		return 0;
	entry_prefix_text(r->route.via_family, r->route.via, -1, via);
	entry_refuse(why, "%s: via %s dev %s: %s", prefix, via, r->route.dev, gateway_text(says));
	return gateway_hopeless(says) ? -EINVAL : 0;
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
	statics_gateway_put(s, s->routes[old].gateway);
	s->count += s->routes[old].gone;
	r->next = s->routes[old].next;
	s->routes[old] = *r;
	return 0;
}

static bool same_route(const struct entry_route *a, const struct entry_route *b)
{
	return a->via_family == b->via_family && !memcmp(a->via, b->via, 16) && a->mtu == b->mtu &&
	       !strcmp(a->dev, b->dev); /* of one prefix */
}

/* The file says what it said before, and a command has changed that since. */
static bool overridden(const struct static_route *r, const struct entry_route *route)
{
	return r->in_file && (r->gone || r->source == STATICS_COMMAND) &&
	       same_route(&r->file, route);
}

int statics_route(struct statics *s, enum statics_verb verb, enum statics_source source,
		  const struct entry_route *route, struct entry_why *why)
{
	__u32 old = find(s, route->family, route->addr, route->len);
	struct static_route *was = &s->routes[old]; /* 0 is none */
	struct static_route r = {.route = *route, .source = source, .used = true};
	int err;

	*why->text = '\0';
	if (old && source == STATICS_FILE && overridden(was, route)) {
		was->mark = s->mark;
		return 0;
	}
	if (old && !was->gone && verb == STATICS_ADD)
		return refused(-EEXIST, route, why);
	r.mark = old && source == STATICS_COMMAND ? was->mark : s->mark;
	r.in_file = source == STATICS_FILE || (old && was->in_file);
	if (r.in_file)
		r.file = source == STATICS_FILE ? *route : was->file;
	r.gateway = statics_gateway(s, route);
	if (!r.gateway)
		return refused(-ENOMEM, route, why);
	err = check(s, &r, why);
	if (!err) {
		err = put(s, old, &r);
		if (!err)
			return 0;
		refused(err, route, why);
	}
	statics_gateway_put(s, r.gateway);
	return err;
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
	if (i && s->routes[i].gone)
		i = 0;
	if (!i || !same_hop(&s->routes[i].route, words)) {
		entry_refuse(why,
			     i ? "%s: the static route there has another hop (xhop show route "
				 "static lists them)"
			       : "%s: no such static route (xhop show route static lists "
				 "them)",
			     words->object);
		return -ENOENT;
	}
	record_remove(s, i);
	return 0;
}

/* What a command replaced is the file's again, if that can be. */
static void restore(struct statics *s, __u32 i)
{
	const struct entry_route file = s->routes[i].file;
	struct entry_why why;

	s->routes[i].source = STATICS_FILE;
	if (statics_route(s, STATICS_REPLACE, STATICS_FILE, &file, &why))
		record_free(s, i);
}

unsigned int statics_route_flush(struct statics *s, int family)
{
	unsigned int count = 0;

	s->round++;
	for (__u32 i = 1; i < s->end; i++) {
		const struct static_route *r = &s->routes[i];

		if (!r->used || r->gone || r->source != STATICS_COMMAND ||
		    (family && r->route.family != family))
			continue;
		if (r->in_file)
			restore(s, i);
		else
			record_free(s, i);
		count++;
	}
	return count;
}

void statics_file_begin(struct statics *s)
{
	s->mark++;
	s->round++;
}

void statics_file_end(struct statics *s)
{
	for (__u32 i = 1; i < s->end; i++) {
		struct static_route *r = &s->routes[i];

		if (!r->used || !r->in_file || r->mark == s->mark)
			continue;
		r->in_file = false;
		if (r->gone || r->source == STATICS_FILE)
			record_free(s, i);
	}
	statics_neigh_sweep(s);
}

static bool of_device(const struct statics *s, const struct static_route *r, unsigned int dev)
{
	return r->used && r->gateway && s->gateways[r->gateway].dev == dev;
}

void statics_links(struct statics *s)
{
	s->round++;
	for (unsigned int d = 0; d < s->device_count; d++) {
		struct static_device *dev = &s->devices[d];
		__u32 now = dev->refs ? s->ops.device(s->ops.data, dev->name) : 0;

		if (now == dev->ifindex)
			continue;
		for (__u32 i = 1; i < s->end; i++) {
			if (of_device(s, &s->routes[i], d))
				withdraw(s, &s->routes[i], false);
		}
		dev->ifindex = now;
		for (__u32 i = 1; i < s->end; i++) {
			if (of_device(s, &s->routes[i], d))
				apply_later(s, &s->routes[i]);
		}
	}
	statics_neigh_links(s);
}

void statics_gateway_changed(struct statics *s, __u32 gateway)
{
	bool hopeless = gateway_hopeless(s->gateways[gateway].says);

	s->gateways[gateway].hopeless = hopeless;
	for (__u32 i = 1; i < s->end; i++) {
		struct static_route *r = &s->routes[i];

		if (!r->used || r->gateway != gateway)
			continue;
		if (hopeless)
			withdraw(s, r, false);
		else if (!r->applied)
			apply_later(s, r);
	}
}

static void row_of(const struct statics *s, __u32 i, struct statics_route_row *row)
{
	const struct static_gateway *g = &s->gateways[s->routes[i].gateway];

	*row = (struct statics_route_row){
		.route = s->routes[i].route,
		.source = s->routes[i].source,
		.ifindex = s->devices[g->dev].ifindex,
		.says = g->says,
		.applied = s->routes[i].applied,
		.resolved = g->resolved,
	};
}

const char *statics_remark(const struct statics_route_row *row)
{
	if (!row->ifindex)
		return "its device is not there";
	if (row->says != GATEWAY_GOOD)
		return gateway_text(row->says);
	if (!row->applied)
		return "no room or class is left for it in the maps (size, in the daemon's file)";
	return row->resolved ? NULL : "its next hop's MAC address is not known";
}

bool statics_next(const struct statics *s, __u32 *cursor, struct statics_route_row *row)
{
	/* A cursor may be any number: the one behind the last is 0 again, which is no record. */
	while (*cursor < s->end && ++*cursor < s->end) {
		if (s->routes[*cursor].used && !s->routes[*cursor].gone) {
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
	if (!i || s->routes[i].gone)
		return false;
	row_of(s, i, row);
	return true;
}

void statics_count(const struct statics *s, struct statics_count *count)
{
	struct statics_neigh_row row;
	unsigned int neighs = 0;
	__u32 cursor = 0;

	while (statics_neigh_next(s, &cursor, &row))
		neighs++;
	*count = (struct statics_count){.routes = s->count,
					.neighs = neighs,
					.hops = s->hop_count,
					.unresolved = s->unresolved};
}
