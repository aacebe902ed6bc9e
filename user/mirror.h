/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keeps the route maps (two tries) in step with the kernel's FIB of the current network
 * namespace: dumps tables main and local over netlink, follows the changes, and says up to
 * which generation of the FIB the maps are right. Being late is harmless: the programs trust
 * the maps only while the kernel's generation is the published one.
 *
 * All functions want the namespace of mirror_start(). One thread. 0 or -errno.
 */
#ifndef XHOP_USER_MIRROR_H
#define XHOP_USER_MIRROR_H

#include "user/rib.h"

struct mirror;

struct mirror_neigh {
	__u32 ifindex;
	__u8 family, deleted, flags;
	__u16 state; /* NUD_... */
	__u8 addr[16];
	__u8 lladdr[6];
	bool has_lladdr;
};

struct mirror_ops {
	void *data;
	/* The kernel's generation now; ip6[0] has fib6_sernum in its upper half. */
	int (*generation)(void *data, struct xhop_generation *generation);
	/* This class is about to be used: its index may have been another's. May be NULL. */
	void (*class_new)(void *data, __u32 index, const struct rib_key *key);
	/* This class must not be answered from now on: one word to clear. */
	void (*class_off)(void *data, __u32 index);
	/* A family's maps must not be trusted, whatever the generation, until false. */
	void (*stale)(void *data, int family, bool stale);
	/* The trie is full: 0 if there is room now. */
	int (*grow)(void *data, int family);
	/* The rest may be NULL. */
	void (*group_new)(void *data, __u32 index, const struct xhop_group *group);
	/* While mirror_start() runs: not 0 ends it, and is what it returns. */
	int (*progress)(void *data, __u64 routes);
	void (*neigh)(void *data, const struct mirror_neigh *neigh);
	void (*link)(void *data, __u32 ifindex, bool up, bool deleted);
	void (*rules)(void *data, int family); /* ask mirror_rules_plain() anew */
};

struct mirror *mirror_new(const struct mirror_ops *ops, struct trie *trie4, struct trie *trie6,
			  __u32 classes_max);
void mirror_free(struct mirror *m);

/* Before mirror_start(): bytes of the event socket's buffer, 0 for the default. */
void mirror_set_buffer(struct mirror *m, unsigned int bytes);
/* Subscribes and reads all; nothing is stale when it returns 0. */
int mirror_start(struct mirror *m);

/* Readable: call mirror_event(), which drains and applies. */
int mirror_fd(const struct mirror *m);
int mirror_event(struct mirror *m);

/*
 * Follows the kernel and updates *published by family: valid[0] says that published->ip4 is the
 * kernel's generation and that the IPv4 maps have all of it, valid[1] the same for ip6. -EAGAIN:
 * not both (try again after the next event, or when mirror_timeout() is over). Publish at once.
 */
int mirror_sync(struct mirror *m, struct xhop_generation *published, bool valid[2]);
/* Programs answer by what was last published only: dead class indices may be used again. */
void mirror_quiesce(struct mirror *m);

/* A resync in the background: ms until mirror_resync_step() should be called, -1: not. */
int mirror_timeout(const struct mirror *m);
/* One receive buffer of it. */
int mirror_resync_step(struct mirror *m);
/* Asks for one. */
void mirror_resync(struct mirror *m);

/* No policy rule but the default ones can match what comes in on the device. */
bool mirror_rules_plain(const struct mirror *m, int family, const char *ifname);

/* rib_flow() of its rib, and the dump that it needs. */
int mirror_flow(struct mirror *m, bool flow, __u32 groups_max);
/* rib_static() of its rib. */
int mirror_static(struct mirror *m, int family, const void *addr, int len,
		  const struct xhop_class *via);

struct mirror_stats {
	__u64 events, resyncs, losses; /* losses: times that events were lost */
	__u64 unexplained;	       /* IPv6 generations that no event explains */
	bool stale[2], resyncing;
};

void mirror_stats(const struct mirror *m, struct mirror_stats *stats);
/* For show: classes and counts. Owned by the mirror. */
const struct rib *mirror_rib(const struct mirror *m);

#endif
