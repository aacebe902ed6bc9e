/*
 * Multipath: which hop a packet takes under each fib_multipath_hash_policy, for flows, fragments,
 * ICMP errors, tunnels and IPsec; next hops with weights, with a dead link, of both families.
 */
#include "tests/diff/diff.h"

#define D4 "ip4 dst=10.50.7."
#define D6 "ip6 dst=2001:db8:50::"

/* The same lines under every policy; which of them must be fast, depends on it. */
#define FLOWS4(row)                                                                               \
	row("UDP 1", D4 "1 udp sport=1001 data n=20"),                                            \
		row("UDP 2", D4 "2 udp sport=1001 data n=20"),                                    \
		row("UDP 3", D4 "3 udp sport=1001 data n=20"),                                    \
		row("UDP 4", D4 "4 udp sport=1001 data n=20"),                                    \
		row("UDP 5", D4 "1 udp sport=1002 data n=20"),                                    \
		row("UDP 6", D4 "1 udp sport=1003 data n=20"),                                    \
		row("UDP 7", D4 "1 udp sport=1004 data n=20"),                                    \
		row("UDP 8", D4 "1 udp dport=1005 data n=20"),                                    \
		row("UDP 9", "ip4 src=10.101.0.1 dst=10.50.7.1 udp data n=20"),                   \
		row("UDP 10", "ip4 src=10.101.0.2 dst=10.50.7.1 udp data n=20"),                  \
		row("UDP 11, TOS", D4 "1 tos=0x10 udp sport=1002 data n=20"),                     \
		row("TCP 1", D4 "1 tcp sport=1001"), row("TCP 2", D4 "1 tcp sport=1002"),         \
		row("TCP 3", D4 "1 tcp sport=1003 flags=2"), row("TCP 4", D4 "2 tcp sport=1003"), \
		row("TCP 5", D4 "3 tcp sport=80 dport=443")
#define FLOWS6(row)                                                                               \
	row("UDP 1", D6 "1 udp sport=1001 data n=20"),                                            \
		row("UDP 2", D6 "2 udp sport=1001 data n=20"),                                    \
		row("UDP 3", D6 "3 udp sport=1001 data n=20"),                                    \
		row("UDP 4", D6 "4 udp sport=1001 data n=20"),                                    \
		row("UDP 5", D6 "1 udp sport=1002 data n=20"),                                    \
		row("UDP 6", D6 "1 udp sport=1003 data n=20"),                                    \
		row("UDP 7", D6 "1 udp sport=1004 data n=20"),                                    \
		row("UDP 8", D6 "1 udp dport=1005 data n=20"),                                    \
		row("UDP 9", "ip6 src=2001:db8:101::1 dst=2001:db8:50::1 udp data n=20"),         \
		row("UDP 10", "ip6 src=2001:db8:101::2 dst=2001:db8:50::1 udp data n=20"),        \
		row("TCP 1", D6 "1 tcp sport=1001"), row("TCP 2", D6 "1 tcp sport=1002"),         \
		row("TCP 3", D6 "1 tcp sport=1003 flags=2"), row("TCP 4", D6 "2 tcp sport=1003"), \
		row("TCP 5", D6 "3 tcp sport=80 dport=443")

static const struct test_case fast4[] = {FLOWS4(FAST)};
static const struct test_case same4[] = {FLOWS4(SAME)};
static const struct test_case fast6[] = {FLOWS6(FAST)};
static const struct test_case same6[] = {FLOWS6(SAME)};

#define INNER4 "ip4 src=10.50.7."

