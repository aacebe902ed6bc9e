/*
 * diff: the differential proof. The same frames go through two routers built alike, one plain Linux
 * and one with xhop attached; whatever leaves on any port must be the same, byte for byte.
 */
#ifndef TESTS_DIFF_DIFF_H
#define TESTS_DIFF_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/diff/reason.h"

/* Besides being the same, must the frame have been taken by XDP? */
enum expect {
	EXPECT_SAME, /* either way */
	EXPECT_FAST, /* forwarded by XDP */
	EXPECT_SLOW, /* handed to Linux (or dropped, where Linux drops too) */
};

struct test_case {
	const char *name;
	enum expect expect;
	unsigned int port; /* where it enters, 0: port 1 */
	const char *frame; /* see tests/lib/frame.h; NULL: only the command */
	const char *cmd;   /* shell, in both routers, before the frame */
};

struct test_group {
	const char *name;
	struct lab_setup lab;
	const char *enter; /* shell, in both routers, before the cases; NULL: none */
	const struct test_case *cases;
	unsigned int ncases;
};

/* Lines of a table of cases. AT: entering at that port; else port 1. */
#define FAST(n, f)                                           \
	{                                                    \
		.name = n, .expect = EXPECT_FAST, .frame = f \
	}
#define SLOW(n, f)                                           \
	{                                                    \
		.name = n, .expect = EXPECT_SLOW, .frame = f \
	}
#define SAME(n, f)                                           \
	{                                                    \
		.name = n, .expect = EXPECT_SAME, .frame = f \
	}
#define FAST_AT(p, n, f)                                                \
	{                                                               \
		.name = n, .expect = EXPECT_FAST, .port = p, .frame = f \
	}
#define SLOW_AT(p, n, f)                                                \
	{                                                               \
		.name = n, .expect = EXPECT_SLOW, .port = p, .frame = f \
	}
#define SAME_AT(p, n, f)                                                \
	{                                                               \
		.name = n, .expect = EXPECT_SAME, .port = p, .frame = f \
	}
/* A change of both routers that takes effect from the next frame on. */
#define SHELL(c)                           \
	{                                  \
		.name = "change", .cmd = c \
	}
/* A frame that must be the same and slow while ON lasts, and fast before and after it. */
#define TOGGLE(n, f, on, off) \
	FAST(n ": before", f), SHELL(on), SLOW(n ": meanwhile", f), SHELL(off), FAST(n ": after", f)
/* The same where only the outcome counts. */
#define TOGGLE_SAME(n, f, on, off)                                                        \
	SAME(n ": before", f), SHELL(on), SAME(n ": meanwhile", f), SAME(n ": again", f), \
		SHELL(off), SAME(n ": after", f)

/* A group of a table of cases; what follows is its struct lab_setup. */
#define GROUP(n, table, ...)                                                             \
	{                                                                                \
		.name = n, .cases = table, .ncases = sizeof(table) / sizeof((table)[0]), \
		.lab = { __VA_ARGS__ }                                                   \
	}
#define GROUPS_END           \
	{                    \
		.name = NULL \
	}

extern const struct test_group *const all_groups[];
extern const struct test_group groups_l2[], groups_ip4[], groups_addr4[], groups_ip6[],
	groups_addr6[], groups_route4[], groups_route6[], groups_mtu[], groups_ecmp[],
	groups_sysctl[], groups_filter[], groups_tc[], groups_device[];

struct options {
	const char *only;     /* shell pattern for "group: case" */
	struct lab_switch on; /* what switches xhop on */
	const char *show;     /* the xhop to ask for counters, NULL: do not */
	bool plain;	      /* .on is not xhop: expectations do not count */
	unsigned int jobs;
};

/* Two routers alike; the second has xhop on. */
struct pair {
	struct lab off, on;
	unsigned int taken; /* frames that XDP forwarded */
	bool maps;	    /* send again: the first teaches the maps what the next one uses */
	bool wait, changed; /* for the daemon, after the first frame behind a change */
	struct reasons reasons;
};

int pair_open(struct pair *p, const struct lab_setup *setup, const struct lab_switch *on);
void pair_close(struct pair *p);
/* Runs the script in both routers. */
int pair_sh(struct pair *p, const char *script);

struct verdict {
	bool same, taken;     /* taken: forwarded by XDP */
	bool forwarded;	      /* the packet itself left the plain router */
	bool plain;	      /* ... and only its MACs, TTL and checksum had changed */
	const char *reason;   /* why XDP left it to Linux, "": unknown */
	char *why, *off, *on; /* when not the same: what differs, and both outcomes */
};

/* Sends F through both. verdict_free() afterwards. */
void pair_send(struct pair *p, unsigned int port, const struct frame *f, struct verdict *v);
void verdict_free(struct verdict *v);

/* Runs the groups, several at once, and prints their cases; returns the number of groups run. */
unsigned int run_groups(const struct options *o);
/* Random configurations; frames in all, spread over configs. */
void run_random(const struct options *o, uint64_t seed, unsigned int configs, unsigned int frames);
/* One random frame again, then made as small as it can be and still differ. */
void replay_random(const struct options *o, uint64_t seed, unsigned int frame);
/* See tcx.c; returns an exit status. */
int tcx_main(const char *dev, const char *hook, const char *what);
/* table.c: takes the results' lines; what they say as a markdown table, to be freed. */
void table_take(const char *line);
char *table_text(void);
/* readme.c: is that the table in the file PATH? A result. */
void readme_check(const char *path);
/* Puts it there. 0, or -1: the file has no place for it or cannot be written. */
int readme_write(const char *path);

#endif
