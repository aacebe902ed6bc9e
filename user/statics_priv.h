/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of the statics: statics.c (routes), statics_hop.c (hops, neighbours, devices). */
#ifndef XHOP_USER_STATICS_PRIV_H
#define XHOP_USER_STATICS_PRIV_H

#include "user/statics.h"

#define STATICS_ASKED 256

struct static_route {
	struct entry_route route;
	__u8 source, mark;
	bool used;    /* this record is in use */
	bool applied; /* to the maps */
	__u32 next;   /* in its bucket, or among the free */
	__u32 dev;    /* index into devices */
};

struct static_neigh {
	struct entry_neigh neigh;
	__u8 source, mark;
	__u32 ifindex; /* where it is installed, 0: nowhere */
};

struct static_device {
	char name[IFNAMSIZ];
	__u32 ifindex;
	unsigned int refs;
};

struct statics {
	struct statics_ops ops;
	const struct statics_kernel *kernel;
	__u8 mark;
	struct static_route *routes; /* record 0 is not used */
	__u32 *bucket, buckets, end, room, free, count;
	struct static_neigh *neighs;
	unsigned int neigh_count;
	struct static_device *devices;
	unsigned int device_count;
	struct xhop_class
		asked[STATICS_ASKED]; /* since the last tick, for many routes by few hops */
	unsigned int hop_count, unresolved;
};

/* Index into devices, or -ENOMEM; one reference more. */
int statics_device(struct statics *s, const char *name);
/* A hop is about to be used. */
void statics_ask(struct statics *s, const struct xhop_class *via);
void statics_neigh_sweep(struct statics *s);
void statics_neigh_links(struct statics *s);

#endif
