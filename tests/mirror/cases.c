// SPDX-License-Identifier: GPL-2.0
/* The cases: see cases.h. */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/mirror/cases.h"
#include "tests/mirror/lab.h"
#include "tests/lib/tap.h"

static unsigned int rnd(unsigned int below)
{
	return random() % below;
}

struct prefix {
	int family;
	char text[64];
	__u8 addr[16];
	int len;
};

/* Of those that were added, to compare at and to change. */
static struct prefix *known;
static unsigned int known_count, known_room;

static void finish(struct prefix *p)
{
	int bits = p->family == AF_INET ? 32 : 128;
	char text[INET6_ADDRSTRLEN];

	for (int i = p->len; i < bits; i++)
		p->addr[i / 8] &= ~(0x80 >> i % 8);
	inet_ntop(p->family, p->addr, text, sizeof(text));
	snprintf(p->text, sizeof(p->text), "%s/%d", text, p->len);
	if (known_count == known_room) {
		known_room = known_room ? 2 * known_room : 1024;
		known = realloc(known, known_room * sizeof(*known));
		if (!known)
			abort();
	}
	known[known_count++] = *p;
}

/* Under 20.0.0.0/6 or 2001::/16; often under or over one that is there. */
static struct prefix new_prefix(int family)
{
	struct prefix p = {.family = family};

	for (int i = 0; i < 16; i++)
		p.addr[i] = rnd(256);
	if (family == AF_INET) {
		p.addr[0] = 20 + rnd(4);
		p.len = 10 + rnd(23);
	} else {
		p.addr[0] = 0x20;
		p.addr[1] = 1;
		p.len = 20 + rnd(rnd(4) ? 45 : 109);
	}
	if (known_count && !rnd(3)) {
		const struct prefix *other = &known[rnd(known_count)];

		if (other->family == family)
			memcpy(p.addr, other->addr, other->len / 8);
	}
	finish(&p);
	return p;
}

static const char *hop(int family)
{
	static char text[2][64];
	static int turn;
	int dev = rnd(LAB_DEVS), n = 2 + rnd(LAB_HOPS / LAB_DEVS);

	turn = !turn;
	if (family == AF_INET)
		snprintf(text[turn], sizeof(text[0]), "via 10.%d.0.%d dev d%d", dev, n, dev);
	else
		snprintf(text[turn], sizeof(text[0]), "via fd00:%d::%x dev d%d", dev, n, dev);
	return text[turn];
}

static int any_family(void)
{
	return rnd(2) ? AF_INET : AF_INET6;
}

static void odd_route(const char *verb, const struct prefix *p)
{
	static const char *const types[] = {"blackhole", "unreachable", "prohibit", "throw"};
	int kind = rnd(9);

	if (kind == 5 && p->len < (p->family == AF_INET ? 22 : 48))
		kind = 6; /* one short local prefix would hide all the rest */
	switch (kind) {
	case 0:
		lab_add("route %s %s %s metric %u", verb, types[rnd(4)], p->text, 10 * rnd(3) + 5);
		break;
	case 1:
		lab_add("route %s %s tos 0x10 %s", verb, p->text, hop(p->family));
		break;
	case 2:
		lab_add("route %s %s nexthop %s nexthop %s", verb, p->text, hop(p->family),
			hop(p->family));
		break;
	case 3:
		lab_add("route %s %s nhid %u", verb, p->text,
			(p->family == AF_INET ? 1 : 11) + rnd(5));
		break;
	case 4:
		lab_add("route %s %s %s mtu %u", verb, p->text, hop(p->family), 1300 + rnd(3));
		break;
	case 5:
		lab_add("route %s local %s dev lo table local", verb, p->text);
		break;
	case 6:
		lab_add("route %s %s %s src %s", verb, p->text, hop(p->family),
			p->family == AF_INET ? "10.0.0.1" : "fd00:0::1");
		break;
	case 7:
		lab_add("route %s %s dev d%d", verb, p->text, rnd(LAB_DEVS));
		break;
	case 8:
		lab_add("route %s %s %s metric %u", verb, p->text, hop(p->family), rnd(2000));
	}
}

