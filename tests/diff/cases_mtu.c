/*
 * The MTU of the egress device, of the route (locked or not), and learned from an ICMP error; jumbo
 * frames; frames out of the port they came in by. ip_forward(), ip6_forward(), RFC 1191, 8201.
 */
#include "tests/diff/diff.h"

#define V4(dst, n)   "ip4 dst=" dst " udp data n=" #n
#define V4DF(dst, n) "ip4 df=1 dst=" dst " udp data n=" #n
#define V6(dst, n)   "ip6 dst=" dst " udp data n=" #n

static const char setup[] = "ip -batch - <<'EOF'\n"
			    "link set p3 mtu 1400\n"
			    "route add 10.70.0.0/16 via 10.0.2.2 mtu 1300\n"
			    "route add 10.71.0.0/16 via 10.0.2.2 mtu lock 1300\n"
			    "route add 10.72.0.0/16 via 10.0.2.2 mtu 9000\n"
			    "route add 10.73.0.0/16 via 10.0.2.2 mtu 600\n"
			    "route add 10.74.0.0/16 via 10.0.2.2 advmss 500\n"
			    "route add 2001:db8:70::/48 via 2001:db8:2::2 mtu 1300\n"
			    "route add 2001:db8:71::/48 via 2001:db8:2::2 mtu lock 1300\n"
			    "route add 2001:db8:72::/48 via 2001:db8:2::2 mtu 9000\n"
			    "route add 2001:db8:73::/48 via 2001:db8:2::2 mtu 1280\n"
			    "EOF\n";

static const struct test_case mtu4[] = {
	FAST("device 1400, at it", V4DF("10.0.3.2", 1372)),
	SLOW("device 1400, one more, DF", V4DF("10.0.3.2", 1373)),
	SLOW("device 1400, one more", V4("10.0.3.2", 1373)),
	SLOW("device 1400, 1500 bytes, DF", V4DF("10.0.3.2", 1472)),
	SLOW("device 1400, 1500 bytes", V4("10.0.3.2", 1472)),
	FAST("device 1400, behind a gateway, at it", V4("10.103.0.1", 1372)),
	SLOW("device 1400, behind a gateway, one more", V4DF("10.103.0.1", 1373)),
	SLOW("device 1400, a fragment to fragment", "ip4 dst=10.0.3.2 mf=1 off=800 data n=1448"),
	SLOW("device 1400, a last fragment", "ip4 dst=10.0.3.2 off=1600 data n=1450"),
	SLOW("device 1400, too long and TTL 1", "ip4 dst=10.0.3.2 ttl=1 df=1 udp data n=1472"),
	SLOW("device 1400, too long, with options",
	     "ip4 dst=10.0.3.2 opts=01010101 udp data n=1400"),
	FAST("device 1400, at it, padded", "ip4 df=1 dst=10.0.3.2 udp data n=1372 pad n=60"),
	SLOW("device 1400, too long, an ICMP error",
	     "ip4 df=1 dst=10.0.3.2 icmp type=3 code=1 ip4 udp data n=1440"),
	FAST("route 1300, at it", V4DF("10.70.0.1", 1272)),
	SLOW("route 1300, one more, DF", V4DF("10.70.0.1", 1273)),
	SLOW("route 1300, one more", V4("10.70.0.1", 1273)),
	FAST("route 1300 locked, at it", V4DF("10.71.0.1", 1272)),
	SLOW("route 1300 locked, one more, DF", V4DF("10.71.0.1", 1273)),
	SLOW("route 1300 locked, one more", V4("10.71.0.1", 1273)),
	SLOW("route 600, 1500 bytes into three", V4("10.73.0.1", 1472)),
	SLOW("route 600, DF", V4DF("10.73.0.1", 1472)),
	FAST("route 9000, 1500 bytes", V4DF("10.72.0.1", 1472)),
	FAST("route with another metric", V4DF("10.74.0.1", 1472)),
	SHELL("ip route replace 10.70.0.0/16 via 10.0.2.2 mtu 1000"),
	SLOW("route, MTU lowered", V4DF("10.70.0.1", 1200)),
	SHELL("ip route replace 10.70.0.0/16 via 10.0.2.2"),
	FAST("route, MTU taken away", V4DF("10.70.0.1", 1472)),
	SHELL("ip link set p2 mtu 1000"),
	SLOW("device, MTU lowered", V4DF("10.70.0.1", 1200)),
	FAST("device, MTU lowered, short enough", V4DF("10.70.0.1", 900)),
	SHELL("ip link set p2 mtu 1500"),
	FAST("device, MTU raised", V4DF("10.70.0.1", 1472)),
};

