/*
 * The state of the next hop's neighbour entry. A stale one must see a packet of Linux's own; since
 * nothing that a test run passes gets there, it stays stale.
 */
#include "tests/prog/prog.h"

/* A neighbour is looked at once a jiffy. */
#define NEIGH(state, a) \
	"ip neigh replace " a " lladdr 02:00:00:00:02:02 dev p2 nud " state "\nsleep .02\n"
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

#define ROUTES                                                    \
	"batch <<'EOF'\n"                                         \
	"route add 10.60.9.0/24 via inet6 2001:db8:2::2 dev p2\n" \
	"route add 2001:db8:60::/64 via fe80::2 dev p2\n"         \
	"EOF\n"
#define UNDO "restore 2; clean"

const struct test_group groups_neigh[] = {
	GROUP("ipv4 neighbour", state4, .setup = ROUTES, .undo = UNDO),
	GROUP("ipv6 neighbour", state6, .setup = ROUTES, .undo = UNDO, .ip6 = true),
	GROUPS_END,
};
