/* The Ethernet header: types, tags, destination MACs, frames that end within their headers. */
#include "tests/prog/prog.h"

static const struct test_case types[] = {
	FWD("IPv4", "ip4 udp data"),
	FWD("IPv6", "ip6 udp data"),
	PASS(ETHERTYPE, "ARP request", "eth dst=b arp"),
	PASS(ETHERTYPE, "ARP reply to the router", "arp op=2"),
	PASS(ETHERTYPE, "LLDP", "eth dst=01:80:c2:00:00:0e type=0x88cc data n=46"),
	PASS(ETHERTYPE, "MPLS", "mpls ip4 udp data"),
	PASS(ETHERTYPE, "PPPoE", "eth type=0x8864 data n=46"),
	PASS(ETHERTYPE, "802.3 length", "eth type=46 data n=46"),
	PASS(ETHERTYPE, "IPv4's type and one", "eth type=0x0801 ip4 udp data"),
	PASS(ETHERTYPE, "IPv6's type less one", "eth type=0x86dc ip6 udp data"),
	PASS(ETHERTYPE, "IPv4's type in the other byte order", "eth type=0x0008 ip4 udp data"),
	PASS(VLAN, "802.1Q", "vlan id=7 ip4 udp data"),
	PASS(VLAN, "802.1Q, priority tag", "vlan id=0 pcp=5 ip6 udp data"),
	PASS(VLAN, "802.1ad", "vlan id=7 tpid=0x88a8 ip4 udp data"),
	PASS(VLAN, "802.1ad and 802.1Q", "vlan id=7 tpid=0x88a8 vlan id=8 ip6 udp data"),
	PASS(VLAN, "802.1Q, nothing behind it", "vlan id=7 ip4 cut n=14"),
};

static const struct test_case macs[] = {
	PASS(MAC, "broadcast", "eth dst=b ip4 udp data"),
	PASS(MAC, "IPv4 multicast", "eth dst=m ip4 udp data"),
	PASS(MAC, "IPv6 multicast", "eth dst=n ip6 udp data"),
	PASS(MAC, "another host's", "eth dst=02:00:00:00:77:01 ip4 udp data"),
	PASS(MAC, "that of another port", "eth dst=o ip6 udp data"),
	PASS(MAC, "zero", "eth dst=00:00:00:00:00:00 ip4 udp data"),
	PASS(MAC, "byte 1 differs", "eth dst=82:00:00:00:01:01 ip4 udp data"),
	PASS(MAC, "byte 2 differs", "eth dst=02:01:00:00:01:01 ip4 udp data"),
	PASS(MAC, "byte 3 differs", "eth dst=02:00:80:00:01:01 ip4 udp data"),
	PASS(MAC, "byte 4 differs", "eth dst=02:00:00:01:01:01 ip4 udp data"),
	PASS(MAC, "byte 5 differs", "eth dst=02:00:00:00:81:01 ip6 udp data"),
	PASS(MAC, "byte 6 differs", "eth dst=02:00:00:00:01:00 ip6 udp data"),
	FWD("source broadcast", "eth src=b ip4 udp data"),
	FWD("source and destination alike", "eth src=02:00:00:00:01:01 ip4 udp data"),
	SET(MAC, "the device's address changes", "ip link set p1 address 02:00:00:00:01:99",
	    "ip link set p1 address 02:00:00:00:01:01"),
	SET(FORWARDED, "the device's new address", "ip link set p1 address 02:00:00:00:01:99",
	    "ip link set p1 address 02:00:00:00:01:01", .flags = CASE_ONCE,
	    .frame = "eth dst=02:00:00:00:01:99 ip4 udp data"),
};

static const struct test_case short4[] = {
	PASS(TRUNCATED, "nothing behind Ethernet", "ip4 udp data cut n=14"),
	PASS(TRUNCATED, "one byte of IP", "ip4 udp data cut n=15"),
	PASS(TRUNCATED, "IP header less one byte", "ip4 udp data cut n=33"),
	PASS(IP_LENGTH, "IP header and nothing else", "ip4 udp data cut n=34"),
	PASS(IP_LENGTH, "less one byte", "ip4 udp data n=26 cut n=67"),
	FWD("whole", "ip4 udp data n=26 cut n=68"),
	FWD("smallest: an IP header", "ip4 proto=253", .flags = CASE_NO_SUM),
	FWD("UDP without data", "ip4 udp"),
	FWD("padded to 60 bytes", "ip4 udp pad n=18"),
	FWD("padded by one byte", "ip4 udp data n=26 pad n=1 byte=255"),
	FWD("padded by 1000 bytes", "ip4 udp data n=26 pad n=1000 byte=171"),
};

static const struct test_case short6[] = {
	PASS(TRUNCATED, "nothing behind Ethernet", "ip6 udp data cut n=14"),
	PASS(TRUNCATED, "an IPv4 header's worth", "ip6 udp data cut n=34"),
	PASS(TRUNCATED, "IP header less one byte", "ip6 udp data cut n=53"),
	PASS(IP_LENGTH, "IP header and nothing else", "ip6 udp data cut n=54"),
	PASS(IP_LENGTH, "less one byte", "ip6 udp data n=26 cut n=87"),
	FWD("whole", "ip6 udp data n=26 cut n=88"),
	FWD("smallest: an IP header", "ip6 next=59", .flags = CASE_NO_SUM),
	FWD("UDP without data", "ip6 udp"),
	FWD("padded by one byte", "ip6 udp data n=26 pad n=1 byte=255"),
	FWD("padded by 1000 bytes", "ip6 udp data n=26 pad n=1000 byte=171"),
};

const struct test_group groups_l2[] = {
	GROUP("ethertype", types),   GROUP("mac", macs), GROUP("short ipv4", short4),
	GROUP("short ipv6", short6), GROUPS_END,
};
