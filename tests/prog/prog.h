/*
 * prog: the shipped program under BPF_PROG_RUN. A packet in, then the verdict, every byte out, the
 * reason counter and the hop counter.
 *
 * One router with the ports p1, p2, p3 (native), p4 (not attached), p5 (generic) and w1 (native,
 * its peer w2 in the same namespace). p<i> has 10.0.<i>.1/24, 2001:db8:<i>::1/64 and the MAC
 * 02:00:00:00:01:0<i>; behind it are the permanent neighbours .2, .3, .4 (::2 to ::4, fe80::2 to
 * fe80::4) with MACs 02:00:00:00:0<host>:0<i>. The peers h<i> are in a namespace of their own and
 * silent. Unless a case says otherwise frames enter at p1 and go to neighbour 2 of p2.
 */
#ifndef TESTS_PROG_PROG_H
#define TESTS_PROG_PROG_H

#include <stdbool.h>

#include "maps/types.h"
#include "tests/lib/frame.h"
#include "tests/lib/netns.h"
#include "tests/lib/tap.h"
#include "user/generation.h"
#include "user/set.h"

#define PORTS	  5
#define PORT_PAIR 6 /* w1 in router.ifindex[] */

enum case_flag {
	CASE_NO_SUM = 1 << 0,	 /* no L4 checksum that a device without skb could judge by */
	CASE_FLOW_HASH = 1 << 1, /* the choice of hop may use a hash that only the skb has */
	CASE_EITHER = 1 << 2,	 /* forwarded to neighbour 2 of p2 or of p3 */
	CASE_ONCE = 1 << 3,	 /* with .on: not run before and after */
	CASE_UNCOUNTED = 1 << 4, /* no reason counts it */
};

struct test_case {
	const char *name;
	enum xhop_reason reason;
	const char *frame;   /* see tests/lib/frame.h; NULL: a UDP packet of the group's family */
	unsigned int port;   /* where it enters, 0: 1 */
	unsigned int out;    /* forwarded: the port it leaves by, 0: 2 */
	const char *via;     /* forwarded: the next hop, NULL: neighbour 2 of port `out` */
	unsigned int linear; /* bytes in the first buffer, 0: as many as it takes */
	unsigned int flags;
	/*
	 * A setting: the frame must be forwarded, then `on`, then `reason` holds, then `off`, then
	 * forwarded again. Shell in the router, see router_sh(); call() beside it.
	 */
	const char *on, *off;
	int (*call)(bool on);
	const char *lacks; /* what the kernel lacks where `on` fails: a skip */
};

struct test_group {
	const char *name;
	bool ip6;		  /* family of the frames that are not given */
	const char *setup, *undo; /* shell */
	const char *lacks;	  /* what the kernel lacks where setup fails */
	const struct test_case *cases;
	unsigned int ncases;
	void (*run)(void); /* instead of cases */
};

#define GROUP(n, table, ...)                                                             \
	{                                                                                \
		.name = n, .cases = table, .ncases = sizeof(table) / sizeof((table)[0]), \
		__VA_ARGS__                                                              \
	}
#define GROUP_RUN(n, function, ...)                     \
	{                                               \
		.name = n, .run = function, __VA_ARGS__ \
	}
#define GROUPS_END           \
	{                    \
		.name = NULL \
	}

/* Forwarded; what follows sets more members. */
#define FWD(n, f, ...)                                                         \
	{                                                                      \
		.name = n, .reason = XHOP_FORWARDED, .frame = f, ##__VA_ARGS__ \
	}
#define PASS(r, n, f, ...)                                               \
	{                                                                \
		.name = n, .reason = XHOP_##r, .frame = f, ##__VA_ARGS__ \
	}
/* A setting that makes the reason; one that changes nothing has the reason FORWARDED. */
#define SET(r, n, a, b, ...)                                                    \
	{                                                                       \
		.name = n, .reason = XHOP_##r, .on = a, .off = b, ##__VA_ARGS__ \
	}

extern const struct test_group groups_l2[], groups_ip4[], groups_ip6[], groups_l4[], groups_addr[],
	groups_route[], groups_mtu[], groups_multipath[], groups_source[], groups_gate[],
	groups_sysctl[], groups_egress[], groups_frags[], groups_sweep[], groups_live[],
	groups_moved[], groups_insns[], groups_hops[], groups_neigh[], groups_steps[],
	groups_last[];

/* --- router.c --- */

struct router {
	struct netns ns, hosts;
	struct set set;
	unsigned int ifindex[PORTS + 2];
	int prog[PORTS + 2]; /* fds of what the devices run, -1: nothing */
	bool hidden;	     /* native ports cannot show the skb behind a frame */
	bool maps;  /* with the daemon: a frame to be forwarded is taught first, then run */
	int daemon; /* process */
	struct generation *generation;
	__u64 by_maps; /* frames that the maps answered */
};

extern struct router router;

/* Build it and attach xhop; prints what failed. The process is in router.ns afterwards. */
int router_open(void);
void router_close(void);
/* The daemon has followed all that the kernel changed; at most a second. */
void router_follow(void);
/*
 * Shell in the router with: w VALUE SYSCTL..., restore PORT (addresses, neighbours, routes), host
 * COMMAND (in the hosts' namespace), await COMMAND (at most 10 s), running DEV, batch (ip's, on
 * stdin; marks the routes it adds), clean (takes those and all nexthop objects away). 0 or -errno.
 */
int router_sh(const char *script);
/* Fields that a frame which enters at PORT has by default. */
struct frame_env router_env(unsigned int port);
/* The key of a next hop behind port OUT. */
struct xhop_hop_key router_hop(unsigned int out, const char *via);
/* Switch a port (in port_controls). */
int router_control(unsigned int port, struct xhop_port_control control);

/* --- run.c --- */

struct snapshot {
	struct xhop_port_counters ports; /* all together */
	struct xhop_hop_counters shared;
	struct set_hop *hops;
	int nhops;
};

int snapshot_take(struct snapshot *s);
void snapshot_free(struct snapshot *s);

/* What is expected of one run. */
struct expect {
	enum xhop_reason reason;
	unsigned int out, flags;
	const char *via;
};

/*
 * Run FRAME at PORT, LINEAR as in struct test_case, and compare. Returns NULL when all is as
 * expected, else a text that the caller frees.
 */
char *run_frame(unsigned int port, const struct frame *frame, unsigned int linear,
		const struct expect *expect);
/* The same, frame as text. */
char *run_text(unsigned int port, const char *text, const struct expect *expect);
/* Put a frame on the wire towards a port. NULL, or what failed, which the caller frees. */
char *host_send(unsigned int port, const char *text);
/* Prints a result; frees why. NULL is a success. */
void result(char *why, const char *name, ...) __attribute__((format(printf, 2, 3)));
/* A test that could not run: SKIP; its reason counts as skipped for this cause. */
void skipped(enum xhop_reason reason, const char *name, const char *why);

/* A reason was seen by other means than run_frame(). */
void covered(enum xhop_reason reason);

void groups_run(const struct test_group *groups, const char *only);
/* The last test: each reason was hit, or skipped for a stated cause. */
void coverage_run(void);
/* In the packet that the program sent, TTL and checksum made anew from nothing. Also trims. */
void frame_forward(struct frame *frame, const struct xhop_hop_key *hop);

#endif