/* Packets whose flow is not in the usual place. */
static const struct test_case odd4[] = {
	SAME("echo 1", D4 "1 icmp"),
	SAME("echo 2", D4 "2 icmp"),
	SAME("echo 3", D4 "3 icmp rest=0x00090001"),
	SAME("ICMP error 1", D4 "1 icmp type=3 code=1 rest=0 " INNER4 "1 dst=10.0.1.2 udp"),
	SAME("ICMP error 2", D4 "1 icmp type=3 code=1 rest=0 " INNER4 "2 dst=10.0.1.2 udp"),
	SAME("ICMP error 3", D4 "1 icmp type=3 code=1 rest=0 " INNER4 "3 dst=10.101.0.9 udp"),
	SAME("ICMP error 4", D4 "1 icmp type=11 rest=0 " INNER4 "4 dst=10.101.0.8 tcp sport=5"),
	SAME("ICMP error 5", D4 "1 icmp type=11 rest=0 " INNER4 "5 dst=10.101.0.7 tcp sport=6"),
	SAME("ICMP error 6", D4 "1 icmp type=3 code=4 rest=1400 " INNER4 "6 dst=10.101.0.7 tcp"),
	SAME("ICMP error cut short", D4 "1 icmp type=3 code=4 rest=1400 data n=10"),
	SAME("ICMP redirect", D4 "1 icmp type=5 rest=0 " INNER4 "6 dst=10.101.0.7 tcp"),
	SAME("ICMP parameter problem", D4 "1 icmp type=12 rest=0 " INNER4 "7 dst=10.101.0.7 tcp"),
	SAME("first fragment 1", D4 "1 mf=1 udp sport=1001 data n=16"),
	SAME("first fragment 2", D4 "1 mf=1 udp sport=1002 data n=16"),
	SAME("first fragment 3", D4 "1 mf=1 udp sport=1003 data n=16"),
	SAME("later fragment 1", D4 "1 proto=17 off=64 data hex=03e903ea03eb03ec"),
	SAME("later fragment 2", D4 "1 proto=17 off=64 data hex=03e903eb03eb03ec"),
	SAME("later fragment 3", D4 "1 proto=17 off=64 data hex=03e903ec03eb03ec"),
	SAME("ESP 1", D4 "1 esp spi=0x1001 data n=40"),
	SAME("ESP 2", D4 "1 esp spi=0x1002 data n=40"),
	SAME("ESP 3", D4 "1 esp spi=0x20030000 data n=40"),
	SAME("ESP 4", D4 "1 esp spi=0x40030000 data n=40"),
	SAME("AH 1", D4 "1 ah spi=0x1001 udp data n=40"),
	SAME("AH 2", D4 "1 ah spi=0x20020000 udp data n=40"),
	SAME("GRE 1", D4 "1 gre ip4 src=192.168.0.1 dst=192.168.0.2 udp"),
	SAME("GRE 2", D4 "1 gre ip4 src=192.168.0.3 dst=192.168.0.2 udp sport=7"),
	SAME("GRE 3", D4 "1 gre ip6 udp sport=8"),
	SAME("GRE with a key 1", D4 "1 gre key=1 ip4 udp"),
	SAME("GRE with a key 2", D4 "1 gre key=2 ip4 udp"),
	SAME("GRE with a key 3", D4 "1 gre key=0x30000 ip4 udp"),
	SAME("IP in IP 1", D4 "1 ip4 src=192.168.0.1 dst=192.168.0.2 udp"),
	SAME("IP in IP 2", D4 "1 ip4 src=192.168.0.1 dst=192.168.0.3 udp"),
	SAME("IP in IP 3", D4 "1 ip4 src=192.168.0.4 dst=192.168.0.3 udp"),
	SAME("IP in IP 4", D4 "1 ip4 src=192.168.0.4 dst=192.168.0.3 tcp"),
	SAME("IPv6 in IP 1", D4 "1 ip6 udp"),
	SAME("IPv6 in IP 2", D4 "1 ip6 src=fd00::1 udp sport=5"),
	SAME("SCTP 1", D4 "1 sctp sport=1001"),
	SAME("SCTP 2", D4 "1 sctp sport=1002"),
	SAME("SCTP 3", D4 "1 sctp sport=1003"),
	SAME("UDP header cut", D4 "1 proto=17 data n=3"),
	SAME("unknown protocol 1", D4 "1 proto=200 data n=20"),
	SAME("unknown protocol 2", D4 "2 proto=200 data n=20"),
	SAME("L2TP 1", D4 "1 proto=115 data hex=00000001"),
	SAME("L2TP 2", D4 "1 proto=115 data hex=00000002"),
	SAME("VXLAN", D4 "1 udp sport=60000 dport=4789 data n=50"),
	SAME("UDP of IPv4-in-UDP", D4 "1 udp sport=60001 dport=5555 ip4 udp"),
};

#define INNER6 "ip6 src=2001:db8:50::"