static void plain_route(const char *verb, const struct prefix *p)
{
	lab_add("route %s %s %s", verb, p->text, hop(p->family));
}

static void make_nexthops(void)
{
	for (int i = 1; i <= 4; i++) {
		lab_add("nexthop add id %d %s", i, hop(AF_INET));
		lab_add("nexthop add id %d %s", 10 + i, hop(AF_INET6));
	}
	lab_add("nexthop add id 5 group 1/2");
	lab_add("nexthop add id 15 group 11/12");
	lab_run();
}

/* In a prefix that is or was there, or anywhere; of the families that are published. */
static bool compare_some(unsigned int n, bool plain)
{
	unsigned long before = lab.wrong;

	for (unsigned int i = 0; i < n; i++) {
		struct prefix p = known[rnd(known_count)];
		int bits = p.family == AF_INET ? 32 : 128;

		if (!lab.valid[p.family == AF_INET6])
			continue;
		for (int b = rnd(8) ? p.len : 8 + (int)rnd(bits - 8); b < bits; b++)
			p.addr[b / 8] ^= (rnd(2) * 0x80) >> b % 8;
		lab_compare(p.family, p.addr, plain);
	}
	return lab.wrong == before;
}

static void reset_counts(void)
{
	lab.compared = lab.asked = lab.needless = lab.wrong = lab.moved = 0;
}

static void result(const char *name, bool plain)
{
	tap_result(!lab.wrong && (!plain || !lab.needless), "%s", name);
	tap_diag("%lu compared, %lu asked, %lu needless, %lu moved, %lu wrong", lab.compared,
		 lab.asked, lab.needless, lab.moved, lab.wrong);
}

void case_load(unsigned int routes)
{
	struct rib_usage u;

	for (unsigned int i = 0; i < routes; i++) {
		struct prefix p = new_prefix(any_family());

		plain_route("add", &p);
	}
	lab_run();
	tap_result(lab_mirror(0) == 0 && lab_settle(20000), "first dump");
	rib_usage(mirror_rib(lab.mirror), &u);
	tap_diag("%llu + %llu routes, %llu classes, %zu KiB", u.routes[0], u.routes[1], u.classes,
		 u.memory / 1024);
	compare_some(20000, true);
	result("plain routes: the kernel's answer, never asked", true);

	reset_counts();
	make_nexthops();
	for (unsigned int i = 0; i < routes / 4; i++) {
		struct prefix p = new_prefix(any_family());

		odd_route(rnd(2) ? "add" : "append", &p);
		if (!rnd(3))
			odd_route("append", &p);
	}
	lab_run();
	tap_result(lab_settle(20000), "followed odd routes");
	compare_some(20000, false);
	result("odd routes, followed: the kernel's answer or asked", false);
	reset_counts();
	tap_result(lab_mirror(0) == 0 && lab_settle(20000), "second dump");
	compare_some(20000, false);
	result("odd routes, dumped: the kernel's answer or asked", false);
}

static void links_up(void)
{
	for (int dev = 0; dev < LAB_DEVS; dev++) {
		lab_add("link set d%d up", dev);
		lab_add("addr add fd00:%d::1/64 dev d%d nodad", dev, dev);
	}
}

