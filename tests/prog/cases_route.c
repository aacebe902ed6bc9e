/* What the FIB answers: route types, next hops, neighbours, MTUs. */
#include "tests/prog/prog.h"

static const char types4[] = "batch <<'EOF'\n"
			     "route add blackhole 10.60.0.0/24\n"
			     "route add unreachable 10.60.1.0/24\n"
			     "route add prohibit 10.60.2.0/24\n"
			     "route add throw 10.60.3.0/24\n"
			     "route add broadcast 10.60.5.0/24 dev p2\n"
			     "route add 10.60.6.0/24 encap ip id 5 dst 10.0.2.2 dev p2\n"
			     "route add 10.60.7.0/24 dev p2\n"
			     "route add 10.60.8.0/24 via 10.0.2.77\n"
			     "route add 10.60.9.0/24 via inet6 2001:db8:2::3 dev p2\n"
			     "route add 10.60.10.0/24 via inet6 fe80::4 dev p3\n"
			     "route add 10.60.11.0/24 via 10.99.0.3 dev p2 onlink\n"
			     "neigh add 10.99.0.3 lladdr 02:00:00:00:03:02 dev p2\n"
			     "route add 10.60.12.0/24 via inet6 2001:db8:2::77 dev p2\n"
			     "route add 10.60.13.0/24 via 10.0.2.2\n"
			     "route add 10.60.13.128/25 via 10.0.3.3\n"
			     "route add 10.60.13.192/32 via 10.0.2.4\n"
			     "route add 10.60.14.0/24 via 10.0.2.2 metric 5\n"
			     "route add 10.60.14.0/24 via 10.0.3.2 metric 4\n"
			     "route add 10.60.15.0/24 via 10.0.3.2 tos 0x10\n"
			     "route add 10.60.15.0/24 via 10.0.2.2\n"
			     "route add 10.60.16.0/24 via 10.0.4.2\n"
			     "route add 10.60.17.0/24 via 10.0.2.2 src 10.0.3.1\n"
			     "nexthop add id 61 via 10.0.3.3 dev p3\n"
			     "nexthop add id 62 blackhole\n"
			     "nexthop add id 63 via 2001:db8:2::4 dev p2\n"
			     "route add 10.60.18.0/24 nhid 61\n"
			     "route add 10.60.19.0/24 nhid 62\n"
			     "route add 10.60.20.0/24 nhid 63\n"
			     "EOF\n";
static const struct test_case route4[] = {
	PASS(BLACKHOLE, "blackhole", "ip4 dst=10.60.0.1 udp"),
	PASS(UNREACHABLE, "unreachable", "ip4 dst=10.60.1.1 udp"),
	PASS(PROHIBIT, "prohibit", "ip4 dst=10.60.2.1 udp"),
	PASS(NO_ROUTE, "throw", "ip4 dst=10.60.3.1 udp"),
	PASS(NO_ROUTE, "broadcast", "ip4 dst=10.60.5.1 udp"),
	PASS(NO_ROUTE, "none", "ip4 dst=198.51.100.1 udp"),
	PASS(ENCAP, "IP tunnel encapsulation", "ip4 dst=10.60.6.1 udp"),
	PASS(NEIGHBOUR, "on link, neighbour unknown", "ip4 dst=10.60.7.1 udp"),
	PASS(NEIGHBOUR, "connected, neighbour unknown", "ip4 dst=10.0.2.77 udp"),
	PASS(NEIGHBOUR, "gateway unknown", "ip4 dst=10.60.8.1 udp"),
	FWD("via an IPv6 next hop", "ip4 dst=10.60.9.1 udp", .via = "2001:db8:2::3"),
	FWD("via a link-local next hop", "ip4 dst=10.60.10.1 udp", .via = "fe80::4", .out = 3),
	FWD("gateway on link", "ip4 dst=10.60.11.1 udp", .via = "10.99.0.3"),
	PASS(NEIGHBOUR, "via an IPv6 next hop unknown", "ip4 dst=10.60.12.1 udp"),
	FWD("longest match, /24", "ip4 dst=10.60.13.1 udp"),
	FWD("longest match, /25", "ip4 dst=10.60.13.128 udp", .via = "10.0.3.3", .out = 3),
	FWD("longest match, /32", "ip4 dst=10.60.13.192 udp", .via = "10.0.2.4"),
	FWD("the smaller metric", "ip4 dst=10.60.14.1 udp", .via = "10.0.3.2", .out = 3),
	FWD("TOS matches", "ip4 dst=10.60.15.1 tos=16 udp", .via = "10.0.3.2", .out = 3),
	FWD("TOS does not match", "ip4 dst=10.60.15.1 tos=8 udp"),
	PASS(NOT_PORT, "out of a device that is no port", "ip4 dst=10.60.16.1 udp"),
	PASS(NOT_PORT, "neighbour on a device that is no port", "ip4 dst=10.0.4.2 udp"),
	FWD("preferred source", "ip4 dst=10.60.17.1 udp"),
	FWD("nexthop object", "ip4 dst=10.60.18.1 udp", .via = "10.0.3.3", .out = 3),
	PASS(BLACKHOLE, "nexthop object, blackhole", "ip4 dst=10.60.19.1 udp"),
	FWD("nexthop object of IPv6", "ip4 dst=10.60.20.1 udp", .via = "2001:db8:2::4"),
	SET(NEIGHBOUR, "neighbour goes", "ip neigh del 10.0.2.2 dev p2", "restore 2"),
	SET(NEIGHBOUR, "neighbour fails", "ip neigh replace 10.0.2.2 nud failed dev p2",
	    "restore 2"),
	SET(UNREACHABLE, "route changes", "ip route add unreachable 10.0.2.2",
	    "ip route del unreachable 10.0.2.2"),
};

