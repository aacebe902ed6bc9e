/*
 * IPv6 routes: every type, longest match, metrics, source-specific routes, next hop objects, and
 * changes of the table between two frames.
 */
#include "tests/diff/diff.h"

/* An IPv6 address gets its local route a moment after the command has returned. */
#define SETTLE "sleep 0.1"
#define TO(n)  "ip6 dst=" n " udp data n=20"

static const char types_setup[] =
	"ip -6 -batch - <<'EOF'\n"
	"route add blackhole 2001:db8:60::/48\n"
	"route add unreachable 2001:db8:61::/48\n"
	"route add prohibit 2001:db8:62::/48\n"
	"route add throw 2001:db8:63::/48\n"
	"route add local 2001:db8:64::/64 dev lo\n"
	"route add anycast 2001:db8:64:2::/64 dev p2\n"
	"route add multicast ff0e::/16 dev p2 table main\n"
	"route add 2001:db8:65::/48 dev p3\n"
	"neigh add 2001:db8:65::5 lladdr 02:00:00:00:77:05 dev p3\n"
	"route add 2001:db8:66::/48 via 2001:db8:7777::7 dev p3 onlink\n"
	"neigh add 2001:db8:7777::7 lladdr 02:00:00:00:77:07 dev p3\n"
	"route add 2001:db8:60:5::/64 via 2001:db8:3::2\n"
	"route add blackhole 2001:db8:102:7::/64\n"
	"route add 2001:db8:102:7::7/128 via 2001:db8:4::2\n"
	"route add 2001:db8:68::/48 via fe80::3 dev p3\n"
	"route add 2001:db8:70::/48 encap seg6 mode encap segs 2001:db8:102::1 dev p2\n"
	"route add 2001:db8:71::/48 encap seg6 mode inline segs 2001:db8:102::1 dev p2\n"
	"route add 2001:db8:73::/48 via 2001:db8:2::2 src 2001:db8:3::1\n"
	"route add 2001:db8:74::/48 dev lo\n"
	"route add 2001:db8:75::/48 from 2001:db8:1::/64 via 2001:db8:3::2\n"
	"route add 2001:db8:75::/48 via 2001:db8:2::2\n"
	"route add default via fe80::4 dev p4\n"
	"EOF\n";

static const struct test_case types[] = {
	FAST("default", TO("2a00::8")),
	SLOW("blackhole", TO("2001:db8:60::1")),
	FAST("within a blackhole, more specific", TO("2001:db8:60:5::1")),
	SLOW("unreachable", TO("2001:db8:61::1")),
	SLOW("unreachable, TCP", "ip6 dst=2001:db8:61::1 tcp flags=2"),
	SLOW("prohibit", TO("2001:db8:62::1")),
	SLOW("throw", TO("2001:db8:63::1")),
	SLOW("local", "ip6 dst=2001:db8:64::9 icmp6 data n=20"),
	SAME("anycast", TO("2001:db8:64:2::9")),
	SLOW("multicast", "ip6 dst=ff0e::5 udp data n=20"),
	FAST("device only, a neighbour", TO("2001:db8:65::5")),
	SLOW("device only, no neighbour", TO("2001:db8:65::6")),
	FAST("onlink gateway", TO("2001:db8:66::1")),
	SLOW("blackhole within a prefix", TO("2001:db8:102:7::1")),
	FAST("host route within the blackhole", TO("2001:db8:102:7::7")),
	FAST("next to the blackhole", TO("2001:db8:102:8::1")),
	FAST("via a link-local next hop", TO("2001:db8:68::1")),
	SLOW("segment routing, encapsulated", TO("2001:db8:70::1")),
	SLOW("segment routing, inline", TO("2001:db8:71::1")),
	FAST("with a preferred source", TO("2001:db8:73::1")),
	SLOW("to the loopback device", TO("2001:db8:74::1")),
	SAME("source-specific", TO("2001:db8:75::1")),
	SAME("source-specific, other source",
	     "ip6 src=2001:db8:101::1 dst=2001:db8:75::1 udp data n=20"),
	SLOW("unreachable, hop limit 1", "ip6 dst=2001:db8:61::1 hop=1 udp data n=20"),
	SLOW("blackhole, hop limit 1", "ip6 dst=2001:db8:60::1 hop=1 udp data n=20"),
	SAME("source in a blackhole", "ip6 src=2001:db8:60::1 udp data n=20"),
	SAME("source in an unreachable route", "ip6 src=2001:db8:61::1 udp data n=20"),
	SAME("source in a local route", "ip6 src=2001:db8:64::9 udp data n=20"),
};

