/*
 * The state of the next hop's neighbour entry. A stale one must see a packet of Linux's own; since
 * nothing that a test run passes gets there, it stays stale.
 */
#include "tests/prog/prog.h"

/* How long only segments without data are handed over: 0, or a tenth of 100 s. */
#define PATIENCE(s)                                      \
	"w " s " ipv4/neigh/p2/delay_first_probe_time\n" \
	"w " s " ipv6/neigh/p2/delay_first_probe_time\n"
#define NEIGH(state, a) "ip neigh replace " a " lladdr 02:00:00:00:02:02 dev p2 nud " state "\n"
#define ALL(state)	NEIGH(state, "10.0.2.2") NEIGH(state, "2001:db8:2::2") NEIGH(state, "fe80::2")

#define STATE(reason, name, state)  SET(reason, name, NEIGH(state, "10.0.2.2"), "restore 2")
#define STATE6(reason, name, state) SET(reason, name, NEIGH(state, "2001:db8:2::2"), "restore 2")

static const struct test_case state4[] = {
	STATE(STALE, "stale", "stale"),
	STATE(FORWARDED, "reachable", "reachable"),
	STATE(FORWARDED, "delay", "delay"),
	STATE(FORWARDED, "probe", "probe"),
	STATE(FORWARDED, "noarp", "noarp"),
	SET(STALE, "of a gateway", NEIGH("stale", "10.0.2.2"), "restore 2",
	    .frame = "ip4 dst=10.102.3.4 udp"),
	SET(FORWARDED, "another is stale", NEIGH("stale", "10.0.2.3"), "restore 2"),
	SET(FORWARDED, "the same address of IPv6 is stale", NEIGH("stale", "2001:db8:2::2"),
	    "restore 2"),
	SET(FORWARDED, "the same address of another device is stale",
	    "ip neigh replace 10.0.2.2 lladdr 02:00:00:00:02:02 dev p3 nud stale",
	    "ip neigh del 10.0.2.2 dev p3"),
	SET(STALE, "IPv6 next hop", NEIGH("stale", "2001:db8:2::2"), "restore 2",
	    .frame = "ip4 dst=10.60.9.1 udp", .via = "2001:db8:2::2"),
	SET(FORWARDED, "IPv6 next hop, reachable", NEIGH("reachable", "2001:db8:2::2"), "restore 2",
	    .frame = "ip4 dst=10.60.9.1 udp", .via = "2001:db8:2::2"),
	SET(STALE, "among many",
	    "for i in 3 4 5 6 7 8 9; do for j in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do "
	    "echo neigh replace 10.0.2.$i$j lladdr 02:00:00:00:03:03 dev p2 nud reachable; done; "
	    "done | grep -v '2\\.[0-9]*[3-9][0-9][0-9]\\|2\\.[3-9][0-9][0-9]' | ip -batch "
	    "-\n" NEIGH("stale", "10.0.2.2"),
	    "ip neigh flush dev p2 nud reachable; restore 2"),
};

static const struct test_case state6[] = {
	STATE6(STALE, "stale", "stale"),
	STATE6(FORWARDED, "reachable", "reachable"),
	STATE6(FORWARDED, "delay", "delay"),
	STATE6(FORWARDED, "probe", "probe"),
	SET(FORWARDED, "another is stale", NEIGH("stale", "2001:db8:2::3"), "restore 2"),
	SET(STALE, "link-local", NEIGH("stale", "fe80::2"), "restore 2",
	    .frame = "ip6 dst=2001:db8:60::1 udp", .via = "fe80::2"),
	SET(FORWARDED, "link-local of another device is stale",
	    "ip neigh replace fe80::2 lladdr 02:00:00:00:02:02 dev p3 nud stale", "restore 3",
	    .frame = "ip6 dst=2001:db8:60::1 udp", .via = "fe80::2"),
};

/* A stale entry that is young waits for a packet which may be overtaken. */
static const struct test_case young4[] = {
	FWD("UDP", "ip4 udp"),
	FWD("TCP with data", "ip4 tcp data n=1"),
	FWD("TCP with options and data", "ip4 tcp opts=020405b4 data n=4"),
	FWD("TCP fragment", "ip4 mf=1 tcp"),
	FWD("ESP", "ip4 esp", .flags = CASE_NO_SUM),
	PASS(STALE, "TCP without data", "ip4 tcp"),
	PASS(STALE, "TCP without data, padded", "ip4 tcp pad n=6"),
	PASS(STALE, "TCP with options, without data", "ip4 tcp opts=020405b4"),
};

static const struct test_case young6[] = {
	FWD("UDP", "ip6 udp"),
	FWD("TCP with data", "ip6 tcp data n=1"),
	FWD("TCP behind an extension header", "ip6 dstopt tcp", .flags = CASE_NO_SUM),
	PASS(STALE, "TCP without data", "ip6 tcp"),
	PASS(STALE, "TCP with options, without data", "ip6 tcp opts=020405b4"),
};

#define ROUTES                                                    \
	"batch <<'EOF'\n"                                         \
	"route add 10.60.9.0/24 via inet6 2001:db8:2::2 dev p2\n" \
	"route add 2001:db8:60::/64 via fe80::2 dev p2\n"         \
	"EOF\n"
#define UNDO PATIENCE("5") "restore 2; clean"

const struct test_group groups_neigh[] = {
	GROUP("ipv4 neighbour", state4, .setup = PATIENCE("0") ROUTES, .undo = UNDO),
	GROUP("ipv6 neighbour", state6, .setup = PATIENCE("0") ROUTES, .undo = UNDO, .ip6 = true),
	GROUP("ipv4 young stale neighbour", young4, .setup = PATIENCE("1000") ALL("stale"),
	      .undo = UNDO),
	GROUP("ipv6 young stale neighbour", young6, .setup = PATIENCE("1000") ALL("stale"),
	      .undo = UNDO),
	GROUPS_END,
};
