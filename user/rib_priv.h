/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of a rib, for rib.c (routes and answers) and rib_dump.c (dumps and devices). */
#ifndef XHOP_USER_RIB_PRIV_H
#define XHOP_USER_RIB_PRIV_H

#include <sys/socket.h>
#include "user/rib.h"
#include "user/rib_class.h"
#include "user/rib_group.h"
#include "user/rib_table.h"
#include "user/rib_touched.h"

#define RIB_FAILED 256

/* A prefix that the trie could not take: to be settled before the maps are trusted again. */
struct failed {
	__u8 addr[16];
	int len;
};

struct family {
	int af, bits;
	struct trie *trie;
	struct rib_table t;
	__u32 locals[129]; /* local prefixes by length */
	__u8 lens[129];	   /* the lengths that there are, but host routes */
	int lens_count;
	__u8 epoch;
	bool dumping, live;
	struct touched touched;
	__u64 doubts;
	struct failed failed[RIB_FAILED];
	unsigned int failures;
	bool failed_all; /* nobody knows which */
};

struct rib {
	struct rib_ops ops;
	struct classes *classes;
	struct groups *groups; /* NULL: there never were any */
	bool flow;	       /* else routes with several hops are asked for */
	struct family family[2];
	__u32 *down; /* devices */
	unsigned int down_count;
	__u32 *overlay; /* records in family[1] */
	unsigned int overlays;
	__u64 unclassed;
};

static inline struct family *family_of(const struct rib *r, int af)
{
	return (struct family *)&r->family[af == AF_INET6];
}

/* Decides a prefix and writes the trie. at: 4 or 16 bytes by the family. */
/* Those that failed, again. */
int rib_settle_failed(struct rib *r, struct family *f);
int rib_settle(struct rib *r, struct family *f, const __u8 *at, int len);
/* A route's answer was a class or a group: it is not any more. */
void rib_put(struct rib *r, __u32 value);
/* The group of the IPv6 siblings of this prefix and metric, held; 0: ask. */
__u32 rib_siblings(struct rib *r, const struct family *f, const __u8 *addr, int len, __u32 metric);
/* A class of the hop, with one reference more; 0: none is left. */
__u32 rib_via_class(struct rib *r, int family, const struct xhop_class *via);
bool rib_oif_is_down(const struct rib *r, __u32 oif);
__u32 rib_find(const struct rib_table *t, const struct rib_change *c);
int rib_insert(struct rib *r, struct family *f, const struct rib_change *c, __u8 flags);
int rib_drop(struct rib *r, struct family *f, __u32 i);
/* The route is there: seen again. A dead class does not come back, its routes get another. */
int rib_refresh(struct rib *r, struct family *f, __u32 i, const struct rib_change *c);

#endif
