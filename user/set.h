/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The set of ports that xhop runs in the current network namespace, found again from the kernel
 * alone: every forwarding program carries its configuration in rodata and holds the maps.
 */
#ifndef XHOP_USER_SET_H
#define XHOP_USER_SET_H

#include <stdbool.h>
#include "maps/types.h"
#include "user/link.h"

#define PROGRAM_NAME "xhop_forward" /* of every forwarding program */

enum set_map {
	SET_TX_PORTS,
	SET_PORT_COUNTERS,
	SET_PORT_CONTROLS,
	SET_HOP_IDS,
	SET_HOP_CACHE,
	SET_HOP_COUNTERS,
	SET_HOP_NEXT,
	SET_PORT_LIVE,
	SET_PORT_MAPS,
	SET_MAP_COUNT
};

/* Their names in the BPF object, by enum set_map. */
extern const char *const set_map_names[SET_MAP_COUNT];

/* The route maps: those of the program loaded last, for a table that outgrew them gets others. */
enum route_map {
	ROUTE_MAP_4,
	ROUTE_MAP_6,
	ROUTE_MAP_CONTROL,
	ROUTE_MAP_CLASSES,
	ROUTE_MAP_LIVE,
	ROUTE_MAP_GROUPS,
	ROUTE_MAP_COUNT
};

extern const char *const route_map_names[ROUTE_MAP_COUNT];

struct port {
	struct xhop_config config;
	char name[IFNAMSIZ];
	__u32 prog_id;
	__u64 loaded;	 /* ns since boot */
	__u32 routes_id; /* of its route maps' control word, 0: kernel lookups */
	bool dispatched; /* behind libxdp's dispatcher */
	bool foreign;	 /* of a build that this one cannot share maps with */
};

struct set {
	__u64 cookie;
	struct port *ports; /* by slot */
	int count;
	int foreign;			 /* how many of them */
	int maps[SET_MAP_COUNT];	 /* fds; all -1 if there is no port of this build's kind */
	int route_maps[ROUTE_MAP_COUNT]; /* fds; all -1 if all ports use kernel lookups */
};

/*
 * Find the set of this namespace. links: its devices. No port: 0 with count 0. set_close() after
 * success. 0, or -errno (-EPERM: needs CAP_SYS_ADMIN).
 */
int set_find(struct set *set, const struct links *links);
/* The same for whoever needs no devices else. */
int set_find_here(struct set *set);
void set_close(struct set *set);

/* How many forwarding programs the whole machine runs; -errno on failure. */
int set_count_everywhere(void);

/* NULL: the device is no port. */
struct port *set_port(const struct set *set, unsigned int ifindex);

/* The lowest slot that no port uses, -1: all are taken. */
int set_free_slot(const struct set *set);

/* Zero on all CPUs. size: of the value, a multiple of 8; flags: of the update. 0 or -errno. */
int percpu_zero(int map, const void *key, size_t size, __u64 flags);

/* Sums over the CPUs. Return 0 or -errno. */
int set_port_counters(const struct set *set, __u32 slot, struct xhop_port_counters *sum);
int set_hop_counters(const struct set *set, __u32 id, struct xhop_hop_counters *sum);

/* Packets of a port by verdict. */
__u64 counters_forwarded(const struct xhop_port_counters *counters);
__u64 counters_passed(const struct xhop_port_counters *counters);

/* Every next hop met so far, in order of id. free() the list. Count, or -errno. */
struct set_hop {
	__u32 id;
	struct xhop_hop_key key;
	struct xhop_hop_counters counters;
};
int set_hops(const struct set *set, struct set_hop **hops);

/* The kernel's number of a map, 0 if it cannot be told. */
__u32 set_map_id(int fd);

#endif
