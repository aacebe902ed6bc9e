/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The routes of tables main and local as one table of answers: what the route maps say for each
 * prefix. Pure logic, no kernel calls. It writes the two tries that it is given.
 *
 * An answer is a class: the routes that the kernel resolves to the same next hop and treatment,
 * that is all their attributes but the prefix (fib_find_info()). Whatever is not certain is
 * XHOP_ASK, which stands in the trie as an answer of its own: it hides shorter prefixes.
 */
#ifndef XHOP_USER_RIB_H
#define XHOP_USER_RIB_H

#include <stdbool.h>
#include "maps/trie.h"

#define RIB_VIA	    255 /* type of a key that rib_static() made */
#define RIB_METRICS 64	/* bytes of RTA_METRICS that a class can have */

/* What makes two routes one class. Padding and unused bytes are zero. */
struct rib_key {
	__u8 family, protocol, scope, type, local, pref, gw_family, metrics_len;
	__u32 flags, oif, nh_id, priority, flow; /* oif is 0 with a nexthop object */
	__u8 gateway[16], prefsrc[16];
	/* Of a class that one prefix has for itself; own_len: its length and one, 0: any prefix. */
	__u32 own_len;
	__u8 own[16];
	__u8 metrics[RIB_METRICS]; /* as in the message */
};

/* One of several hops. */
struct rib_hop {
	struct xhop_class via; /* family 0: not a plain gateway */
	__u32 weight;
	bool down;
};

/* One route, or one hop of an IPv6 multipath route, of a message. */
struct rib_change {
	__u8 addr[16]; /* bits behind len are zero */
	__u8 len, tos;
	bool odd;    /* never answered: type, encap, several hops, ... */
	bool down;   /* dead or without carrier now */
	bool source; /* for packets from some sources only: its prefix is asked for */
	bool ecmp;   /* IPv6: the kernel may make it a sibling of others */
	__u32 metric;
	__u32 oif;   /* also with a nexthop object */
	__u32 ident; /* hash of all that tells it from other routes of its prefix */
	struct rib_key key;
	/* A route with several: these, as the message has them; the route is odd then. */
	const struct rib_hop *hops;
	unsigned int hop_count;
};

struct rib_ops {
	void *data;
	/* A class is about to be used for the first time, or again. */
	void (*class_new)(void *data, __u32 index, const struct rib_key *key);
	/* The class is dead at once, its index stays taken. */
	void (*class_off)(void *data, __u32 index);
	/* The trie is full: 0 if there is room now. */
	int (*grow)(void *data, int family);
	/* The slots of a group; it may be in use. */
	void (*group_new)(void *data, __u32 index, const struct xhop_group *group);
};

struct rib_usage {
	__u64 routes[2], classes, groups;
	__u64 unclassed;	/* routes without a class since all were in use */
	__u64 doubts, overlays; /* prefixes that are asked for until a resync; cached routes */
	size_t memory;
};

struct rib;

struct rib *rib_new(const struct rib_ops *ops, struct trie *trie4, struct trie *trie6,
		    __u32 classes_max);
void rib_free(struct rib *r);

/*
 * A new route; replace: in place of the first with its prefix, table, tos and metric. What is
 * there already stays. 0, -ENOMEM or -ENOSPC: then the tries are not right any more.
 */
int rib_add(struct rib *r, const struct rib_change *c, bool replace);
/* replay: the route may be gone already. Else the prefix is asked for until the next dump. */
int rib_del(struct rib *r, const struct rib_change *c, bool replay);
/* Routes with this key (prefix, table, tos and metric). */
unsigned int rib_count(const struct rib *r, const struct rib_change *c);
/* Ask for this prefix until the next dump. */
int rib_doubt(struct rib *r, const struct rib_change *c);

/*
 * A dump of one family: begin, the routes, end, which drops what the dump did not show. live:
 * rib_add() and rib_del() in between are newer than the dump and win for their prefixes.
 * keep: what the dump did not show is only asked for from now on (a dump with holes).
 */
void rib_dump_begin(struct rib *r, int family, bool live);
int rib_dump_route(struct rib *r, const struct rib_change *c);
int rib_dump_end(struct rib *r, int family, bool keep);

/* Devices that are down give no class. off: the classes that may use it die at once. */
int rib_oif_down(struct rib *r, __u32 oif);
void rib_oif_up(struct rib *r, __u32 oif);
/* Kills the classes that match: device, source address (4 or 16 bytes), any nexthop object. */
void rib_off_oif(struct rib *r, int family, __u32 oif);
void rib_off_prefsrc(struct rib *r, int family, const void *addr);
void rib_off_nexthops(struct rib *r);

/* Cached IPv6 routes: destinations (16 bytes each) to ask for, in place of the last list. */
int rib_overlay(struct rib *r, const __u8 (*addrs)[16], unsigned int n);

/*
 * Routes with several hops become groups, of which a flow's hash chooses one; else they are
 * asked for. groups_max: indices from 1. The IPv4 routes that are there change with the next
 * dump. 0, -ENOMEM, -ENOSPC.
 */
int rib_flow(struct rib *r, bool flow, __u32 groups_max);

/*
 * An answer that is not the kernel's: this hop (ifindex, family, addr, mtu), whatever table main
 * has for the prefix; local addresses stay the kernel's. NULL: the prefix is the kernel's again.
 * addr: 4 or 16 bytes. 0, -ENOENT, -ENOMEM, -ENOBUFS (no class left), -ENOSPC (trie full): nothing
 * changed; but what was to go stands in the trie still.
 */
int rib_static(struct rib *r, int family, const void *addr, int len, const struct xhop_class *via);
/* Whether the key is such a hop; then what the programs are told of it. */
bool rib_via(const struct rib_key *key, struct xhop_class *class);

/* All such hops that are in use, of groups too: *cursor is 0 at first. false: the end. */
bool rib_via_next(const struct rib *r, __u32 *cursor, struct xhop_class *class);
/* The MTU among a key's metrics, 0: none. */
__u32 rib_mtu(const struct rib_key *key);

/* One prefix and what the maps say for it. */
struct rib_row {
	__u8 family, len, addr[16];
	__u32 value;  /* XHOP_ASK, a class, or XHOP_GROUP and a group */
	bool fixed;   /* by rib_static() */
	bool covered; /* it is there, but local addresses or a dead class hide it */
};

/*
 * Prefixes one after the other, in no order: *cursor is 0 at first. false: the end. What changes
 * between two calls may be missed.
 */
bool rib_next(const struct rib *r, int family, __u32 *cursor, struct rib_row *row);
/* Exactly this prefix. false: it is not in the maps. */
bool rib_exact(const struct rib *r, int family, const __u8 *addr, int len, struct rib_row *row);
/* The longest prefix that an address has in the maps. false: none. */
bool rib_match(const struct rib *r, int family, const void *addr, struct rib_row *row);

/* The hops that share the flows of a row's group, without those left out. NULL: no group. */
const struct rib_hop *rib_group_hops(const struct rib *r, __u32 value, unsigned int *count);

/* No program answers by an earlier table any more: dead indices may be used again. */
void rib_quiesce(struct rib *r);
/* NULL if the index names no class that answers. *routes: how many use it. */
const struct rib_key *rib_class(const struct rib *r, __u32 index, __u32 *routes);
/* With a nexthop object the device is not in the key. */
__u32 rib_class_oif(const struct rib *r, __u32 index);
__u64 rib_doubts(const struct rib *r);
void rib_usage(const struct rib *r, struct rib_usage *u);
__u32 rib_hash(__u32 seed, const void *data, size_t len);

#endif
