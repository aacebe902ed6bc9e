// SPDX-License-Identifier: GPL-2.0
/* What the mirror asks of the daemon: generations, classes, room for the tables. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "user/daemon_priv.h"
#include "user/log.h"

static int on_generation(void *data, struct xhop_generation *generation)
{
	struct xhop_generation_now now;
	struct daemon *d = data;
	int err = generation_read(d->generation, &now);

	if (!err)
		*generation = now.generation;
	return err;
}

static void on_stale(void *data, int family, bool stale)
{
	int f = family == AF_INET6;
	struct daemon *d = data;

	if (d->stale[f] == stale)
		return;
	d->stale[f] = stale;
	if (stale)
		routes_distrust(&d->routes);
	if (d->routes.control->state != XHOP_DAEMON_FILLING)
		daemon_state_set(d, d->stale[0] || d->stale[1] ? XHOP_DAEMON_STALE
							       : XHOP_DAEMON_FOLLOWING);
	log_debug("IPv%d: %s", f ? 6 : 4,
		  stale ? "messages of the kernel were lost: asking it for every packet, reading "
			  "its routes anew"
			: "in step with the kernel again");
}

static void on_rules(void *data, int family)
{
	struct daemon *d = data;

	(void)family;
	d->allow = true;
}

static void on_link(void *data, __u32 ifindex, bool up, bool deleted)
{
	struct daemon *d = data;

	(void)ifindex;
	(void)up;
	(void)deleted;
	d->links = true; /* a port may have another name, and other rules with it */
	service_links(d->service);
}

static void on_neigh(void *data, const struct mirror_neigh *neigh)
{
	struct daemon *d = data;

	service_neigh(d->service, neigh);
}

static void on_class(void *data, __u32 index, const struct rib_key *key)
{
	struct xhop_class entry = {.kind = XHOP_CLASS_ROUTE, .mtu = rib_mtu(key)};
	struct daemon *d = data;

	/* A nexthop object may be replaced by another device's. */
	if (!rib_via(key, &entry) && !key->nh_id) {
		entry.ifindex = key->oif;
		entry.family = key->gw_family;
		if (key->gw_family)
			memcpy(entry.addr, key->gateway, sizeof(entry.addr));
	}
	routes_class_set(&d->routes, index, &entry);
}

static void on_group(void *data, __u32 index, const struct xhop_group *group)
{
	struct daemon *d = data;

	if (index < d->routes.group_count)
		routes_group_set(&d->routes, index, group);
}

static void on_class_off(void *data, __u32 index)
{
	struct daemon *d = data;

	routes_class_off(&d->routes, index);
}

static int on_progress(void *data, __u64 routes)
{
	static __u64 last;
	__u64 now = daemon_now(CLOCK_MONOTONIC);
	struct daemon *d = data;

	if (now - last < 100000000)
		return 0;
	last = now;
	d->routes.control->alive = daemon_now(CLOCK_BOOTTIME);
	if (isatty(STDERR_FILENO)) {
		d->progress = true;
		fprintf(stderr, "\rxhop: %llu routes read ", (unsigned long long)routes);
	}
	return daemon_pump(d);
}

void mirror_progress_end(struct daemon *d)
{
	if (d->progress)
		fputs("\r\033[K", stderr);
	d->progress = false;
}

/* Both tables to the larger maps, or neither. */
static int tables_move(struct daemon *d, const struct routes *from, const struct routes *to)
{
	int err = trie_move(d->trie[0], to->table[0], to->size[0]);

	if (err)
		return err;
	err = trie_move(d->trie[1], to->table[1], to->size[1]);
	if (err && trie_move(d->trie[0], from->table[0], from->size[0]))
		d->broken = true;
	return err;
}

/* The tables go on in the larger maps. The ports' programs follow when this change is done. */
static int routes_switch(struct daemon *d, struct routes *larger)
{
	struct routes old = d->routes;
	int err;

	routes_distrust(&old); /* who still runs with these asks the kernel */
	err = tables_move(d, &old, larger);
	if (err) {
		if (!d->broken) /* else a table still lives there */
			routes_close(larger);
		return err;
	}
	memcpy(larger->groups, old.groups, old.group_count * sizeof(*old.groups));
	memcpy(larger->classes, old.classes, old.class_count * sizeof(*old.classes));
	*larger->control = *old.control;
	d->routes = *larger;
	routes_close(&old);
	d->switched = true;
	return 0;
}

/* A table is full. Wait for the readers of what was replaced; if that is too little, grow. */
static int on_full(void *data, int family)
{
	struct daemon *d = data;
	struct routes_sizes sizes = {.table = {d->routes.size[0], d->routes.size[1]},
				     .classes = d->routes.class_count,
				     .groups = d->routes.group_count};
	int f = family == AF_INET6, err;
	struct trie_usage usage;
	struct routes larger;

	trie_usage(d->trie[f], &usage);
	if (usage.limbo > usage.size / 8) {
		routes_quiesce(&d->routes);
		trie_quiesce(d->trie[f]);
		return 0;
	}
	sizes.table[f] *= 2;
	err = routes_create(&larger, &sizes);
	if (!err)
		err = routes_switch(d, &larger);
	if (err && !d->full[f])
		log_error("run: the IPv%d routes outgrew their map, and there is no memory for one "
			  "of %zu MiB: %s (the kernel is asked for every packet)",
			  f ? 6 : 4, sizes.table[f] >> 20, strerror(-err));
	d->full[f] = err;
	if (!err)
		log_debug("IPv%d routes: the map has %zu MiB now", f ? 6 : 4, sizes.table[f] >> 20);
	return err;
}

struct mirror_ops daemon_mirror_ops(struct daemon *d)
{
	return (struct mirror_ops){
		.data = d,
		.generation = on_generation,
		.stale = on_stale,
		.class_new = on_class,
		.class_off = on_class_off,
		.progress = on_progress,
		.grow = on_full,
		.rules = on_rules,
		.link = on_link,
		.neigh = on_neigh,
		.group_new = on_group,
	};
}
