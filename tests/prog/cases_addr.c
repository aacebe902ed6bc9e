/* Source and destination addresses, special ones and their neighbours on both sides. */
#include "tests/prog/prog.h"

static const char routes4[] = "ip -batch - <<'EOF'\n"
			      "route add 0.0.0.0/8 via 10.0.2.2\n"
			      "route add 100.0.0.0/6 via 10.0.2.2\n"
			      "route add 126.0.0.0/8 via 10.0.2.2\n"
			      "route add 128.0.0.0/1 via 10.0.2.2\n"
			      "EOF\n";
static const char no_routes4[] = "ip route del 0.0.0.0/8; ip route del 100.0.0.0/6\n"
				 "ip route del 126.0.0.0/8; ip route del 128.0.0.0/1\n";

static const struct test_case source4[] = {
	PASS(SOURCE, "0.0.0.0", "ip4 src=0.0.0.0 udp"),
	FWD("0.0.0.1", "ip4 src=0.0.0.1 udp"),
	FWD("0.1.2.3", "ip4 src=0.1.2.3 udp"),
	FWD("126.255.255.255", "ip4 src=126.255.255.255 udp"),
	PASS(SOURCE, "127.0.0.0", "ip4 src=127.0.0.0 udp"),
	PASS(SOURCE, "127.0.0.1", "ip4 src=127.0.0.1 udp"),
	PASS(SOURCE, "127.255.255.255", "ip4 src=127.255.255.255 udp"),
	FWD("128.0.0.0", "ip4 src=128.0.0.0 udp"),
	FWD("169.254.1.1", "ip4 src=169.254.1.1 udp"),
	FWD("192.168.1.1", "ip4 src=192.168.1.1 udp"),
	FWD("223.255.255.255", "ip4 src=223.255.255.255 udp"),
	PASS(SOURCE, "224.0.0.0", "ip4 src=224.0.0.0 udp"),
	PASS(SOURCE, "239.255.255.255", "ip4 src=239.255.255.255 udp"),
	FWD("240.0.0.0, class E", "ip4 src=240.0.0.0 udp"),
	FWD("255.255.255.254", "ip4 src=255.255.255.254 udp"),
	PASS(SOURCE, "255.255.255.255", "ip4 src=255.255.255.255 udp"),
	FWD("the destination's", "ip4 src=10.0.2.2 udp"),
	FWD("another net's", "ip4 src=10.0.3.9 udp"),
	FWD("broadcast of the ingress net", "ip4 src=10.0.1.255 udp"),
	FWD("address 0 of the ingress net", "ip4 src=10.0.1.0 udp"),
};

static const struct test_case destination4[] = {
	PASS(DESTINATION, "0.0.0.0", "ip4 dst=0.0.0.0 udp"),
	FWD("0.0.0.1", "ip4 dst=0.0.0.1 udp"),
	FWD("126.255.255.255", "ip4 dst=126.255.255.255 udp"),
	PASS(DESTINATION, "127.0.0.1", "ip4 dst=127.0.0.1 udp"),
	PASS(DESTINATION, "127.255.255.255", "ip4 dst=127.255.255.255 udp"),
	FWD("128.0.0.0", "ip4 dst=128.0.0.0 udp"),
	FWD("169.254.1.1", "ip4 dst=169.254.1.1 udp"),
	FWD("223.255.255.255", "ip4 dst=223.255.255.255 udp"),
	PASS(DESTINATION, "224.0.0.1", "ip4 dst=224.0.0.1 udp"),
	PASS(DESTINATION, "239.255.255.255", "ip4 dst=239.255.255.255 udp"),
	FWD("240.0.0.1, class E", "ip4 dst=240.0.0.1 udp"),
	FWD("255.255.255.254", "ip4 dst=255.255.255.254 udp"),
	PASS(DESTINATION, "255.255.255.255", "ip4 dst=255.255.255.255 udp"),
	PASS(LOCAL, "the router's address on this port", "ip4 dst=10.0.1.1 udp"),
	PASS(LOCAL, "the router's address on another port", "ip4 dst=10.0.2.1 udp"),
	PASS(NO_ROUTE, "broadcast of the ingress net", "ip4 dst=10.0.1.255 udp"),
	PASS(NO_ROUTE, "broadcast of the egress net", "ip4 dst=10.0.2.255 udp"),
	FWD("neighbour 3", "ip4 dst=10.0.2.3 udp", .via = "10.0.2.3"),
	FWD("neighbour 4 of p3", "ip4 dst=10.0.3.4 udp", .via = "10.0.3.4", .out = 3),
	FWD("behind neighbour 2", "ip4 dst=10.102.3.4 udp"),
	FWD("behind neighbour 2 of p3", "ip4 dst=10.103.3.4 udp", .via = "10.0.3.2", .out = 3),
};

