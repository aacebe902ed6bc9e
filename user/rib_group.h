/* SPDX-License-Identifier: GPL-2.0 */
/* The groups of a rib: equal sets of hops share one. Index, references, reuse. */
#ifndef XHOP_USER_RIB_GROUP_H
#define XHOP_USER_RIB_GROUP_H

#include "user/rib.h"

struct groups;

/* max 0: there are none, and group_get() says so. */
struct groups *groups_new(struct rib *r, __u32 max);
void groups_free(struct groups *gs);
/*
 * XHOP_GROUP and the index, with one reference more; 0: none is left, or no hop is usable. nh:
 * the hops are those of a nexthop object.
 */
__u32 group_get(struct groups *gs, int family, const struct rib_hop *hops, unsigned int count,
		bool nh);
void group_hold(struct groups *gs, __u32 value);
void group_put(struct groups *gs, __u32 value);
/* In order; NULL: it is dead. */
const struct rib_hop *group_hops(const struct groups *gs, __u32 value, unsigned int *count);
bool group_alive(const struct groups *gs, __u32 value);
/* Those of nexthop objects: dead at once. */
void groups_kill(struct groups *gs);
void groups_quiesce(struct groups *gs);
__u32 groups_used(const struct groups *gs);

#endif
