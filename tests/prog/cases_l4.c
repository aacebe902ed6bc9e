/*
 * What stands above IP: the bound of each protocol's part that the program reads, and that nothing
 * of it keeps a packet from being forwarded. No L4 checksum is judged.
 */
#include "tests/prog/prog.h"

#define NS .flags = CASE_NO_SUM

static const struct test_case l4_4[] = {
	FWD("TCP SYN", "ip4 tcp flags=2"),
	FWD("TCP with options", "ip4 tcp opts=020405b4 data n=100"),
	FWD("TCP, wrong checksum", "ip4 tcp bad=1 data"),
	PASS(TRUNCATED, "TCP, 19 bytes", "ip4 len=39 tcp"),
	FWD("TCP, 20 bytes", "ip4 len=40 tcp data"),
	FWD("UDP without checksum", "ip4 udp csum=0 data", NS),
	FWD("UDP, wrong checksum", "ip4 udp bad=1 data"),
	FWD("UDP, ports 0", "ip4 udp sport=0 dport=0 data"),
	FWD("UDP, length beyond the packet", "ip4 udp len=1000 data"),
	FWD("ICMP echo", "ip4 icmp data"),
	FWD("ICMP unreachable",
	    "ip4 icmp type=3 code=1 ip4 src=10.0.2.2 dst=10.0.1.2 udp data n=8"),
	FWD("ICMP time exceeded", "ip4 icmp type=11 ip4 src=10.0.2.2 dst=10.0.1.2 udp"),
	FWD("ICMP redirect", "ip4 icmp type=5 code=1 ip4 udp"),
	FWD("ICMP, wrong checksum", "ip4 icmp bad=1"),
	FWD("ICMP, one byte", "ip4 len=21 icmp"),
	PASS(TRUNCATED, "ICMP, nothing", "ip4 len=20 icmp"),
	FWD("ICMPv6 over IPv4", "ip4 proto=58 data n=8"),
	FWD("ESP", "ip4 esp data", NS),
	FWD("ESP, 4 bytes", "ip4 len=24 esp", NS),
	PASS(TRUNCATED, "ESP, 3 bytes", "ip4 len=23 esp"),
	FWD("AH", "ip4 ah tcp", NS),
	FWD("AH, 8 bytes", "ip4 len=28 ah tcp", NS),
	PASS(TRUNCATED, "AH, 7 bytes", "ip4 len=27 ah tcp"),
	FWD("SCTP", "ip4 sctp data", NS),
	FWD("SCTP, 4 bytes", "ip4 len=24 sctp", NS),
	PASS(TRUNCATED, "SCTP, 3 bytes", "ip4 len=23 sctp"),
	FWD("DCCP", "ip4 proto=33 data n=16", NS),
	PASS(TRUNCATED, "DCCP, 3 bytes", "ip4 proto=33 data n=3"),
	FWD("UDP-Lite", "ip4 proto=136 data n=16", NS),
	PASS(TRUNCATED, "UDP-Lite, 3 bytes", "ip4 proto=136 data n=3"),
	FWD("GRE", "ip4 gre ip4 udp data", NS),
	FWD("IPIP", "ip4 ip4 udp data", NS),
	FWD("6in4", "ip4 ip6 udp data", NS),
	FWD("IGMP", "ip4 igmp", NS),
	FWD("OSPF", "ip4 proto=89 data n=44", NS),
	FWD("protocol 0", "ip4 proto=0 data n=8", NS),
	FWD("protocol 255, no data", "ip4 proto=255", NS),
};

static const struct test_case l4_6[] = {
	FWD("TCP SYN", "ip6 tcp flags=2"),
	PASS(TRUNCATED, "TCP, 19 bytes", "ip6 len=19 tcp"),
	FWD("TCP, 20 bytes", "ip6 len=20 tcp data"),
	FWD("TCP, wrong checksum", "ip6 tcp bad=1 data"),
	FWD("UDP without checksum", "ip6 udp csum=0 data", NS),
	FWD("ICMPv6 echo", "ip6 icmp6 data"),
	FWD("ICMPv6 unreachable", "ip6 icmp6 type=1 ip6 src=2001:db8:2::2 dst=2001:db8:1::2 udp"),
	FWD("ICMPv6 packet too big", "ip6 icmp6 type=2 rest=1280 ip6 udp"),
	FWD("neighbour solicitation to another net", "ip6 hop=255 icmp6 type=135 data n=16"),
	FWD("ICMPv6, one byte", "ip6 len=1 icmp6"),
	PASS(TRUNCATED, "ICMPv6, nothing", "ip6 len=0 icmp6"),
	PASS(TRUNCATED, "ICMP over IPv6, nothing", "ip6 next=1"),
	FWD("ESP", "ip6 esp data", NS),
	PASS(TRUNCATED, "ESP, 3 bytes", "ip6 len=3 esp"),
	PASS(TRUNCATED, "AH, 7 bytes", "ip6 len=7 ah tcp"),
	FWD("SCTP", "ip6 sctp data", NS),
	PASS(TRUNCATED, "SCTP, 3 bytes", "ip6 len=3 sctp"),
	FWD("GRE", "ip6 gre ip6 udp data", NS),
	FWD("IPv4 in IPv6", "ip6 ip4 udp data", NS),
	FWD("IPv6 in IPv6", "ip6 ip6 udp data", NS),
};

const struct test_group groups_l4[] = {
	GROUP("ipv4 layer 4", l4_4),
	GROUP("ipv6 layer 4", l4_6),
	GROUPS_END,
};
