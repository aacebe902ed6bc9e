/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The route maps of one set as memory: made or taken over, mapped, and the words by which the
 * daemon lets the program use them. Stores are atomic and in order; no system call a route.
 */
#ifndef XHOP_USER_ROUTES_H
#define XHOP_USER_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include "maps/types.h"
#include "user/set.h"

struct routes {
	int fds[ROUTE_MAP_COUNT];
	void *table[2]; /* memory of the tables: IPv4, IPv6 */
	size_t size[2]; /* bytes */
	struct xhop_route_control *control;
	struct xhop_class *classes; /* by hop index; 0 is not used */
	__u32 class_count;
	void *unlearnt; /* a zero value of ROUTE_MAP_LIVE */
	struct xhop_group *groups;
	__u32 group_count;
};

struct routes_sizes {
	size_t table[2]; /* bytes */
	__u32 classes;
	__u32 groups; /* for `multipath flow` */
};

/* New, empty maps. Nothing is left on failure. 0 or -errno (-ENOMEM, -EPERM). */
int routes_create(struct routes *routes, const struct routes_sizes *sizes);

/* Those that the set's programs run with, if they are at least so large: -ENOENT if not. */
int routes_open(struct routes *routes, const struct set *set, const struct routes_sizes *sizes);
void routes_close(struct routes *routes);

/* The maps hold this generation; a family's 0 means: do not trust them for it. */
void routes_publish(struct routes *routes, const struct xhop_generation *generation);
void routes_distrust(struct routes *routes);

/* The program may trust the maps until this time (jiffies64). */
void routes_lease(struct routes *routes, __u64 until);

/* Describe a class, or switch it off with one store. */
void routes_class_set(struct routes *routes, __u32 index, const struct xhop_class *class);
/* The members of a group; a packet finds for its slot the old one or the new one. */
void routes_group_set(struct routes *routes, __u32 index, const struct xhop_group *group);
void routes_class_off(struct routes *routes, __u32 index);

/* How the set's route maps are doing, for people. */
struct routes_status {
	struct xhop_route_control control;
	bool there; /* the set has route maps */
	bool alive; /* and a daemon that gave a sign of life within XHOP_LEASE_SECONDS */
};
void routes_status_get(const struct set *set, struct routes_status *status);

/* "following", "filling", "stale", "dead", "none" */
const char *routes_state(const struct routes_status *status);

/* Wait until every packet that may have seen older entries has gone. */
void routes_quiesce(const struct routes *routes);

#endif
