/*
 * The IPv4 source check (fib_validate_source()), addresses of the router's own, and packets whose
 * way out is their way in.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/prog/prog.h"

#define OTHER	     "ip4 src=10.0.3.9 udp"	/* routed, out of p3 */
#define NOWHERE	     "ip4 src=198.51.100.9 udp" /* no route */
#define OWN	     "ip4 src=10.0.1.1 udp"
#define RP(all, dev) "w " all " ipv4/conf/all/rp_filter; w " dev " ipv4/conf/p1/rp_filter"

static const struct test_case rp_filter[] = {
	FWD("off, from another port's net", OTHER),
	FWD("off, from nowhere", NOWHERE),
	FWD("off, unicast on no route's device", "ip4 src=203.0.113.1 udp"),
	SET(FORWARDED, "strict, from here", RP("0", "1"), RP("0", "0")),
	SET(FORWARDED, "strict, neighbour unknown", RP("0", "1"), RP("0", "0"),
	    .frame = "ip4 src=10.0.1.99 udp"),
	SET(FORWARDED, "strict, routed here", RP("0", "1"), RP("0", "0"),
	    .frame = "ip4 src=10.101.0.9 udp"),
	SET(RP_FILTER, "strict, from another port's net", RP("0", "1"), RP("0", "0"),
	    .frame = OTHER),
	SET(RP_FILTER, "strict, from nowhere", RP("0", "1"), RP("0", "0"), .frame = NOWHERE),
	SET(RP_FILTER, "strict by all", RP("1", "0"), RP("0", "0"), .frame = OTHER),
	SET(FORWARDED, "strict on another port", "w 1 ipv4/conf/p2/rp_filter",
	    "w 0 ipv4/conf/p2/rp_filter", .frame = OTHER),
	SET(FORWARDED, "loose, from another port's net", RP("0", "2"), RP("0", "0"),
	    .frame = OTHER),
	SET(FORWARDED, "loose by all, strict here", RP("2", "1"), RP("0", "0"), .frame = OTHER),
	SET(RP_FILTER, "loose, from nowhere", RP("0", "2"), RP("0", "0"), .frame = NOWHERE),
	SET(FORWARDED, "loose, from nowhere with a default route",
	    RP("0", "2") "; ip route add default via 10.0.3.2",
	    RP("0", "0") "; ip route del default", .frame = NOWHERE),
	SET(RP_FILTER, "loose, a device without addresses",
	    RP("0", "2") "; ip addr flush dev p1 scope global; ip route add 10.0.1.0/24 dev p1",
	    RP("0", "0") "; ip route del 10.0.1.0/24 dev p1; restore 1", .frame = OTHER),
	SET(FORWARDED, "loose, a device without addresses, routed here",
	    RP("0", "2") "; ip addr flush dev p1 scope global; ip route add 10.0.1.0/24 dev p1",
	    RP("0", "0") "; ip route del 10.0.1.0/24 dev p1; restore 1"),
	SET(RP_FILTER, "strict, the router's own address", RP("0", "1"), RP("0", "0"), .frame = OWN,
	    .flags = CASE_ONCE),
	SET(RP_FILTER, "strict, a blackholed source",
	    RP("0", "1") "; ip route add blackhole 10.0.1.64/26",
	    RP("0", "0") "; ip route del blackhole 10.0.1.64/26", .frame = "ip4 src=10.0.1.99 udp"),
};