static const char types6[] =
	"batch -6 <<'EOF'\n"
	"route add blackhole 2001:db8:60::/64\n"
	"route add unreachable 2001:db8:60:1::/64\n"
	"route add prohibit 2001:db8:60:2::/64\n"
	"route add throw 2001:db8:60:3::/64\n"
	"route add local 2001:db8:60:4::/64 dev lo\n"
	"route add 2001:db8:60:6::/64 encap ip6 id 5 dst 2001:db8:2::2 dev p2\n"
	"route add 2001:db8:60:7::/64 dev p2\n"
	"route add 2001:db8:60:8::/64 via 2001:db8:2::77 dev p2\n"
	"route add 2001:db8:60:9::/64 via fe80::3 dev p2\n"
	"route add 2001:db8:60:13::/64 via 2001:db8:2::2\n"
	"route add 2001:db8:60:13::8/128 via 2001:db8:3::4\n"
	"route add 2001:db8:60:16::/64 via 2001:db8:4::2\n"
	"nexthop add id 61 via 2001:db8:3::3 dev p3\n"
	"nexthop add id 62 blackhole\n"
	"route add 2001:db8:60:18::/64 nhid 61\n"
	"route add 2001:db8:60:19::/64 nhid 62\n"
	"EOF\n";

static const struct test_case route6[] = {
	PASS(BLACKHOLE, "blackhole", "ip6 dst=2001:db8:60::1 udp"),
	PASS(UNREACHABLE, "unreachable", "ip6 dst=2001:db8:60:1::1 udp"),
	PASS(PROHIBIT, "prohibit", "ip6 dst=2001:db8:60:2::1 udp"),
	PASS(NO_ROUTE, "throw", "ip6 dst=2001:db8:60:3::1 udp"),
	PASS(LOCAL, "local", "ip6 dst=2001:db8:60:4::1 udp"),
	PASS(NO_ROUTE, "none", "ip6 dst=2001:db9::1 udp"),
	PASS(ENCAP, "IPv6 tunnel encapsulation", "ip6 dst=2001:db8:60:6::1 udp"),
	PASS(NEIGHBOUR, "on link, neighbour unknown", "ip6 dst=2001:db8:60:7::1 udp"),
	PASS(NEIGHBOUR, "connected, neighbour unknown", "ip6 dst=2001:db8:2::77 udp"),
	PASS(NEIGHBOUR, "gateway unknown", "ip6 dst=2001:db8:60:8::1 udp"),
	FWD("via a link-local next hop", "ip6 dst=2001:db8:60:9::1 udp", .via = "fe80::3"),
	FWD("longest match, /64", "ip6 dst=2001:db8:60:13::1 udp"),
	FWD("longest match, /128", "ip6 dst=2001:db8:60:13::8 udp", .via = "2001:db8:3::4",
	    .out = 3),
	PASS(NOT_PORT, "out of a device that is no port", "ip6 dst=2001:db8:60:16::1 udp"),
	FWD("nexthop object", "ip6 dst=2001:db8:60:18::1 udp", .via = "2001:db8:3::3", .out = 3),
	PASS(BLACKHOLE, "nexthop object, blackhole", "ip6 dst=2001:db8:60:19::1 udp"),
	SET(NEIGHBOUR, "neighbour goes", "ip neigh del 2001:db8:2::2 dev p2", "restore 2"),
	SET(PROHIBIT, "route changes", "ip route add prohibit 2001:db8:2::2",
	    "ip route del prohibit 2001:db8:2::2"),
};