static const char routes6[] = "ip -6 route add default via 2001:db8:2::2 dev p2\n"
			      "ip -6 route add ::/8 via 2001:db8:2::2 dev p2\n";
static const char no_routes6[] = "ip -6 route del ::/8; ip -6 route del default\n";

static const struct test_case source6[] = {
	PASS(SOURCE, "::", "ip6 src=:: udp"),
	PASS(SOURCE, "::1", "ip6 src=::1 udp"),
	FWD("::2", "ip6 src=::2 udp"),
	FWD("::1:0:0:1", "ip6 src=::1:0:0:1 udp"),
	FWD("fe7f::1", "ip6 src=fe7f::1 udp"),
	PASS(SOURCE, "fe80::", "ip6 src=fe80:: udp"),
	PASS(SOURCE, "fe80::2", "ip6 src=fe80::2 udp"),
	PASS(SOURCE, "febf:ffff::", "ip6 src=febf:ffff:: udp"),
	FWD("fec0::1", "ip6 src=fec0::1 udp"),
	FWD("fc00::1", "ip6 src=fc00::1 udp"),
	FWD("feff::1", "ip6 src=feff::1 udp"),
	PASS(SOURCE, "ff00::", "ip6 src=ff00:: udp"),
	PASS(SOURCE, "ff02::1", "ip6 src=ff02::1 udp"),
	PASS(SOURCE, "ff0e::1", "ip6 src=ff0e::1 udp"),
	FWD("64:ff9b::1.2.3.4", "ip6 src=64:ff9b::102:304 udp"),
	FWD("IPv4-mapped", "ip6 src=::ffff:1.2.3.4 udp"),
	FWD("IPv4-mapped loopback", "ip6 src=::ffff:127.0.0.1 udp"),
	FWD("the router's own", "ip6 src=2001:db8:1::1 udp"),
	FWD("the router's own on the egress", "ip6 src=2001:db8:2::1 udp"),
	FWD("the destination's", "ip6 src=2001:db8:2::2 udp"),
	FWD("another net's", "ip6 src=2001:db8:3::9 udp"),
};

static const struct test_case destination6[] = {
	PASS(DESTINATION, "::", "ip6 dst=:: udp"),
	PASS(DESTINATION, "::1", "ip6 dst=::1 udp"),
	FWD("::2", "ip6 dst=::2 udp"),
	FWD("fe7f::1", "ip6 dst=fe7f::1 udp"),
	PASS(DESTINATION, "fe80::2", "ip6 dst=fe80::2 udp"),
	PASS(DESTINATION, "febf:ffff::", "ip6 dst=febf:ffff:: udp"),
	FWD("fec0::1", "ip6 dst=fec0::1 udp"),
	FWD("fc00::1", "ip6 dst=fc00::1 udp"),
	PASS(DESTINATION, "ff02::1", "ip6 dst=ff02::1 udp"),
	PASS(DESTINATION, "ff0e::1", "ip6 dst=ff0e::1 udp"),
	FWD("64:ff9b::1.2.3.4", "ip6 dst=64:ff9b::102:304 udp"),
	PASS(LOCAL, "the router's address on this port", "ip6 dst=2001:db8:1::1 udp"),
	PASS(LOCAL, "the router's address on another port", "ip6 dst=2001:db8:2::1 udp"),
	PASS(NO_ROUTE, "subnet-router anycast of the egress", "ip6 dst=2001:db8:2:: udp"),
	FWD("neighbour 3", "ip6 dst=2001:db8:2::3 udp", .via = "2001:db8:2::3"),
	FWD("behind neighbour 2 of p3", "ip6 dst=2001:db8:103::9 udp", .via = "2001:db8:3::2",
	    .out = 3),
};

const struct test_group groups_addr[] = {
	GROUP("ipv4 source", source4),
	GROUP("ipv4 destination", destination4, .setup = routes4, .undo = no_routes4),
	GROUP("ipv6 source", source6),
	GROUP("ipv6 destination", destination6, .setup = routes6, .undo = no_routes6, .ip6 = true),
	GROUPS_END,
};