static const struct test_case odd6[] = {
	SAME("flow label 1", D6 "1 flow=1 udp"),
	SAME("flow label 2", D6 "1 flow=2 udp"),
	SAME("flow label 3", D6 "1 flow=0xf0003 udp"),
	SAME("flow label 4", D6 "1 flow=0xabcde tc=0xff udp"),
	SAME("traffic class", D6 "1 tc=0xb8 udp"),
	SAME("traffic class, low bits", D6 "1 tc=0x0c flow=2 udp"),
	SAME("echo 1", D6 "1 icmp6"),
	SAME("echo 2", D6 "2 icmp6"),
	SAME("echo 3", D6 "3 icmp6 rest=0x00090001"),
	SAME("ICMPv6 error 1", D6 "1 icmp6 type=1 rest=0 " INNER6 "1 dst=2001:db8:1::2 udp"),
	SAME("ICMPv6 error 2", D6 "1 icmp6 type=1 rest=0 " INNER6 "2 dst=2001:db8:1::2 udp"),
	SAME("ICMPv6 error 3", D6 "1 icmp6 type=2 rest=1300 " INNER6 "3 dst=2001:db8:101::2 udp"),
	SAME("ICMPv6 error 4", D6 "1 icmp6 type=3 rest=0 " INNER6 "4 dst=2001:db8:101::3 tcp"),
	SAME("ICMPv6 error 5", D6 "1 icmp6 type=4 rest=0 " INNER6 "5 dst=2001:db8:101::4 tcp"),
	SAME("ICMPv6 error cut short", D6 "1 icmp6 type=1 rest=0 data n=10"),
	SAME("first fragment 1", D6 "1 frag mf=1 udp sport=1001 data n=16"),
	SAME("first fragment 2", D6 "1 frag mf=1 udp sport=1002 data n=16"),
	SAME("first fragment 3", D6 "1 frag mf=1 udp sport=1003 data n=16"),
	SAME("later fragment 1", D6 "1 frag off=64 next=17 data hex=03e903ea03eb03ec"),
	SAME("later fragment 2", D6 "1 frag off=64 next=17 data hex=03e903eb03eb03ec"),
	SAME("later fragment 3", D6 "1 frag off=64 next=17 data hex=03e903ec03eb03ec"),
	SAME("destination options 1", D6 "1 dstopt udp sport=1001"),
	SAME("destination options 2", D6 "1 dstopt udp sport=1002"),
	SAME("destination options 3", D6 "1 dstopt tcp sport=1003"),
	SAME("routing header 1", D6 "1 rt type=2 left=0 udp sport=1001"),
	SAME("routing header 2", D6 "1 rt type=2 left=0 udp sport=1003"),
	SAME("hop by hop 1", D6 "1 hbh udp sport=1001"),
	SAME("hop by hop 2", D6 "1 hbh udp sport=1002"),
	SAME("AH 1", D6 "1 ah spi=0x1001 udp sport=1001"),
	SAME("AH 2", D6 "1 ah spi=0x20020000 udp sport=1002"),
	SAME("ESP 1", D6 "1 esp spi=0x1001 data n=40"),
	SAME("ESP 2", D6 "1 esp spi=0x1002 data n=40"),
	SAME("ESP 3", D6 "1 esp spi=0x20030000 data n=40"),
	SAME("GRE 1", D6 "1 gre ip4 src=192.168.0.1 dst=192.168.0.2 udp"),
	SAME("GRE 2", D6 "1 gre ip4 src=192.168.0.3 dst=192.168.0.2 udp"),
	SAME("GRE with a key 1", D6 "1 gre key=1 ip6 udp"),
	SAME("GRE with a key 2", D6 "1 gre key=0x20000 ip6 udp"),
	SAME("IPv4 in IPv6 1", D6 "1 ip4 src=192.168.0.1 dst=192.168.0.2 udp"),
	SAME("IPv4 in IPv6 2", D6 "1 ip4 src=192.168.0.3 dst=192.168.0.2 udp"),
	SAME("IPv6 in IPv6 1", D6 "1 ip6 src=fd00::1 dst=fd00::2 udp"),
	SAME("IPv6 in IPv6 2", D6 "1 ip6 src=fd00::3 dst=fd00::2 udp"),
	SAME("SCTP 1", D6 "1 sctp sport=1001"),
	SAME("SCTP 2", D6 "1 sctp sport=1002"),
	SAME("no next header 1", D6 "1 next=59 data n=10"),
	SAME("no next header 2", D6 "2 next=59 data n=10"),
	SAME("UDP header cut", D6 "1 next=17 data n=3"),
	SAME("mobility", D6 "1 mh next=59 data n=8"),
	SAME("options and fragment", D6 "1 dstopt frag mf=1 udp sport=1009 data n=16"),
};