static const struct test_case own[] = {
	PASS(OWN_SOURCE, "the address of this port", OWN),
	PASS(OWN_SOURCE, "the address of the egress port", "ip4 src=10.0.2.1 udp"),
	PASS(OWN_SOURCE, "the address of no port's device", "ip4 src=10.0.4.1 udp"),
	FWD("one beside it", "ip4 src=10.0.1.3 udp"),
	SET(OWN_SOURCE, "an address comes", "ip addr add 10.77.0.1/32 dev lo",
	    "ip addr del 10.77.0.1/32 dev lo", .frame = "ip4 src=10.77.0.1 udp"),
	SET(OWN_SOURCE, "a secondary address", "ip addr add 10.0.1.50/24 dev p1",
	    "ip addr del 10.0.1.50/24 dev p1", .frame = "ip4 src=10.0.1.50 udp"),
	SET(OWN_SOURCE, "a peer address's own side", "ip addr add 10.77.0.1 peer 10.77.0.2 dev p3",
	    "ip addr del 10.77.0.1 peer 10.77.0.2 dev p3", .frame = "ip4 src=10.77.0.1 udp"),
	SET(FORWARDED, "a peer address's other side", "ip addr add 10.77.0.1 peer 10.77.0.2 dev p3",
	    "ip addr del 10.77.0.1 peer 10.77.0.2 dev p3", .frame = "ip4 src=10.77.0.2 udp"),
	SET(FORWARDED, "accept_local", "w 1 ipv4/conf/p1/accept_local",
	    "w 0 ipv4/conf/p1/accept_local", .frame = OWN, .flags = CASE_ONCE),
	SET(FORWARDED, "accept_local of all", "w 1 ipv4/conf/all/accept_local",
	    "w 0 ipv4/conf/all/accept_local", .frame = OWN, .flags = CASE_ONCE),
	SET(OWN_SOURCE, "accept_local of another port", "w 1 ipv4/conf/p2/accept_local",
	    "w 0 ipv4/conf/p2/accept_local", .frame = OWN, .flags = CASE_ONCE),
	FWD("IPv6 asks for none of this", "ip6 src=2001:db8:1::1 udp"),
};

#define SEND(all, dev) \
	"w " all " ipv4/conf/all/send_redirects; w " dev " ipv4/conf/p1/send_redirects"
#define BACK .via = "10.0.1.3", .out = 1, .flags = CASE_ONCE, .frame = "ip4 dst=10.0.1.3 udp"

static const struct test_case redirect[] = {
	PASS(REDIRECT, "same port, redirects on", "ip4 dst=10.0.1.3 udp"),
	PASS(REDIRECT, "same port, through a gateway", "ip4 dst=10.101.0.1 udp"),
	PASS(REDIRECT, "same port, from behind a gateway", "ip4 src=10.103.0.1 dst=10.101.0.1 udp"),
	SET(REDIRECT, "same port, off for all but this", SEND("0", "1"), SEND("1", "1"), BACK),
	SET(REDIRECT, "same port, off for this but all", SEND("1", "0"), SEND("1", "1"), BACK),
	SET(FORWARDED, "same port, redirects off", SEND("0", "0"), SEND("1", "1"), BACK),
	SET(FORWARDED, "other port, redirects off", SEND("0", "0"), SEND("1", "1")),
	PASS(REDIRECT, "IPv6, same port", "ip6 dst=2001:db8:1::3 udp"),
	SET(REDIRECT, "IPv6, same port, IPv4's redirects off", SEND("0", "0"), SEND("1", "1"),
	    .frame = "ip6 dst=2001:db8:101::1 udp", .flags = CASE_ONCE),
};

#define MANY 600

static char *many_run(const char *net, enum xhop_reason reason)
{
	const struct expect e = {.reason = reason};
	char text[64], *why = NULL;

	for (unsigned int i = 0; i < MANY && !why; i++) {
		snprintf(text, sizeof(text), "ip4 src=%s.%u.%u udp", net, i / 200, i % 200 + 1);
		why = run_text(1, text, &e);
	}
	return why;
}

/* The table of addresses has 256 buckets: most addresses share one, and others fall into them. */
static void own_many(void)
{
	result(many_run("10.78", XHOP_OWN_SOURCE), "own source: 600 addresses are all known");
	result(many_run("10.79", XHOP_FORWARDED), "own source: 600 others are all strange");
}

const struct test_group groups_source[] = {
	GROUP("rp_filter", rp_filter),
	GROUP("own source", own),
	GROUP_RUN("own source", own_many,
		  .setup = "for n in 0 1 2; do for i in $(seq 200); do "
			   "echo addr add 10.78.$n.$i/32 dev lo; done; done | ip -batch -",
		  .undo = "ip addr flush dev lo scope global"),
	GROUP("same port", redirect),
	GROUPS_END,
};
