// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel does without a word about the routes, and the routes that a prefix alone does not
 * tell. Asked at once, after the events, and after a resync: the maps name the device that the
 * kernel takes, or ask. A prefix goes over d1, and over d2 without that.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "tests/lib/tap.h"
#include "tests/mirror/cases.h"
#include "tests/mirror/lab.h"

#define NET4 "30.1.0.0/16"
#define AT4  "30.1.0.1"
#define NET6 "3fff:100::/32"
#define AT6  "3fff:100::1"

static char wrong[512];

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
	size_t used = strlen(wrong);
	va_list args;

	va_start(args, format);
	vsnprintf(wrong + used, sizeof(wrong) - used, format, args);
	va_end(args);
}

static void verdict(const char *name)
{
	tap_result(!wrong[0], "%s", name);
	if (wrong[0])
		tap_diag("%s", wrong);
	wrong[0] = 0;
}

/* Where the programs send it by the maps: over dN (never d0 here), 0: they ask the kernel. */
static int by_maps(const char *text)
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET, f = family == AF_INET6;
	char dev[IF_NAMESIZE] = "";
	__u8 addr[16];
	__u32 value;

	inet_pton(family, text, addr);
	value = trie_get(lab.trie[f], addr);
	if (!lab.valid[f] || lab_moved(family) || !rib_class(mirror_rib(lab.mirror), value, NULL))
		return 0;
	if_indextoname(rib_class_oif(mirror_rib(lab.mirror), value), dev);
	return dev[0] == 'd' ? dev[1] - '0' : -1;
}

/* ... or they ask. */
static void expect_or_asked(const char *when, const char *text, int dev)
{
	int is = by_maps(text);

	if (is && is != dev)
		note("%s: %s over d%d, not d%d; ", when, text, is, dev);
}

static void expect(const char *when, const char *text, int dev)
{
	int is = by_maps(text);

	if (is != dev)
		note("%s: %s over d%d, not d%d; ", when, text, is, dev);
}

/* A change was made: the old answer is not given, and the right one after a resync. 0: none is. */
static void followed(const char *when, const char *text, int dev)
{
	expect_or_asked(when, text, dev);
	lab_sync();
	expect_or_asked(when, text, dev);
	if (!lab_settle(5000))
		note("%s: not settled; ", when);
	expect(when, text, dev);
}

static void followed_both(const char *when, int dev)
{
	expect_or_asked(when, AT6, dev);
	followed(when, AT4, dev);
	expect(when, AT6, dev);
}

static void add_via(int dev, int metric)
{
	lab_add("route replace " NET4 " via 10.%d.0.2 dev d%d metric %d", dev, dev, metric);
	lab_add("route replace " NET6 " via fd00:%d::2 dev d%d metric %d", dev, dev, metric);
}

static void begin(void)
{
	add_via(1, 10);
	add_via(2, 20);
	lab_run();
	followed_both("at first", 1);
}

static void d1_up(void)
{
	lab_add("link set d1 up");
	lab_add("addr add fd00:1::1/64 dev d1 nodad");
	lab_run();
}

static void end(const char *name)
{
	lab_add("route flush exact " NET4);
	netns_sh(&lab.ns, "ip -6 route flush root 3fff:100::/24");
	lab_run();
	followed_both("in the end", 0);
	verdict(name);
}

void case_link_down(void)
{
	begin();
	lab_add("link set d1 down");
	lab_run();
	followed_both("link down", 2);
	d1_up();
	followed_both("link up, routes gone", 2);
	begin();
	end("silent: link down");
}

void case_nexthop_gone(void)
{
	begin();
	lab_add("nexthop add id 101 via 10.1.0.3 dev d1");
	lab_add("nexthop add id 106 via fd00:1::3 dev d1");
	lab_add("route replace " NET4 " nhid 101 metric 5");
	lab_add("route replace " NET6 " nhid 106 metric 5");
	lab_add("route del " NET4 " metric 10");
	lab_add("route del " NET6 " metric 10");
	lab_run();
	followed_both("nexthop object", 1);
	lab_add("nexthop del id 101");
	lab_add("nexthop del id 106");
	lab_run();
	followed_both("nexthop deleted", 2);
	end("silent: nexthop delete");
}

static void leave_out(int ignored)
{
	netns_sh(&lab.ns,
		 "for f in 4 6; do for d in all d1; do\n"
		 "echo %d > /proc/sys/net/ipv$f/conf/$d/ignore_routes_with_linkdown\n"
		 "done; done",
		 ignored);
}

static void carrier(bool on)
{
	netns_sh(&lab.peer, "ip link set p1 %s", on ? "up" : "down");
	netns_sh(&lab.ns,
		 "n=0; until [ $n = 100 ] || { ip route show " NET4 "; ip -6 route show " NET6
		 "; } |\n"
		 "grep -c linkdown | grep -qx %d; do n=$((n + 1)); sleep .02; done",
		 on ? 0 : 2);
}

