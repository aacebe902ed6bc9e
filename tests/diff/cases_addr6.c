/*
 * IPv6, the addresses: sources and destinations that are special, the router's own, neighbours not
 * yet known, and neighbour discovery with the router itself.
 */
#include "tests/diff/diff.h"

static const struct test_case sources[] = {
	FAST("a neighbour", "ip6 udp data n=20"),
	FAST("behind a neighbour", "ip6 src=2001:db8:101::9 udp data n=20"),
	FAST("no route to it", "ip6 src=2a00::5 udp data n=20"),
	FAST("of another port's network", "ip6 src=2001:db8:3::2 udp data n=20"),
	SLOW("unspecified", "ip6 src=:: udp data n=20"),
	SLOW("loopback", "ip6 src=::1 udp data n=20"),
	SLOW("link-local", "ip6 src=fe80::2 udp data n=20"),
	SLOW("link-local, not fe80::/64", "ip6 src=febf::2 udp data n=20"),
	SLOW("all nodes", "ip6 src=ff02::1 udp data n=20"),
	SLOW("global multicast", "ip6 src=ff0e::1 udp data n=20"),
	SLOW("interface-local multicast", "ip6 src=ff01::1 udp data n=20"),
	SAME("IPv4-mapped", "ip6 src=::ffff:10.0.1.2 udp data n=20"),
	SAME("IPv4-mapped loopback", "ip6 src=::ffff:127.0.0.1 udp data n=20"),
	SAME("IPv4-compatible", "ip6 src=::10.0.1.2 udp data n=20"),
	FAST("site-local", "ip6 src=fec0::2 udp data n=20"),
	FAST("unique local", "ip6 src=fd00::2 udp data n=20"),
	FAST("6to4", "ip6 src=2002:a00:102::1 udp data n=20"),
	FAST("Teredo", "ip6 src=2001::1 udp data n=20"),
	SAME("the router, ingress port", "ip6 src=2001:db8:1::1 udp data n=20"),
	SAME("the router, egress port", "ip6 src=2001:db8:2::1 udp data n=20"),
	SAME("the router, loopback device", "ip6 src=2001:db8:ff::1 udp data n=20"),
	SAME("the subnet-router anycast address", "ip6 src=2001:db8:1:: udp data n=20"),
	FAST("the destination itself", "ip6 src=2001:db8:2::2 dst=2001:db8:2::2 udp data n=20"),
	SLOW("link-local, hop limit 1", "ip6 src=fe80::2 hop=1 udp data n=20"),
	SLOW("unspecified, hop limit 1", "ip6 src=:: hop=1 udp data n=20"),
	SLOW("link-local, TCP", "ip6 src=fe80::2 tcp flags=2"),
	SLOW("link-local, to no route", "ip6 src=fe80::2 dst=2001:db8:9999::1 udp data n=20"),
};