const struct test_group groups_route[] = {
	GROUP("ipv4 route", route4, .setup = types4, .undo = "clean"),
	GROUP("ipv6 route", route6, .setup = types6, .undo = "clean", .ip6 = true),
	GROUPS_END,
};

static const char mtus[] = "ip link set p3 mtu 1400\nbatch <<'EOF'\n"
			   "route add 10.60.0.0/24 via 10.0.2.2 mtu 1300\n"
			   "route add 10.60.1.0/24 via 10.0.2.2 mtu lock 1300\n"
			   "route add 10.60.2.0/24 via 10.0.2.2 mtu 9000\n"
			   "route add 10.60.3.0/24 via 10.0.2.2 advmss 500\n"
			   "route add 10.60.4.0/24 via inet6 2001:db8:2::2 dev p2 mtu 1300\n"
			   "nexthop add id 71 via 10.0.2.2 dev p2\n"
			   "route add 10.60.5.0/24 nhid 71 mtu 1300\n"
			   "route add 10.60.6.0/24 nhid 71\n"
			   "nexthop add id 72 via 10.0.2.3 dev p2\n"
			   "nexthop add id 73 group 72\n"
			   "route add 10.60.7.0/24 nhid 73 mtu 1300\n"
			   "route add 10.60.8.0/24 nhid 72\n"
			   "nexthop add id 74 via 10.0.2.4 dev p2\n"
			   "nexthop add id 76 via 10.0.2.4 dev p2\n"
			   "route add 2001:db8:60::/64 via 2001:db8:2::2 mtu 1300\n"
			   "route add 2001:db8:60:1::/64 via 2001:db8:2::2 mtu lock 1300\n"
			   "route add 2001:db8:60:2::/64 via 2001:db8:2::2 mtu 9000\n"
			   "nexthop add id 75 via 2001:db8:2::3 dev p2\n"
			   "route add 2001:db8:60:5::/64 nhid 75 mtu 1300\n"
			   "route add 2001:db8:60:6::/64 nhid 75\n"
			   "EOF\n"
			   "for i in 1 2 3 4 5 6 7 8 9; do echo nexthop add id 8$i group 74\n"
			   "echo route add 10.60.1$i.0/24 nhid 76 mtu 900$i; done | batch\n"
			   "echo route add 10.60.9.0/24 nhid 74 | batch\n";
#define SIZE(ip, dst, n) ip " dst=" dst " udp data n=" #n

