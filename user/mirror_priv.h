/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of the mirror: mirror.c (sockets and events), mirror_dump.c (resync), mirror_sync.c
 * (generations), mirror_net.c (links, nexthop objects, rules).
 */
#ifndef XHOP_USER_MIRROR_PRIV_H
#define XHOP_USER_MIRROR_PRIV_H

#include <sys/socket.h>
#include "user/mirror.h"
#include "user/rtmsg.h"

#define MIRROR_BUFFER (16u << 20) /* events that may wait */
#define MIRROR_BATCH  32	  /* messages of one recvmmsg() */
#define MIRROR_EVENT  16384	  /* bytes of one event */
#define MIRROR_CHUNK  65536	  /* bytes of one piece of a dump */
#define MIRROR_QUEUE  (64u << 20) /* bytes of events that wait for the end of a dump */

enum mirror_families { MIRROR_4 = 1, MIRROR_6 = 2, MIRROR_BOTH = 3 };

enum mirror_how {
	MIRROR_LIVE,   /* an event */
	MIRROR_REPLAY, /* an event from the queue: the dump may have seen it already */
	MIRROR_DUMP,   /* part of a dump */
};

struct mirror_link {
	__u32 ifindex;
	bool up;
};

struct mirror_queue {
	char *data;
	size_t used, room;
};

/* A state of the IPv6 FIB, and how many of its changes were told then. */
struct mirror_known {
	__u64 ip6[2];
	__u32 told;
};

/* A dump that runs. phase: 0 to 3, local and main of both families. */
struct mirror_resync {
	bool running;
	int phase;
	unsigned int families; /* to do */
	unsigned int queued;   /* of them those whose events wait, since they are stale */
	struct mnl_socket *nl;
	unsigned int seq;
	__u64 began, ended, took; /* ns */
	struct mirror_known known;
	__u32 credit;
	__u32 deletes;	       /* of IPv6 routes, when it began */
	unsigned int failures; /* in a row */
	bool torn;	       /* the kernel says that the dump is not of one state */
};

/* Destinations of cached IPv6 routes, while they are collected. */
struct mirror_overlay {
	__u8 (*addrs)[16];
	unsigned int count, room;
	unsigned int shown; /* in the rib */
};

struct mirror {
	struct mirror_ops ops;
	struct rib *rib;
	struct mnl_socket *events, *asks;
	unsigned int buffer, seq;
	char *batch, *chunk;
	int rt6_stats; /* fd */

	unsigned int stale, want; /* enum mirror_families */
	struct mirror_queue queue;
	struct mirror_resync resync;

	struct mirror_link *links;
	unsigned int link_count;
	struct rtmsg_nexthop *nexthops;
	unsigned int nexthop_count;
	struct rtmsg_rule *rules;
	unsigned int rule_count;
	unsigned int rules_changed; /* enum mirror_families */

	struct xhop_generation published;
	bool valid[2];
	/* Up to here all of IPv6 is known; the steps of fib6_sernum that the events since explain.
	 */
	struct mirror_known known;
	__u32 credit;
	__u32 deletes;	 /* of IPv6 routes */
	__u32 told;	 /* events, and rules read, that explain steps of the tables' fib_seq */
	__u32 rules_sum; /* of ip6[1] when the rules were read */
	__u32 rules_hash;
	struct mirror_overlay overlay;
	bool lost; /* links and nexthop objects must be read anew */
	struct mirror_stats stats;
};

static inline unsigned int mirror_bit(int family)
{
	return family == AF_INET6 ? MIRROR_6 : MIRROR_4;
}

__u64 mirror_now(void);
/* The families' maps are wrong: says so and asks for a resync. */
void mirror_stale(struct mirror *m, unsigned int families);
/* Receives what waits. -EBUSY: more than max batches. */
int mirror_drain(struct mirror *m, int max);
int mirror_route(struct mirror *m, const struct nlmsghdr *nlh, enum mirror_how how);
/* Events are lost, or could not be applied. */
void mirror_lost(struct mirror *m);
void mirror_resync_stop(struct mirror *m);
int mirror_queue_add(struct mirror *m, const struct nlmsghdr *nlh);

/* Until NLMSG_DONE; each message to cb, which returns 0 or -errno. -ESTALE: not of one state. */
int mirror_ask(struct mirror *m, struct nlmsghdr *request,
	       int (*cb)(struct mirror *m, const struct nlmsghdr *nlh));
struct mnl_socket *mirror_socket(void); /* NULL and errno */

int mirror_link_event(struct mirror *m, const struct nlmsghdr *nlh);
int mirror_addr_event(struct mirror *m, const struct nlmsghdr *nlh);
int mirror_nexthop_event(struct mirror *m, const struct nlmsghdr *nlh);
int mirror_neigh_event(struct mirror *m, const struct nlmsghdr *nlh);
/* Dumps of all of them. */
int mirror_links(struct mirror *m);
int mirror_nexthops(struct mirror *m);
int mirror_rules(struct mirror *m);
/* Reads the rules anew if they changed. */
int mirror_follow_rules(struct mirror *m);

/* Waits for changes that are counted in the generation but not yet told. */
int mirror_barrier(struct mirror *m, bool ip6);
__u32 mirror_sernum(const __u64 ip6[2]);
/* Whether fib_seq stands, or some event since then may have moved it. */
bool mirror_told(const struct mirror *m, const struct mirror_known *since, const __u64 ip6[2]);
/* The cached IPv6 routes, anew. */
int mirror_overlay(struct mirror *m);

#endif