static const struct test_case changes[] = {
	SLOW("none yet", TO("2001:db8:80:1::1")),
	SHELL("ip route add 2001:db8:80::/48 via 2001:db8:2::2"),
	FAST("added", TO("2001:db8:80:1::1")),
	SHELL("ip route add 2001:db8:80:1::/64 via 2001:db8:3::2"),
	FAST("a more specific one", TO("2001:db8:80:1::1")),
	FAST("not within the more specific one", TO("2001:db8:80:2::1")),
	SHELL("ip route add blackhole 2001:db8:80:1::1"),
	SLOW("a blackhole for one host", TO("2001:db8:80:1::1")),
	FAST("the host next to it", TO("2001:db8:80:1::2")),
	SHELL("ip route del blackhole 2001:db8:80:1::1"),
	FAST("blackhole gone", TO("2001:db8:80:1::1")),
	SHELL("ip route replace 2001:db8:80:1::/64 via 2001:db8:4::3"),
	FAST("replaced", TO("2001:db8:80:1::1")),
	SHELL("ip route add 2001:db8:80:1::/64 via 2001:db8:2::3 metric 2000"),
	FAST("a second with a higher metric", TO("2001:db8:80:1::1")),
	SHELL("ip route del 2001:db8:80:1::/64 via 2001:db8:4::3"),
	FAST("the first gone", TO("2001:db8:80:1::1")),
	SHELL("ip -6 route flush 2001:db8:80:1::/64"),
	FAST("all of the prefix gone, the shorter takes over", TO("2001:db8:80:1::1")),
	SHELL("ip route add default via 2001:db8:3::2; ip route del 2001:db8:80::/48"),
	FAST("now the default", TO("2001:db8:80:1::1")),
	SHELL("ip -6 route del default; ip route add unreachable 2001:db8:80::/48"),
	SLOW("now unreachable", TO("2001:db8:80:1::1")),
	SHELL("ip addr add 2001:db8:81::1/64 dev p3 nodad;"
	      "ip neigh add 2001:db8:81::5 lladdr 02:00:00:00:77:05 dev p3;" SETTLE),
	FAST("a new connected network", TO("2001:db8:81::5")),
	SLOW("the new address", "ip6 dst=2001:db8:81::1 icmp6 data n=20"),
	SLOW("the new subnet-router anycast", "ip6 dst=2001:db8:81:: icmp6 data n=20"),
	SAME("from the new address", "ip6 src=2001:db8:81::1 udp data n=20"),
	SHELL("ip addr del 2001:db8:81::1/64 dev p3"),
	SAME("the address gone", TO("2001:db8:81::5")),
	SHELL("ip addr add 2001:db8:82::1/128 dev lo;" SETTLE),
	SLOW("a new loopback address", "ip6 dst=2001:db8:82::1 icmp6 data n=20"),
};

static const char nexthop_setup[] = "ip -6 nexthop add id 5 blackhole; ip -batch - <<'EOF'\n"
				    "nexthop add id 2 via 2001:db8:2::2 dev p2\n"
				    "nexthop add id 3 via 2001:db8:3::2 dev p3\n"
				    "nexthop add id 4 via 2001:db8:4::2 dev p4\n"
				    "nexthop add id 6 via fe80::3 dev p3\n"
				    "nexthop add id 10 group 2/3\n"
				    "nexthop add id 11 group 2\n"
				    "route add 2001:db8:87::/48 nhid 2\n"
				    "route add 2001:db8:88::/48 nhid 10\n"
				    "route add 2001:db8:89::/48 nhid 5\n"
				    "route add 2001:db8:90::/48 nhid 6\n"
				    "route add 2001:db8:91::/48 nhid 11\n"
				    "EOF\n";

static const struct test_case nexthops[] = {
	FAST("one", TO("2001:db8:87::1")),
	SLOW("blackhole", TO("2001:db8:89::1")),
	FAST("link-local", TO("2001:db8:90::1")),
	FAST("a group of one", TO("2001:db8:91::1")),
	SAME("a group of two", TO("2001:db8:88::1")),
	SAME("a group of two, another destination", TO("2001:db8:88::2")),
	SAME("a group of two, a third", TO("2001:db8:88::3")),
	SHELL("ip nexthop replace id 2 via 2001:db8:4::3 dev p4"),
	FAST("replaced", TO("2001:db8:87::1")),
	FAST("a group of one, replaced", TO("2001:db8:91::1")),
	SAME("a group of two, replaced", TO("2001:db8:88::1")),
	SHELL("ip nexthop replace id 10 group 3/4"),
	SAME("the group replaced", TO("2001:db8:88::1")),
	SHELL("ip nexthop del id 3"),
	SAME("one of the group deleted", TO("2001:db8:88::1")),
	SAME("one of the group deleted, another destination", TO("2001:db8:88::2")),
	SHELL("ip nexthop del id 2"),
	SLOW("deleted", TO("2001:db8:87::1")),
};

const struct test_group groups_route6[] = {
	GROUP("IPv6 route types", types, .setup = types_setup),
	GROUP("IPv6 route changes", changes),
	GROUP("IPv6 next hop objects", nexthops, .setup = nexthop_setup),
	GROUPS_END,
};