static const struct test_case mtu6[] = {
	FAST("device 1400, at it", V6("2001:db8:3::2", 1352)),
	SLOW("device 1400, one more", V6("2001:db8:3::2", 1353)),
	SLOW("device 1400, 1500 bytes", V6("2001:db8:3::2", 1452)),
	FAST("device 1400, behind a gateway, at it", V6("2001:db8:103::1", 1352)),
	SLOW("device 1400, behind a gateway, one more", V6("2001:db8:103::1", 1353)),
	SLOW("device 1400, too long, a fragment", "ip6 dst=2001:db8:3::2 frag mf=1 data n=1400"),
	SLOW("device 1400, too long and hop limit 1",
	     "ip6 dst=2001:db8:3::2 hop=1 udp data n=1452"),
	FAST("device 1400, at it, padded", "ip6 dst=2001:db8:3::2 udp data n=1352 pad n=60"),
	SLOW("device 1400, too long, an ICMPv6 error",
	     "ip6 dst=2001:db8:3::2 icmp6 type=1 ip6 udp data n=1390"),
	SLOW("device 1400, too long, from link-local",
	     "ip6 src=fe80::2 dst=2001:db8:3::2 udp data n=1452"),
	FAST("route 1300, at it", V6("2001:db8:70::1", 1252)),
	SLOW("route 1300, one more", V6("2001:db8:70::1", 1253)),
	FAST("route 1300 locked, at it", V6("2001:db8:71::1", 1252)),
	SLOW("route 1300 locked, one more", V6("2001:db8:71::1", 1253)),
	FAST("route 1280, at it", V6("2001:db8:73::1", 1232)),
	SLOW("route 1280, one more", V6("2001:db8:73::1", 1233)),
	FAST("route 9000, 1500 bytes", V6("2001:db8:72::1", 1452)),
	SHELL("ip route change 2001:db8:70::/48 via 2001:db8:2::2 mtu 1280"),
	SLOW("route, MTU lowered", V6("2001:db8:70::1", 1252)),
	SHELL("ip route del 2001:db8:70::/48; ip route add 2001:db8:70::/48 via 2001:db8:2::2"),
	FAST("route, MTU taken away", V6("2001:db8:70::1", 1452)),
	SHELL("ip link set p2 mtu 1300"),
	SLOW("device, MTU lowered", V6("2001:db8:70::1", 1352)),
	SHELL("ip link set p2 mtu 1500"),
	FAST("device, MTU raised", V6("2001:db8:70::1", 1452)),
	SHELL("echo 1300 > /proc/sys/net/ipv6/conf/p2/mtu"),
	SLOW("IPv6 MTU of the device lowered", V6("2001:db8:70::1", 1352)),
	FAST("IPv6 MTU of the device lowered, short enough", V6("2001:db8:70::1", 1252)),
	SHELL("echo 1500 > /proc/sys/net/ipv6/conf/p2/mtu"),
	FAST("IPv6 MTU of the device raised", V6("2001:db8:70::1", 1452)),
};

/* The router hears of a smaller MTU for a packet of its own; later traffic to that address obeys.
 */