/* Linux takes the routes without carrier, or leaves them out: that sysctl moves no generation. */
static void without_carrier(void)
{
	leave_out(1);
	expect_or_asked("left out", AT4, 2);
	expect_or_asked("left out", AT6, 2);
	lab_sync();
	expect_or_asked("left out", AT4, 2);
	expect_or_asked("left out", AT6, 2);
	leave_out(0);
	expect_or_asked("taken", AT4, 1);
	expect_or_asked("taken", AT6, 1);
	leave_out(1);
	followed_both("left out again", 0);
}

void case_carrier(void)
{
	begin();
	carrier(false);
	followed_both("no carrier", 0);
	without_carrier();
	carrier(true);
	followed_both("carrier", 1);
	carrier(false); /* now they are left out at once */
	expect_or_asked("no carrier, left out", AT4, 2);
	expect_or_asked("no carrier, left out", AT6, 2);
	lab_sync();
	leave_out(0);
	expect_or_asked("no carrier, taken", AT4, 1);
	expect_or_asked("no carrier, taken", AT6, 1);
	carrier(true);
	followed_both("carrier again", 1);
	end("silent: carrier");
}

#define SOURCE NET6 " from 2001:db8::/32"

/* Whatever the metrics: beside it Linux does not even take the plain one for other sources. */
void case_sources(void)
{
	if (netns_sh(&lab.ns, "ip route add " SOURCE " dev d3 && ip route del " SOURCE) < 0) {
		tap_skip("source routes: never answered", "no IPv6 subtrees in this kernel");
		return;
	}
	begin();
	lab_add("route add " SOURCE " via fd00:3::2 dev d3");
	lab_run();
	followed("beside a plain one", AT6, 0);
	lab_add("route replace " NET6 " via fd00:3::3 dev d3 metric 10");
	lab_run();
	followed("the plain one replaced", AT6, 0);
	lab_add("route replace " SOURCE " via fd00:2::3 dev d2");
	lab_run();
	followed("replaced", AT6, 0);
	if (lab_mirror(0) || !lab_settle(5000))
		note("no dump; ");
	expect("dumped", AT6, 0);
	lab_add("route del " SOURCE);
	lab_run();
	followed("deleted", AT6, 3);
	end("source routes: never answered");
}

void case_expires(void)
{
	begin();
	lab_add("route replace " NET6 " via fd00:1::2 dev d1 metric 10 expires 1000");
	lab_run();
	followed("a lifetime", AT6, 0);
	if (lab_mirror(0) || !lab_settle(5000))
		note("no dump; ");
	expect("dumped", AT6, 0);
	lab_add("route replace " NET6 " via fd00:1::2 dev d1 metric 10");
	lab_run();
	followed("for ever", AT6, 1);
	end("lifetimes: never answered");
}

#define STEPS_MAX 40

static int steps;

/* One comes, turned at once, and one goes: in the dump or in the queue, and in this order. */
static void change(void)
{
	int i = steps++;

	if (i >= STEPS_MAX)
		return;
	for (int dev = 3; dev > 1; dev--) {
		lab_add("route replace 30.1.%d.0/24 via 10.%d.0.2 dev d%d", i, dev, dev);
		lab_add("route replace 3fff:100:%x::/48 via fd00:%d::2 dev d%d", i, dev, dev);
	}
	lab_add("route del 30.1.%d.0/24", 100 + i);
	lab_add("route del 3fff:100:%x::/48", 100 + i);
	lab_run();
}

static void all_filled(void (*check)(const char *when, const char *text, int dev))
{
	char text[64];

	for (int i = 0; i < STEPS_MAX; i++) {
		snprintf(text, sizeof(text), "30.1.%d.1", i);
		check("come", text, i < steps ? 2 : 1);
		snprintf(text, sizeof(text), "30.1.%d.1", 100 + i);
		check("gone", text, i < steps ? 1 : 3);
		snprintf(text, sizeof(text), "3fff:100:%x::1", i);
		check("come", text, i < steps ? 2 : 1);
		snprintf(text, sizeof(text), "3fff:100:%x::1", 100 + i);
		check("gone", text, i < steps ? 1 : 3);
	}
}

void case_filling(void)
{
	begin();
	for (int i = 0; i < STEPS_MAX; i++) {
		lab_add("route add 30.1.%d.0/24 via 10.3.0.2 dev d3", 100 + i);
		lab_add("route add 3fff:100:%x::/48 via fd00:3::2 dev d3", 100 + i);
	}
	lab_run();
	steps = 0;
	lab.step = change;
	if (lab_mirror(0) || steps < 6)
		note("%d steps; ", steps);
	lab.step = NULL;
	lab_sync();
	all_filled(expect_or_asked);
	if (!lab_settle(5000))
		note("not settled; ");
	all_filled(expect);
	netns_sh(&lab.ns, "ip route flush root " NET4);
	end("changes while the tables are filled");
}