/* bpf_fib_lookup() would choose the hop whose device has this address. */
static const struct test_case own[] = {
	SHELL("echo 1 > /proc/sys/net/ipv4/conf/p1/accept_local"),
	SAME("p2's address 1", D4 "1 src=10.0.2.1 udp"),
	SAME("p2's address 2", D4 "2 src=10.0.2.1 udp"),
	SAME("p2's address 3", D4 "3 src=10.0.2.1 udp"),
	SAME("p2's address 4", D4 "4 src=10.0.2.1 udp"),
	SAME("p3's address 1", D4 "1 src=10.0.3.1 udp"),
	SAME("p3's address 2", D4 "2 src=10.0.3.1 udp"),
	SAME("another address", D4 "1 src=10.0.1.9 udp"),
};

static const struct test_case dead[] = {
	FLOWS4(SAME),
	SHELL("ip netns exec $H ip link set h3 down; sleep 0.1"),
	SAME("a link lost: UDP 1", D4 "1 udp sport=1001 data n=20"),
	SAME("a link lost: UDP 2", D4 "2 udp sport=1001 data n=20"),
	SAME("a link lost: UDP 3", D4 "3 udp sport=1001 data n=20"),
	SAME("a link lost: UDP 4", D4 "4 udp sport=1001 data n=20"),
	SAME("a link lost: UDP 5, IPv6", D6 "1 udp sport=1002 data n=20"),
	SAME("a link lost: UDP 6, IPv6", D6 "2 udp sport=1003 data n=20"),
	SAME("a link lost: UDP 7, IPv6", D6 "3 udp sport=1004 data n=20"),
	SHELL("ip link set p2 down"),
	SAME("a port down: UDP 1", D4 "1 udp sport=1001 data n=20"),
	SAME("a port down: UDP 2", D4 "2 udp sport=1001 data n=20"),
	SAME("a port down: UDP 3", D4 "3 udp sport=1001 data n=20"),
	SAME("a port down: UDP 4, IPv6", D6 "1 udp sport=1002 data n=20"),
	SAME("a port down: UDP 5, IPv6", D6 "3 udp sport=1004 data n=20"),
	/* Its neighbour is gone, and when Linux gives up asking is the clock's affair. */
	SHELL("ip link set p2 up; sleep 0.1;"
	      "ip neigh replace 10.0.2.2 lladdr 02:00:00:00:02:02 dev p2 nud permanent"),
	SAME("the port up: UDP 1", D4 "1 udp sport=1001 data n=20"),
	SAME("the port up: UDP 2", D4 "2 udp sport=1001 data n=20"),
	SAME("the port up: UDP 3", D4 "3 udp sport=1001 data n=20"),
};

#define POLICY(n)                                                     \
	"echo " #n " > /proc/sys/net/ipv4/fib_multipath_hash_policy;" \
	"echo " #n " > /proc/sys/net/ipv6/fib_multipath_hash_policy;"
#define FIELDS(n)                                                     \
	POLICY(3)                                                     \
	"echo " #n " > /proc/sys/net/ipv4/fib_multipath_hash_fields;" \
	"echo " #n " > /proc/sys/net/ipv6/fib_multipath_hash_fields;"
/* One after another in the same two routers, so each starts from what the one before left. */
#define ROUTES                                                                                  \
	"ip route replace 10.50.0.0/16 nexthop via 10.0.2.2 nexthop via 10.0.3.2 "              \
	"nexthop via 10.0.4.2; while ip -6 route del 2001:db8:50::/48 2>/dev/null; do :; done;" \
	"ip route add 2001:db8:50::/48 nexthop via 2001:db8:2::2 nexthop via 2001:db8:3::2 "    \
	"nexthop via 2001:db8:4::2"