static const struct test_case destinations[] = {
	FAST("a neighbour", "ip6 dst=2001:db8:2::2 udp data n=20"),
	FAST("a second neighbour", "ip6 dst=2001:db8:2::3 udp data n=20"),
	FAST("behind a neighbour", "ip6 dst=2001:db8:102::1 udp data n=20"),
	FAST("behind a neighbour, first address", "ip6 dst=2001:db8:102:: udp data n=20"),
	FAST("behind a neighbour, last address",
	     "ip6 dst=2001:db8:102:ffff:ffff:ffff:ffff:ffff udp data n=20"),
	SLOW("the router, ingress port", "ip6 dst=2001:db8:1::1 icmp6 data n=20"),
	SLOW("the router, another port", "ip6 dst=2001:db8:2::1 icmp6 data n=20"),
	SLOW("the router, loopback device", "ip6 dst=2001:db8:ff::1 icmp6 data n=20"),
	SLOW("the router, link-local", "ip6 dst=fe80::ff:fe00:101 icmp6 data n=20"),
	SLOW("the router, link-local of another port", "ip6 dst=fe80::ff:fe00:102 icmp6 data n=20"),
	SLOW("the router, closed UDP port", "ip6 dst=2001:db8:1::1 udp data n=20"),
	SLOW("the router, closed TCP port", "ip6 dst=2001:db8:1::1 tcp flags=2"),
	SLOW("subnet-router anycast", "ip6 dst=2001:db8:2:: icmp6 data n=20"),
	SLOW("loopback", "ip6 dst=::1 udp data n=20"),
	SLOW("unspecified", "ip6 dst=:: udp data n=20"),
	SLOW("link-local of a neighbour", "ip6 dst=fe80::2 udp data n=20"),
	SLOW("link-local, nobody's", "ip6 dst=fe80::99 udp data n=20"),
	SLOW("all nodes", "eth dst=n ip6 dst=ff02::1 udp data n=20"),
	SLOW("all nodes, echo", "eth dst=n ip6 dst=ff02::1 icmp6 data n=20"),
	SLOW("all routers", "ip6 dst=ff02::2 udp data n=20"),
	SLOW("global multicast", "eth dst=33:33:00:00:00:09 ip6 dst=ff0e::9 udp data n=20"),
	SLOW("global multicast, unicast MAC", "ip6 dst=ff0e::9 udp data n=20"),
	SLOW("multicast scope 0", "ip6 dst=ff00::1 udp data n=20"),
	SLOW("multicast interface-local", "ip6 dst=ff01::1 udp data n=20"),
	SLOW("IPv4-mapped", "ip6 dst=::ffff:10.0.2.2 udp data n=20"),
	SLOW("IPv4-mapped loopback", "ip6 dst=::ffff:127.0.0.1 udp data n=20"),
	SLOW("no route", "ip6 dst=2001:db8:9999::1 udp data n=20"),
	SLOW("no route, TCP", "ip6 dst=2001:db8:9999::1 tcp flags=2"),
	SLOW("no route, an ICMPv6 error", "ip6 dst=2001:db8:9999::1 icmp6 type=1 ip6 "
					  "src=2001:db8:9999::1 dst=2001:db8:1::2 udp"),
	SLOW("no route, to a multicast MAC", "eth dst=n ip6 dst=2001:db8:9999::1 udp data n=20"),
	SLOW("site-local, no route", "ip6 dst=fec0::1 udp data n=20"),
	SLOW("neighbour solicitation for the router",
	     "eth dst=33:33:ff:00:00:01 ip6 hop=255 dst=ff02::1:ff00:1 icmp6 type=135 rest=0"
	     " data hex=20010db80001000000000000000000010101020000000201"),
	SLOW("neighbour advertisement",
	     "ip6 hop=255 dst=2001:db8:1::1 icmp6 type=136 rest=0x60000000"
	     " data hex=20010db80001000000000000000000020201020000000201"),
	SLOW("neighbour solicitation with hop limit 254",
	     "ip6 hop=254 dst=2001:db8:1::1 icmp6 type=135 rest=0"
	     " data hex=20010db80001000000000000000000010101020000000201"),
	SLOW("router solicitation", "eth dst=n ip6 hop=255 dst=ff02::2 icmp6 type=133 rest=0"),
	SLOW("MLD query", "eth dst=n ip6 src=fe80::2 hop=1 dst=ff02::1 hbh opts=05020000"
			  " icmp6 type=130 rest=0x00010000 data n=20"),
};

#define NA(mac)                                                                            \
	"ip6 hop=255 src=2001:db8:2::77 dst=2001:db8:2::1 icmp6 type=136 rest=0x60000000 " \
	"data hex=20010db80002000000000000000000770201" mac

static const struct test_case unknown[] = {
	SLOW("connected, no neighbour", "ip6 dst=2001:db8:2::77 udp data n=20"),
	SLOW("connected, no neighbour, again", "ip6 dst=2001:db8:2::77 udp data n=21"),
	SLOW("behind an unknown neighbour", "ip6 dst=2001:db8:99::1 udp data n=20"),
	SAME_AT(2, "the neighbour answers", NA("020000007701")),
	FAST("then known", "ip6 dst=2001:db8:2::77 udp data n=22"),
	SAME_AT(2, "it has a new MAC address", NA("020000007702")),
	FAST("sent to the new one", "ip6 dst=2001:db8:2::77 udp data n=23"),
	SHELL("ip neigh replace 2001:db8:2::77 lladdr 02:00:00:00:77:09 dev p2 nud permanent"),
	FAST("a neighbour replaced by hand", "ip6 dst=2001:db8:2::77 udp data n=24"),
	SHELL("ip neigh change 2001:db8:2::77 lladdr 02:00:00:00:77:09 dev p2 nud stale; sleep "
	      ".02"),
	SLOW("a stale neighbour", "ip6 dst=2001:db8:2::77 udp data n=25"),
	FAST("a stale neighbour that Linux has sent to", "ip6 dst=2001:db8:2::77 udp data n=27"),
	SHELL("ip neigh del 2001:db8:2::77 dev p2"),
	SLOW("a neighbour deleted", "ip6 dst=2001:db8:2::77 udp data n=26"),
	SHELL("ip neigh replace 2001:db8:2::78 lladdr 02:00:00:00:77:0a dev p2 nud noarp"),
	FAST("a neighbour without ND", "ip6 dst=2001:db8:2::78 udp data n=28"),
};

const struct test_group groups_addr6[] = {
	GROUP("IPv6 sources", sources),
	GROUP("IPv6 destinations", destinations),
	GROUP("IPv6 unknown neighbours", unknown,
	      .setup = "ip route add 2001:db8:99::/48 via 2001:db8:2::99"),
	GROUPS_END,
};
