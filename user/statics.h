/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The daemon's static routes and neighbours: kept by name, applied to the maps and to the
 * kernel's neighbour table as devices come and go. Next hops in use are kept resolved.
 */
#ifndef XHOP_USER_STATICS_H
#define XHOP_USER_STATICS_H

#include "maps/types.h"
#include "user/entry.h"
#include "user/gateway.h"
#include "user/neigh.h"

struct statics;

struct statics_ops {
	void *data;
	/* rib_static(): the prefix has this hop; NULL: it is the kernel's again. */
	int (*route)(void *data, int family, const void *addr, int len,
		     const struct xhop_class *via);
	/* The hops in use, of statics and others, to be kept resolved: *cursor is 0 at first. */
	bool (*hop)(void *data, __u32 *cursor, struct xhop_class *via);
	/* Indices by name, 0: no such device. */
	__u32 (*device)(void *data, const char *name);
	/* Kernel's neighbours and FIB; NULL: the real ones (user/neigh_set.h, user/gateway.h). */
	const struct statics_kernel *kernel;
};

struct statics_kernel {
	void (*list)(struct neighbours *neighbours);
	int (*resolve)(__u32 ifindex, int family, const void *addr);
	int (*install)(__u32 ifindex, int family, const void *addr, const __u8 lladdr[6]);
	int (*remove)(__u32 ifindex, int family, const void *addr);
	enum gateway (*ask)(__u32 ifindex, int family, const void *addr);
};

enum statics_verb { STATICS_ADD, STATICS_REPLACE };
enum statics_source { STATICS_COMMAND, STATICS_FILE };

struct statics *statics_new(const struct statics_ops *ops);
/* Takes the neighbours out of the kernel's table; the maps are left as they are. */
void statics_free(struct statics *s);

/*
 * 0; -EEXIST, -ENODEV (a command's device must be there), -EINVAL (the kernel would not send
 * there), -ENOSPC, -ENOBUFS, -ENOMEM: see why. After 0 why is a note on what keeps the entry from
 * being used, or "".
 */
int statics_route(struct statics *s, enum statics_verb verb, enum statics_source source,
		  const struct entry_route *route, struct entry_why *why);
int statics_neigh(struct statics *s, enum statics_verb verb, enum statics_source source,
		  const struct entry_neigh *neigh, struct entry_why *why);
/* -EINVAL, -ENOENT. */
int statics_route_del(struct statics *s, const struct entry_words *words, struct entry_why *why);
int statics_neigh_del(struct statics *s, const struct entry_words *words, struct entry_why *why);
/* The routes that came by command, where the file's come back. family: AF_UNSPEC: both. How many.
 */
unsigned int statics_route_flush(struct statics *s, int family);

/*
 * The file is read again. What it does not name between these two calls goes, unless a command has
 * replaced it. What a command has changed or deleted stays so if the file names it as before.
 */
void statics_file_begin(struct statics *s);
void statics_file_end(struct statics *s);

/* Devices may have come, gone, or changed their index. */
void statics_links(struct statics *s);
/* A neighbour's state has changed. */
void statics_neigh_event(struct statics *s, __u32 ifindex, int family, const void *addr,
			 __u16 state);
/* Once a second: asks for what is not resolved, and tries again what was refused. */
void statics_tick(struct statics *s);

struct statics_route_row {
	struct entry_route route;
	enum statics_source source;
	__u32 ifindex;	   /* 0: its device is not there */
	enum gateway says; /* of its next hop */
	bool applied;	   /* to the maps */
	bool resolved;	   /* at the last tick, or statics_look() */
};

/* *cursor is 0 at first. false: the end. */
bool statics_next(const struct statics *s, __u32 *cursor, struct statics_route_row *row);
bool statics_get(const struct statics *s, int family, const __u8 *addr, int len,
		 struct statics_route_row *row);
/* Which next hops are resolved now. */
void statics_look(struct statics *s);
/* What keeps packets from it, for people; NULL: nothing that is known here. */
const char *statics_remark(const struct statics_route_row *row);

struct statics_neigh_row {
	struct entry_neigh neigh;
	enum statics_source source;
	__u32 ifindex; /* 0: not in the kernel's table, its device is not there */
};
bool statics_neigh_next(const struct statics *s, __u32 *cursor, struct statics_neigh_row *row);

struct statics_count {
	unsigned int routes, neighs, hops, unresolved;
};
void statics_count(const struct statics *s, struct statics_count *count);

#endif
