/*
 * IPv4 routes: every type, longest match, metrics, TOS, tables, next hop objects and groups, next
 * hops of the other family, and changes of the table between two frames.
 */
#include "tests/diff/diff.h"

#define TO(n) "ip4 dst=" n " udp data n=20"

static const char types_setup[] = "ip -batch - <<'EOF'\n"
				  "route add blackhole 10.60.0.0/16\n"
				  "route add unreachable 10.61.0.0/16\n"
				  "route add prohibit 10.62.0.0/16\n"
				  "route add throw 10.63.0.0/16\n"
				  "route add local 10.64.0.0/24 dev lo\n"
				  "route add broadcast 10.64.1.0/24 dev p2\n"
				  "route add multicast 239.1.0.0/16 dev p2\n"
				  "route add anycast 10.64.2.0/24 dev p2\n"
				  "route add 10.65.0.0/16 dev p3\n"
				  "route add 10.66.0.0/16 via 10.77.7.7 dev p3 onlink\n"
				  "neigh add 10.77.7.7 lladdr 02:00:00:00:77:07 dev p3\n"
				  "neigh add 10.65.0.5 lladdr 02:00:00:00:77:05 dev p3\n"
				  "route add 10.60.5.0/24 via 10.0.3.2\n"
				  "route add blackhole 10.102.7.0/24\n"
				  "route add 10.102.7.7/32 via 10.0.4.2\n"
				  "route add 10.68.0.0/16 via inet6 fe80::3 dev p3\n"
				  "route add 10.69.0.0/16 via inet6 2001:db8:4::2\n"
				  "route add 10.70.0.0/16 encap ip id 5 dst 10.0.3.2 via 10.0.2.2\n"
				  "route add 10.71.0.0/16 via 10.0.2.2 src 10.0.3.1\n"
				  "route add 10.72.0.0/16 via 10.0.2.2 realm 5\n"
				  "route add 10.73.0.0/16 dev lo\n"
				  "route add default via 10.0.4.3\n"
				  "EOF\n"
				  "echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter";

static const struct test_case types[] = {
	FAST("default", TO("8.8.8.8")),
	SLOW("blackhole", TO("10.60.0.1")),
	FAST("within a blackhole, more specific", TO("10.60.5.1")),
	SLOW("unreachable", TO("10.61.0.1")),
	SLOW("unreachable, TCP", "ip4 dst=10.61.0.1 tcp flags=2"),
	SLOW("prohibit", TO("10.62.0.1")),
	SLOW("throw", TO("10.63.0.1")),
	SLOW("local", "ip4 dst=10.64.0.254 icmp data n=20"),
	SLOW("broadcast", TO("10.64.1.9")),
	SLOW("multicast", "ip4 dst=239.1.2.3 udp data n=20"),
	SAME("anycast", TO("10.64.2.9")),
	FAST("device only, a neighbour", TO("10.65.0.5")),
	SLOW("device only, no neighbour", TO("10.65.0.6")),
	FAST("onlink gateway", TO("10.66.0.1")),
	SLOW("blackhole within a prefix", TO("10.102.7.1")),
	FAST("host route within the blackhole", TO("10.102.7.7")),
	FAST("next to the blackhole", TO("10.102.8.1")),
	FAST("via an IPv6 link-local next hop", TO("10.68.0.1")),
	FAST("via an IPv6 global next hop", TO("10.69.0.1")),
	SLOW("with an encapsulation", TO("10.70.0.1")),
	FAST("with a preferred source", TO("10.71.0.1")),
	SAME("with a realm", TO("10.72.0.1")),
	SLOW("to the loopback device", TO("10.73.0.1")),
	SLOW("unreachable, TTL 1", "ip4 dst=10.61.0.1 ttl=1 udp data n=20"),
	SLOW("blackhole, TTL 1", "ip4 dst=10.60.0.1 ttl=1 udp data n=20"),
	SLOW("unreachable, from a spoofed source", "ip4 src=127.0.0.1 dst=10.61.0.1 udp data n=20"),
	SLOW("source in a blackhole", "ip4 src=10.60.0.1 udp data n=20"),
	SAME("source in an unreachable route", "ip4 src=10.61.0.1 udp data n=20"),
	SLOW("source in a broadcast route", "ip4 src=10.64.1.9 udp data n=20"),
	SLOW("source in a local route", "ip4 src=10.64.0.254 udp data n=20"),
	SAME("source in an anycast route", "ip4 src=10.64.2.9 udp data n=20"),
};

