/* SPDX-License-Identifier: GPL-2.0 */
/* What the daemon's files share: its loop (daemon.c), its ports, what it does for the mirror. */
#ifndef XHOP_USER_DAEMON_PRIV_H
#define XHOP_USER_DAEMON_PRIV_H

#include <event2/event.h>
#include "maps/trie.h"
#include "user/daemon.h"
#include "user/generation.h"
#include "user/mirror.h"
#include "user/routes.h"
#include "user/service.h"

#define TICK_MS 250 /* lease, ports, what a sync left over */

/* A device that we were told to attach. */
struct wanted {
	char name[IFNAMSIZ];
	enum load_mode mode;
	__u32 ifindex; /* of the port that it is or was; 0: none, or it was detached */
	bool added;    /* it was no port before our start */
	bool gone;     /* there is no such device, and that was said */
};

struct daemon {
	const struct daemon_options *options;
	struct kernel kernel;
	struct set set;
	struct routes routes;
	struct generation *generation;
	struct trie *trie[2];
	struct mirror *mirror;
	struct service *service;
	struct event_base *base;
	struct event *readable, *tick, *resync, *signals[2];
	struct wanted *wanted;
	int wanted_count;
	__u32 kernel_said; /* program id: ports without maps up to this one were named */
	__u64 hz;
	__u64 ports_seen;  /* when the ports were looked up last, ns */
	__u64 ports_again; /* when ports got other maps last, ns */
	bool stale[2];	   /* IPv4, IPv6 */
	bool links;	   /* have changed: look the ports up before the next generation */
	bool allow;	   /* rules or ports have changed */
	bool full[2];	   /* the map cannot grow, and that was said */
	bool switched;	   /* to other maps, which the ports do not have yet */
	int failed;	   /* to read the routes anew, and that was said */
	bool progress;	   /* a line of it stands at the terminal */
	bool starting;	   /* there is no loop yet: daemon_pump() */
	bool ending;
	bool broken;	 /* the tables are not where the programs look */
	char netns[300]; /* name of the namespace, "": it has none */
};

__u64 daemon_now(clockid_t clock); /* ns */
void daemon_state_set(struct daemon *d, enum xhop_daemon_state state);
/* At the start: take the signals and questions that have come. 0, -ECANCELED: it is to end. */
int daemon_pump(struct daemon *d);
void daemon_synchronise(struct daemon *d);
/* A sign of life: the maps may be trusted for some seconds more. 0 or -errno. */
int daemon_renew(struct daemon *d);

/* --- daemon_ports.c: 0 or -errno ------------------------------------------------------------ */

/* Which ports to give the program that reads the daemon's maps. */
enum again { AGAIN_ALL, AGAIN_OTHER_MAPS };

int ports_attach(struct daemon *d, const char **names, int count, enum load_mode mode);
int ports_attach_file(struct daemon *d); /* those of the file */
int ports_attach_again(struct daemon *d, enum again which);
int ports_detach(struct daemon *d, const char **names, int count);
/* The ports that the options name, or that are there, with these maps. */
int ports_prepare(struct daemon *d);
/* The set as it is now. */
int ports_find(struct daemon *d);
/* Tell the programs for which families the maps may answer. */
void ports_allow(struct daemon *d);
/* After the maps were switched, and from time to time. */
void ports_switch(struct daemon *d);
void ports_follow(struct daemon *d);
/* These are to be ports from now on, or this one not any more. 0 or -ENOMEM. */
int ports_want(struct daemon *d, const char **names, int count, enum load_mode mode);
void ports_unwant(struct daemon *d, const char *name);
/* Attach the wanted ones whose devices were deleted and made anew. */
void ports_return(struct daemon *d);
/* Detach those that were no ports before our start. */
void ports_roll_back(struct daemon *d);

/* --- daemon_host.c -------------------------------------------------------------------------- */

struct service_host daemon_host(struct daemon *d);

/* --- daemon_mirror.c ------------------------------------------------------------------------ */

struct mirror_ops daemon_mirror_ops(struct daemon *d);
void mirror_progress_end(struct daemon *d);

#endif