static const struct test_case mtu[] = {
	FWD("device 1500", SIZE("ip4", "10.0.2.2", 1472)),
	PASS(MTU, "device 1500 and one", SIZE("ip4", "10.0.2.2", 1473)),
	PASS(MTU, "device 1500 and one, DF", SIZE("ip4 df=1", "10.0.2.2", 1473)),
	FWD("device 1500, padded beyond", SIZE("ip4", "10.0.2.2", 1472) " pad n=40"),
	FWD("device 1400", SIZE("ip4", "10.0.3.2", 1372), .out = 3, .via = "10.0.3.2"),
	PASS(MTU, "device 1400 and one", SIZE("ip4", "10.0.3.2", 1373)),
	PASS(MTU, "device 1400 and one, a fragment", "ip4 dst=10.0.3.2 mf=1 data n=1381"),
	FWD("route 1300", SIZE("ip4", "10.60.0.1", 1272)),
	PASS(MTU, "route 1300 and one", SIZE("ip4", "10.60.0.1", 1273)),
	PASS(MTU, "route 1300 and one, DF", SIZE("ip4 df=1", "10.60.0.1", 1273)),
	FWD("route 1300 locked", SIZE("ip4", "10.60.1.1", 1272)),
	PASS(MTU, "route 1300 locked and one", SIZE("ip4", "10.60.1.1", 1273)),
	FWD("route 9000, device 1500", SIZE("ip4", "10.60.2.1", 1472)),
	PASS(MTU, "route 9000, device 1500 and one", SIZE("ip4", "10.60.2.1", 1473)),
	FWD("route with another metric", SIZE("ip4", "10.60.3.1", 1472)),
	FWD("IPv6 next hop, route 1300", SIZE("ip4", "10.60.4.1", 1272), .via = "2001:db8:2::2"),
	PASS(MTU, "IPv6 next hop, route 1300 and one", SIZE("ip4", "10.60.4.1", 1273)),
	FWD("nexthop object, route 1300", SIZE("ip4", "10.60.5.1", 1272)),
	PASS(MTU, "nexthop object, route 1300 and one", SIZE("ip4", "10.60.5.1", 1273)),
	/* Linux forwards these two: which of its routes a nexthop object was found by cannot be
	   seen. */
	PASS(MTU, "nexthop object, its other route and one", SIZE("ip4", "10.60.6.1", 1273)),
	PASS(MTU, "nexthop object, a group's route and one", SIZE("ip4", "10.60.8.1", 1273)),
	FWD("nexthop group, route 1300", SIZE("ip4", "10.60.7.1", 1272), .via = "10.0.2.3"),
	PASS(MTU, "nexthop group, route 1300 and one", SIZE("ip4", "10.60.7.1", 1273)),
	PASS(LOOKUP, "nexthop object in nine groups", "ip4 dst=10.60.9.1 udp"),
	PASS(MTU, "nexthop object of nine routes", "ip4 dst=10.60.11.1 udp"),
	FWD("IPv6, device 1500", SIZE("ip6", "2001:db8:2::2", 1452)),
	PASS(MTU, "IPv6, device 1500 and one", SIZE("ip6", "2001:db8:2::2", 1453)),
	FWD("IPv6, device 1400", SIZE("ip6", "2001:db8:3::2", 1352), .out = 3,
	    .via = "2001:db8:3::2"),
	PASS(MTU, "IPv6, device 1400 and one", SIZE("ip6", "2001:db8:3::2", 1353)),
	FWD("IPv6, route 1300", SIZE("ip6", "2001:db8:60::1", 1252)),
	PASS(MTU, "IPv6, route 1300 and one", SIZE("ip6", "2001:db8:60::1", 1253)),
	FWD("IPv6, route 1300 locked", SIZE("ip6", "2001:db8:60:1::1", 1252)),
	PASS(MTU, "IPv6, route 1300 locked and one", SIZE("ip6", "2001:db8:60:1::1", 1253)),
	FWD("IPv6, route 9000, device 1500", SIZE("ip6", "2001:db8:60:2::1", 1452)),
	PASS(MTU, "IPv6, route 9000, device 1500 and one", SIZE("ip6", "2001:db8:60:2::1", 1453)),
	FWD("IPv6, nexthop object, route 1300", SIZE("ip6", "2001:db8:60:5::1", 1252),
	    .via = "2001:db8:2::3"),
	PASS(MTU, "IPv6, nexthop object, route 1300 and one",
	     SIZE("ip6", "2001:db8:60:5::1", 1253)),
	FWD("IPv6, nexthop object, its other route", SIZE("ip6", "2001:db8:60:6::1", 1452),
	    .via = "2001:db8:2::3"),
	SET(MTU, "device lowered", "ip link set p2 mtu 1300", "ip link set p2 mtu 1500",
	    .frame = SIZE("ip4", "10.0.2.2", 1273)),
	SET(FORWARDED, "device lowered to the length", "ip link set p2 mtu 1300",
	    "ip link set p2 mtu 1500", .frame = SIZE("ip4", "10.0.2.2", 1272)),
	SET(MTU, "IPv6 MTU of the device lowered", "w 1300 ipv6/conf/p2/mtu",
	    "w 1500 ipv6/conf/p2/mtu", .frame = SIZE("ip6", "2001:db8:2::2", 1253)),
	SET(MTU, "route gets an MTU", "ip route replace 10.60.3.0/24 via 10.0.2.2 mtu 600",
	    "ip route replace 10.60.3.0/24 via 10.0.2.2 advmss 500",
	    .frame = SIZE("ip4", "10.60.3.1", 573)),
};

const struct test_group groups_mtu[] = {
	GROUP("mtu", mtu, .setup = mtus, .undo = "clean; ip link set p3 mtu 1500"),
	GROUPS_END,
};