static const struct test_case changes[] = {
	SLOW("none yet", TO("10.80.1.1")),
	SHELL("ip route add 10.80.0.0/16 via 10.0.2.2"),
	FAST("added", TO("10.80.1.1")),
	SHELL("ip route add 10.80.1.0/24 via 10.0.3.2"),
	FAST("a more specific one", TO("10.80.1.1")),
	FAST("not within the more specific one", TO("10.80.2.1")),
	SHELL("ip route add blackhole 10.80.1.1/32"),
	SLOW("a blackhole for one host", TO("10.80.1.1")),
	FAST("the host next to it", TO("10.80.1.2")),
	SHELL("ip route del blackhole 10.80.1.1/32"),
	FAST("blackhole gone", TO("10.80.1.1")),
	SHELL("ip route replace 10.80.1.0/24 via 10.0.4.3"),
	FAST("replaced", TO("10.80.1.1")),
	SHELL("ip route add 10.80.1.0/24 via 10.0.2.3 metric 5"),
	FAST("a second with a higher metric", TO("10.80.1.1")),
	SHELL("ip route del 10.80.1.0/24 via 10.0.4.3"),
	FAST("the first gone", TO("10.80.1.1")),
	SHELL("ip route append 10.80.1.0/24 via 10.0.4.2 metric 5"),
	FAST("one appended", TO("10.80.1.1")),
	SHELL("ip route prepend 10.80.1.0/24 via 10.0.3.3 metric 5"),
	FAST("one prepended", TO("10.80.1.1")),
	SHELL("ip route flush 10.80.1.0/24"),
	FAST("all of the prefix gone, the shorter takes over", TO("10.80.1.1")),
	SHELL("ip route add default via 10.0.3.2; ip route del 10.80.0.0/16"),
	FAST("now the default", TO("10.80.1.1")),
	SHELL("ip route replace unreachable default"),
	SLOW("now unreachable", TO("10.80.1.1")),
	SHELL("ip route add 0.0.0.0/1 via 10.0.2.2; ip route add 128.0.0.0/1 via 10.0.3.2"),
	FAST("lower half", TO("10.80.1.1")),
	FAST("upper half", TO("200.1.1.1")),
	SHELL("ip route add throw 10.80.0.0/16"),
	SLOW("a throw", TO("10.80.1.1")),
	SHELL("ip addr add 10.81.0.1/24 dev p3; ip neigh add 10.81.0.5 lladdr 02:00:00:00:77:05 "
	      "dev p3"),
	FAST("a new connected network", TO("10.81.0.5")),
	SLOW("the new address", "ip4 dst=10.81.0.1 icmp data n=20"),
	SLOW("the new broadcast", TO("10.81.0.255")),
	SLOW("from the new address", "ip4 src=10.81.0.1 udp data n=20"),
	SHELL("ip addr del 10.81.0.1/24 dev p3"),
	SAME("the address gone", TO("10.81.0.5")),
	FAST("from what was the router's address", "ip4 src=10.81.0.1 udp data n=20"),
	SHELL("ip addr add 10.82.0.1/32 dev lo"),
	SLOW("a new loopback address", "ip4 dst=10.82.0.1 icmp data n=20"),
	SLOW("from it", "ip4 src=10.82.0.1 udp data n=20"),
};

static const char tos_setup[] = "ip -batch - <<'EOF'\n"
				"route add 10.85.0.0/16 via 10.0.2.2\n"
				"route add 10.85.0.0/16 tos 0x10 via 10.0.3.2\n"
				"route add 10.85.0.0/16 tos 0x08 via 10.0.4.2\n"
				"route add blackhole 10.85.0.0/16 tos 0x04\n"
				"route add 10.86.0.0/16 tos 0x10 via 10.0.3.2\n"
				"EOF\n";