static const char *change(void)
{
	static const char *const verbs[] = {"add",     "append",  "prepend",
					    "replace", "replace", "del"};
	struct prefix p = rnd(2) ? known[rnd(known_count)] : new_prefix(any_family());
	const char *verb = verbs[rnd(6)];
	int dev = rnd(LAB_DEVS);

	switch (rnd(14)) {
	case 0:
		lab_add("link set d%d down", dev);
		return "link down";
	case 1:
	case 2:
		links_up();
		return "link up";
	case 3:
		lab_add("addr del 10.%d.0.1/24 dev d%d", dev, dev);
		lab_add("addr add 10.%d.0.1/24 dev d%d", dev, dev);
		return "address";
	case 4:
		lab_add("addr del fd00:%d::1/64 dev d%d", dev, dev);
		lab_add("addr add fd00:%d::1/64 dev d%d nodad", dev, dev);
		return "address 6";
	case 5:
		lab_add("nexthop replace id %d %s", 1 + rnd(4), hop(AF_INET));
		lab_add("nexthop replace id %d %s", 11 + rnd(4), hop(AF_INET6));
		return "nexthop replace";
	case 6:
		lab_add("nexthop del id %d", 1 + rnd(4) + 10 * rnd(2));
		return "nexthop del";
	case 7:
		lab_add("route flush %s %s", rnd(2) ? "root" : "exact", p.text);
		return "flush";
	case 8:
		make_nexthops();
		return "nexthops";
	case 9:
	case 10:
		odd_route(verb, &p);
		return "odd route";
	default:
		if (strcmp(verb, "del"))
			plain_route(verb, &p);
		else
			lab_add("route del %s", p.text);
		return verb;
	}
}

void case_changes(unsigned int changes)
{
	struct mirror_stats stats;
	unsigned int published = 0, settled = 0;

	reset_counts();
	for (unsigned int i = 0; i < changes; i++) {
		const char *what = NULL;
		int n = 1 + rnd(3);

		while (n--)
			what = change();
		lab_run();
		lab_sync();
		published += lab.valid[0] && lab.valid[1];
		if (!compare_some(100, false))
			tap_diag("wrong after change %u, %s", i, what);
		if (rnd(4))
			continue;
		/* Links that went down took most routes along. */
		for (unsigned int k = 0; k < known_count / 20; k++)
			plain_route("add", &known[rnd(known_count)]);
		lab_run();
		settled += lab_settle(5000);
		if (!compare_some(200, false))
			tap_diag("wrong after resync, change %u, %s", i, what);
	}
	result("changes: the kernel's answer or asked", false);
	mirror_stats(lab.mirror, &stats);
	tap_diag("%u changes, %u published at once, %u settled; %llu events, %llu resyncs, "
		 "%llu unexplained",
		 changes, published, settled, stats.events, stats.resyncs, stats.unexplained);
	tap_result(lab_settle(5000), "published in the end");
}

void case_lost(void)
{
	struct mirror_stats stats;
	bool told;

	reset_counts();
	links_up();
	lab_run();
	tap_result(lab_mirror(8192) == 0 && lab_settle(20000), "mirror with a small buffer");
	for (int i = 0; i < 3000; i++) {
		struct prefix p = new_prefix(any_family());

		plain_route("replace", &p);
	}
	lab_run();
	lab_sync();
	mirror_stats(lab.mirror, &stats);
	told = stats.losses && lab.stale[0] && lab.stale[1] && !lab.valid[0] && !lab.valid[1];
	tap_result(told, "lost events: stale, nothing published");
	tap_result(lab_settle(20000) && !lab.stale[0] && !lab.stale[1], "resync");
	compare_some(20000, false);
	result("after the resync: the kernel's answer or asked", false);
}

static int falls, told_down;

/* Goes down while the links are read: only its event says so, if there is room for it. */
static void on_link(__u32 ifindex, bool up)
{
	if (!falls) {
		falls = ifindex;
		netns_sh(&lab.ns, "ip link set d%d down", LAB_DEVS - 1);
	}
	told_down += !up && ifindex == if_nametoindex("d3");
}

void case_congested(void)
{
	struct mirror_stats stats;

	links_up();
	lab_run();
	tap_result(lab_mirror(2 << 20) == 0 && lab_settle(20000), "mirror with a larger buffer");
	for (int i = 0; i < 20000; i++) {
		struct prefix p = new_prefix(any_family());

		plain_route("replace", &p);
	}
	lab_run();
	mirror_event(lab.mirror); /* the queue's beginning */
	mirror_stats(lab.mirror, &stats);
	lab.link = on_link;
	mirror_resync_step(lab.mirror);
	tap_result(stats.losses == 1 && falls && told_down,
		   "lost events: the queue is emptied first");
	lab.link = NULL;
	tap_diag("%llu losses %llu events, down %d", stats.losses, stats.events, told_down);
	links_up();
	lab_run();
}