#define WEIGHTS                                                                             \
	"ip route replace 10.50.0.0/16 nexthop via 10.0.2.2 weight 1 nexthop via 10.0.3.2 " \
	"weight 5; while ip -6 route del 2001:db8:50::/48 2>/dev/null; do :; done;"         \
	"ip route add 2001:db8:50::/48 nexthop via 2001:db8:2::2 weight 1 nexthop via "     \
	"2001:db8:3::2 weight 5"
#define OBJECTS(type)                                                                           \
	"ip route del 10.50.0.0/16; while ip -6 route del 2001:db8:50::/48 2>/dev/null; do :; " \
	"done; for i in 10 11 2 3 4 5; do ip nexthop del id $i 2>/dev/null || true; done;"      \
	"ip nexthop add id 2 via 10.0.2.2 dev p2; ip nexthop add id 3 via 10.0.3.2 dev p3;"     \
	"ip nexthop add id 4 via fe80::2 dev p2; ip nexthop add id 5 via fe80::3 dev p3;"       \
	"ip nexthop add id 10 group 2/3 " type "; ip nexthop add id 11 group 4/5 " type ";"     \
	"ip route add 10.50.0.0/16 nhid 10; ip route add 2001:db8:50::/48 nhid 11"
#define MIXED                                                                                  \
	"ip route replace 10.50.0.0/16 nexthop via 10.0.2.2 nexthop via inet6 fe80::3 dev p3;" \
	"while ip -6 route del 2001:db8:50::/48 2>/dev/null; do :; done;"                      \
	"ip route add 2001:db8:50::/48 nexthop via fe80::2 dev p2 nexthop via fe80::4 dev p4"
#define LINKDOWN                                                            \
	"echo 1 > /proc/sys/net/ipv4/conf/all/ignore_routes_with_linkdown;" \
	"echo 1 > /proc/sys/net/ipv6/conf/all/ignore_routes_with_linkdown;" ROUTES
#define USE_NEIGH "echo 1 > /proc/sys/net/ipv4/fib_multipath_use_neigh;" ROUTES

#define ROWS(n, table, how)                                  \
	{                                                    \
		.name = n, .enter = how, .cases = table,     \
		.ncases = sizeof(table) / sizeof((table)[0]) \
	}
#define BOTH(name, rows4, rows6, how) \
	ROWS("IPv4 multipath, " name, rows4, how), ROWS("IPv6 multipath, " name, rows6, how)

const struct test_group groups_ecmp[] = {
	BOTH("policy 0", fast4, fast6, POLICY(0) ROUTES),
	BOTH("policy 1", fast4, fast6, POLICY(1) ROUTES),
	BOTH("policy 2", same4, same6, POLICY(2) ROUTES),
	BOTH("policy 3", same4, same6, POLICY(3) ROUTES),
	BOTH("policy 0, not plain flows", odd4, odd6, POLICY(0) ROUTES),
	BOTH("policy 1, not plain flows", odd4, odd6, POLICY(1) ROUTES),
	BOTH("policy 2, not plain flows", odd4, odd6, POLICY(2) ROUTES),
	BOTH("policy 3, not plain flows", odd4, odd6, POLICY(3) ROUTES),
	BOTH("policy 3, ports alone", odd4, odd6, FIELDS(0x30) ROUTES),
	BOTH("policy 3, inner fields", odd4, odd6, FIELDS(0x1ff) ROUTES),
	BOTH("weights", fast4, fast6, POLICY(1) WEIGHTS),
	BOTH("next hop objects", same4, same6, POLICY(1) OBJECTS("")),
	BOTH("resilient group", same4, same6, POLICY(1) OBJECTS("type resilient buckets 16")),
	BOTH("next hops of IPv6", same4, same6, POLICY(1) MIXED),
	BOTH("neighbours looked at", same4, same6, POLICY(0) USE_NEIGH),
	GROUP("multipath, own sources", own, .setup = POLICY(0) ROUTES),
	GROUP("multipath, links lost", dead, .setup = POLICY(0) ROUTES),
	GROUP("multipath, dead links ignored", dead, .setup = POLICY(0) LINKDOWN),
	GROUPS_END,
};