static const struct test_case tos[] = {
	FAST("0", TO("10.85.0.1")),
	FAST("0x10", "ip4 dst=10.85.0.1 tos=0x10 udp data n=20"),
	FAST("0x08", "ip4 dst=10.85.0.1 tos=0x08 udp data n=20"),
	SLOW("0x04, blackhole", "ip4 dst=10.85.0.1 tos=0x04 udp data n=20"),
	FAST("0x18", "ip4 dst=10.85.0.1 tos=0x18 udp data n=20"),
	FAST("0xb8", "ip4 dst=10.85.0.1 tos=0xb8 udp data n=20"),
	FAST("0x11, with ECN", "ip4 dst=10.85.0.1 tos=0x11 udp data n=20"),
	FAST("0x13, with ECN", "ip4 dst=10.85.0.1 tos=0x13 udp data n=20"),
	FAST("0x30, with precedence", "ip4 dst=10.85.0.1 tos=0x30 udp data n=20"),
	FAST("0xff", "ip4 dst=10.85.0.1 tos=0xff udp data n=20"),
	SAME("0x24", "ip4 dst=10.85.0.1 tos=0x24 udp data n=20"),
	SLOW("only for TOS, without", TO("10.86.0.1")),
	FAST("only for TOS, with", "ip4 dst=10.86.0.1 tos=0x10 udp data n=20"),
};

static const char nexthop_setup[] = "ip -batch - <<'EOF'\n"
				    "nexthop add id 2 via 10.0.2.2 dev p2\n"
				    "nexthop add id 3 via 10.0.3.2 dev p3\n"
				    "nexthop add id 4 via 10.0.4.2 dev p4\n"
				    "nexthop add id 5 blackhole\n"
				    "nexthop add id 6 via fe80::3 dev p3\n"
				    "nexthop add id 7 dev p4\n"
				    "nexthop add id 10 group 2/3\n"
				    "nexthop add id 11 group 2\n"
				    "route add 10.87.0.0/16 nhid 2\n"
				    "route add 10.88.0.0/16 nhid 10\n"
				    "route add 10.89.0.0/16 nhid 5\n"
				    "route add 10.90.0.0/16 nhid 6\n"
				    "route add 10.91.0.0/16 nhid 11\n"
				    "route add 10.0.4.0/28 nhid 7\n"
				    "EOF\n";

static const struct test_case nexthops[] = {
	FAST("one", TO("10.87.0.1")),
	SLOW("blackhole", TO("10.89.0.1")),
	FAST("of IPv6", TO("10.90.0.1")),
	FAST("a group of one", TO("10.91.0.1")),
	FAST("a device", TO("10.0.4.3")),
	SAME("a group of two", TO("10.88.0.1")),
	SAME("a group of two, another destination", TO("10.88.0.2")),
	SAME("a group of two, a third", TO("10.88.0.3")),
	SHELL("ip nexthop replace id 2 via 10.0.4.3 dev p4"),
	FAST("replaced", TO("10.87.0.1")),
	FAST("a group of one, replaced", TO("10.91.0.1")),
	SAME("a group of two, replaced", TO("10.88.0.1")),
	SHELL("ip nexthop replace id 10 group 3/4"),
	SAME("the group replaced", TO("10.88.0.1")),
	SAME("the group replaced, another destination", TO("10.88.0.2")),
	SHELL("ip nexthop del id 3"),
	SAME("one of the group deleted", TO("10.88.0.1")),
	SAME("one of the group deleted, another destination", TO("10.88.0.2")),
	SHELL("ip nexthop del id 2"),
	SLOW("deleted", TO("10.87.0.1")),
	SHELL("ip nexthop del id 6"),
	SLOW("of IPv6, deleted", TO("10.90.0.1")),
};

const struct test_group groups_route4[] = {
	GROUP("IPv4 route types", types, .setup = types_setup),
	GROUP("IPv4 route changes", changes),
	GROUP("IPv4 TOS routes", tos, .setup = tos_setup),
	GROUP("IPv4 next hop objects", nexthops, .setup = nexthop_setup),
	GROUPS_END,
};
