/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of the statics: statics.c (routes), statics_gateway.c (their next hops), statics_hop.c
 * (hops that are kept resolved, neighbours, devices).
 */
#ifndef XHOP_USER_STATICS_PRIV_H
#define XHOP_USER_STATICS_PRIV_H

#include "user/statics.h"

#define STATICS_ASKED		256
#define STATICS_GATEWAY_BUCKETS 256

/*
 * A command's change of an entry of the file stays until the file's own line changes, so what the
 * file said is kept beside what is so, also where a command has deleted the entry.
 */
struct static_route {
	struct entry_route route, file;
	__u8 source, mark; /* mark: of the reading that named it last */
	bool used;	   /* this record is in use */
	bool in_file;
	bool gone;    /* deleted by command; the file still names it */
	bool applied; /* to the maps */
	__u32 next;   /* in its bucket, or among the free */
	__u32 gateway;
};

struct static_neigh {
	struct entry_neigh neigh, file;
	__u8 source, mark;
	bool in_file, gone;
	__u32 ifindex; /* where it is installed, 0: nowhere */
};

/* A next hop behind a device, by name. */
struct static_gateway {
	__u8 family, addr[16];
	bool resolved;	   /* as the kernel's neighbours were last */
	enum gateway says; /* of round */
	bool hopeless;	   /* as its routes were told last */
	__u32 round;
	__u32 dev;  /* index into devices */
	__u32 next; /* in its bucket, or among the free */
	unsigned int refs;
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
	struct static_gateway *gateways; /* record 0 is not used */
	__u32 gateway_bucket[STATICS_GATEWAY_BUCKETS];
	__u32 gateway_end, gateway_room, gateway_free, gateway_next;
	__u32 round; /* what the kernel said of a gateway holds for one */
	struct static_neigh *neighs;
	unsigned int neigh_count;
	struct static_device *devices;
	unsigned int device_count;
	struct xhop_class
		asked[STATICS_ASKED]; /* since the last tick, for many routes by few hops */
	unsigned int hop_count, unresolved;
	bool refused; /* by the maps: a route that waits for room or a class */
};

/* Index into devices, or -ENOMEM; one reference more. */
int statics_device(struct statics *s, const char *name);
/* An index into gateways, one reference more; 0: no memory. */
__u32 statics_gateway(struct statics *s, const struct entry_route *route);
void statics_gateway_put(struct statics *s, __u32 gateway); /* 0: none */
enum gateway statics_gateway_says(struct statics *s, __u32 gateway);
void statics_gateways_resolved(struct statics *s, const struct neighbours *now);
void statics_gateways_recheck(struct statics *s);
/* Its routes may be applied now, or must not be any more. */
void statics_gateway_changed(struct statics *s, __u32 gateway);
const struct neighbour *statics_kernel_has(const struct neighbours *now, __u32 ifindex, int family,
					   const __u8 *addr);
/* Those that the maps refused. */
void statics_again(struct statics *s);
/* A hop is about to be used. */
void statics_ask(struct statics *s, const struct xhop_class *via);
void statics_neigh_sweep(struct statics *s);
void statics_neigh_links(struct statics *s);

#endif