static const struct test_case learned[] = {
	FAST("IPv4, before", V4DF("10.102.0.5", 1472)),
	SAME_AT(2, "IPv4, fragmentation needed to the router",
		"ip4 src=10.0.2.2 dst=10.0.2.1 icmp type=3 code=4 rest=1300 "
		"ip4 src=10.0.2.1 dst=10.102.0.5 df=1 icmp type=0 data n=8"), /* icmp_err() */
	SAME("IPv4, learned", V4DF("10.102.0.5", 1472)),
	SAME("IPv4, learned, without DF", V4("10.102.0.5", 1472)),
	FAST("IPv4, learned for another address", V4DF("10.102.0.6", 1472)),
	SHELL("echo 1 > /proc/sys/net/ipv4/ip_forward_use_pmtu"),
	SLOW("IPv4, learned and used for forwarding", V4DF("10.102.0.5", 1472)),
	SAME("IPv4, learned and used, fragments", V4("10.102.0.5", 1472)),
	SAME("IPv4, not learned for this address", V4DF("10.102.0.6", 1472)),
	SHELL("echo 0 > /proc/sys/net/ipv4/ip_forward_use_pmtu"),
	SAME("IPv4, no longer used", V4DF("10.102.0.5", 1472)),
	FAST("IPv6, before", V6("2001:db8:102::5", 1452)),
	SAME_AT(2, "IPv6, packet too big to the router",
		"ip6 src=2001:db8:2::2 dst=2001:db8:2::1 icmp6 type=2 rest=1300 "
		"ip6 src=2001:db8:2::1 dst=2001:db8:102::5 icmp6 data n=8"),
	SLOW("IPv6, learned", V6("2001:db8:102::5", 1452)),
	SAME("IPv6, learned, short enough", V6("2001:db8:102::5", 1200)),
	FAST("IPv6, learned for another address", V6("2001:db8:102::6", 1452)),
	SAME_AT(2, "IPv6, a forwarded packet too big",
		"ip6 src=2001:db8:2::2 dst=2001:db8:1::2 icmp6 type=2 rest=1280 "
		"ip6 src=2001:db8:1::2 dst=2001:db8:102::6 udp data n=8"),
	FAST("IPv6, nothing learned from it", V6("2001:db8:102::6", 1452)),
};

static const struct test_case jumbo[] = {
	FAST("IPv4, 100 bytes", "ip4 udp data n=72"),
	FAST("IPv4, 1500 bytes", "ip4 udp data n=1472"),
	FAST("IPv4, 2000 bytes", "ip4 udp data n=1972"),
	FAST("IPv4, 3000 bytes", "ip4 df=1 udp data n=2972"),
	FAST("IPv6, 100 bytes", "ip6 udp data n=52"),
	FAST("IPv6, 2000 bytes", "ip6 udp data n=1952"),
	FAST("IPv6, 3000 bytes", "ip6 udp data n=2952"),
	FAST("IPv4, 2000 bytes, padded", "ip4 len=2000 udp data n=2900"),
	FAST("IPv6, 2000 bytes, padded", "ip6 len=1960 udp data n=2900"),
	SLOW("IPv4, 2000 bytes, 1500 allowed, DF", "ip4 df=1 dst=10.0.4.2 udp data n=1972"),
	SLOW("IPv4, 2000 bytes, 1500 allowed", "ip4 dst=10.0.4.2 udp data n=1972"),
	SLOW("IPv6, 2000 bytes, 1500 allowed", "ip6 dst=2001:db8:4::2 udp data n=1952"),
	SLOW("IPv4, 2000 bytes, TTL 1", "ip4 ttl=1 udp data n=1972"),
	SLOW("IPv6, 2000 bytes, hop limit 1", "ip6 hop=1 udp data n=1952"),
	SLOW("IPv4, 2000 bytes, bad checksum", "ip4 bad=1 udp data n=1972"),
};

static const struct test_case jumbo9000[] = {
	FAST("IPv4, 100 bytes", "ip4 udp data n=72"),
	FAST("IPv6, 100 bytes", "ip6 udp data n=52"),
	FAST("IPv4, 1500 bytes", "ip4 udp data n=1472"),
	FAST("IPv4, 4000 bytes", "ip4 udp data n=3972"),
	FAST("IPv4, 9000 bytes", "ip4 df=1 udp data n=8972"),
	FAST("IPv6, 4000 bytes", "ip6 udp data n=3952"),
	FAST("IPv6, 9000 bytes", "ip6 udp data n=8952"),
	SLOW("IPv4, 4000 bytes, padded to 8000", "ip4 len=4000 udp data n=7900"),
	SLOW("IPv6, 4000 bytes, padded to 8000", "ip6 len=3960 udp data n=7900"),
	SLOW("IPv4, 100 bytes, padded to 8000", "ip4 len=100 udp data n=7900"),
	SLOW("IPv4, 9000 bytes, 1500 allowed, DF", "ip4 df=1 dst=10.0.4.2 udp data n=8972"),
	SLOW("IPv4, 9000 bytes, 1500 allowed", "ip4 dst=10.0.4.2 udp data n=8972"),
	SLOW("IPv6, 9000 bytes, 1500 allowed", "ip6 dst=2001:db8:4::2 udp data n=8952"),
	SLOW("IPv4, 9000 bytes, TTL 1", "ip4 ttl=1 udp data n=8972"),
	SLOW("IPv6, 9000 bytes, hop by hop", "ip6 hbh udp data n=8900"),
};

static const struct test_case same_port[] = {
	SLOW("IPv4, redirects on", "ip4 dst=10.0.1.3 udp data n=20"),
	SLOW("IPv4, redirects on, again", "ip4 dst=10.0.1.3 udp data n=20"),
	SLOW("IPv4, behind a gateway on the port", "ip4 src=10.0.1.3 dst=10.101.0.1 udp data n=20"),
	SLOW("IPv4, from another network", "ip4 src=10.9.9.9 dst=10.0.1.3 udp data n=20"),
	SLOW("IPv6", "ip6 dst=2001:db8:1::3 udp data n=20"),
	SLOW("IPv6, behind a gateway on the port",
	     "ip6 src=2001:db8:1::3 dst=2001:db8:101::1 udp data n=20"),
	SLOW("IPv6, from another network", "ip6 src=2a00::9 dst=2001:db8:1::3 udp data n=20"),
	SLOW("IPv6, to itself", "ip6 src=2001:db8:1::2 dst=2001:db8:1::2 udp data n=20"),
	SHELL("echo 0 > /proc/sys/net/ipv4/conf/p1/send_redirects"),
	SLOW("IPv4, redirects off for the device alone", "ip4 dst=10.0.1.4 udp data n=20"),
	SHELL("echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects"),
	SAME("IPv4, redirects off", "ip4 dst=10.0.1.4 udp data n=20"),
	SAME("IPv4, redirects off, TCP", "ip4 dst=10.0.1.3 tcp data n=20"),
	SAME("IPv4, redirects off, behind a gateway", "ip4 dst=10.101.0.1 udp data n=20"),
	SLOW("IPv6, IPv4's redirects off", "ip6 dst=2001:db8:1::4 udp data n=20"),
	SHELL("echo 1 > /proc/sys/net/ipv4/conf/p1/send_redirects"),
	SLOW("IPv4, redirects on again", "ip4 src=10.0.1.4 dst=10.0.1.3 udp data n=20"),
};

const struct test_group groups_mtu[] = {
	GROUP("IPv4 MTU", mtu4, .setup = setup),
	GROUP("IPv6 MTU", mtu6, .setup = setup),
	GROUP("learned MTU", learned),
	GROUP("jumbo 3000", jumbo, .mtu = 3000, .setup = "ip link set p4 mtu 1500"),
	GROUP("jumbo 9000", jumbo9000, .mtu = 9000, .setup = "ip link set p4 mtu 1500"),
	GROUP("same port", same_port),
	GROUPS_END,
};
