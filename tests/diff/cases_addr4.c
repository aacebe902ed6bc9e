/*
 * IPv4, the addresses: sources and destinations that are special, the router's own, and the carry
 * of the checksum when the TTL goes down by one.
 */
#include "tests/diff/diff.h"

static const struct test_case sources[] = {
	FAST("a neighbour", "ip4 udp data n=20"),
	FAST("behind a neighbour", "ip4 src=10.101.3.4 udp data n=20"),
	FAST("no route to it", "ip4 src=203.0.113.5 udp data n=20"),
	FAST("of another port's network", "ip4 src=10.0.3.2 udp data n=20"),
	FAST("0.1.2.3", "ip4 src=0.1.2.3 udp data n=20"),
	SLOW("0.0.0.0", "ip4 src=0.0.0.0 udp data n=20"),
	SLOW("0.0.0.0 to broadcast", "eth dst=b ip4 src=0.0.0.0 dst=255.255.255.255 udp data n=20"),
	SLOW("127.0.0.1", "ip4 src=127.0.0.1 udp data n=20"),
	SLOW("127.1.2.3", "ip4 src=127.1.2.3 udp data n=20"),
	SLOW("224.0.0.1", "ip4 src=224.0.0.1 udp data n=20"),
	SLOW("239.255.255.255", "ip4 src=239.255.255.255 udp data n=20"),
	FAST("240.0.0.1", "ip4 src=240.0.0.1 udp data n=20"),
	FAST("255.255.255.254", "ip4 src=255.255.255.254 udp data n=20"),
	SLOW("255.255.255.255", "ip4 src=255.255.255.255 udp data n=20"),
	SAME("the ingress port's broadcast", "ip4 src=10.0.1.255 udp data n=20"),
	SAME("the egress port's broadcast", "ip4 src=10.0.2.255 udp data n=20"),
	SAME("the ingress port's network", "ip4 src=10.0.1.0 udp data n=20"),
	SLOW("the router, ingress port", "ip4 src=10.0.1.1 udp data n=20"),
	SLOW("the router, egress port", "ip4 src=10.0.2.1 udp data n=20"),
	SLOW("the router, a third port", "ip4 src=10.0.3.1 udp data n=20"),
	SLOW("the router, loopback", "ip4 src=10.255.0.1 udp data n=20"),
	FAST("169.254.1.1", "ip4 src=169.254.1.1 udp data n=20"),
	FAST("192.0.2.1", "ip4 src=192.0.2.1 udp data n=20"),
	FAST("100.64.0.1", "ip4 src=100.64.0.1 udp data n=20"),
	FAST("the destination itself", "ip4 src=10.0.2.2 dst=10.0.2.2 udp data n=20"),
	SLOW("spoofed and TTL 1", "ip4 src=127.0.0.1 ttl=1 udp data n=20"),
	SLOW("no route to it, TTL 1", "ip4 src=203.0.113.5 ttl=1 udp data n=20"),
};

static const struct test_case destinations[] = {
	FAST("a neighbour", "ip4 dst=10.0.2.2 udp data n=20"),
	FAST("a second neighbour", "ip4 dst=10.0.2.3 udp data n=20"),
	FAST("behind a neighbour", "ip4 dst=10.102.1.1 udp data n=20"),
	FAST("behind a neighbour, first address", "ip4 dst=10.102.0.0 udp data n=20"),
	FAST("behind a neighbour, last address", "ip4 dst=10.102.255.255 udp data n=20"),
	SLOW("the router, ingress port", "ip4 dst=10.0.1.1 icmp data n=20"),
	SLOW("the router, another port", "ip4 dst=10.0.2.1 icmp data n=20"),
	SLOW("the router, loopback", "ip4 dst=10.255.0.1 icmp data n=20"),
	SLOW("the router, closed UDP port", "ip4 dst=10.0.1.1 udp data n=20"),
	SLOW("the router, closed TCP port", "ip4 dst=10.0.1.1 tcp flags=2"),
	SLOW("the router, unknown protocol", "ip4 dst=10.0.1.1 proto=200 data n=20"),
	SLOW("the router, timestamp request", "ip4 dst=10.0.1.1 icmp type=13 data n=12"),
	SLOW("limited broadcast", "ip4 dst=255.255.255.255 udp data n=20"),
	SLOW("limited broadcast to all", "eth dst=b ip4 dst=255.255.255.255 udp data n=20"),
	SLOW("broadcast of the ingress port", "ip4 dst=10.0.1.255 udp data n=20"),
	SLOW("broadcast of another port", "ip4 dst=10.0.2.255 udp data n=20"),
	SAME("network address of another port", "ip4 dst=10.0.2.0 udp data n=20"),
	SLOW("all hosts", "ip4 dst=224.0.0.1 udp data n=20"),
	SLOW("all hosts, multicast MAC", "eth dst=m ip4 dst=224.0.0.1 udp data n=20"),
	SLOW("a multicast group", "eth dst=01:00:5e:01:02:03 ip4 dst=239.1.2.3 udp data n=20"),
	SLOW("a multicast group, unicast MAC", "ip4 dst=239.1.2.3 udp data n=20"),
	SLOW("127.0.0.1", "ip4 dst=127.0.0.1 udp data n=20"),
	SLOW("127.9.9.9", "ip4 dst=127.9.9.9 icmp data n=20"),
	SLOW("0.0.0.0", "ip4 dst=0.0.0.0 udp data n=20"),
	SLOW("0.1.2.3, no route", "ip4 dst=0.1.2.3 udp data n=20"),
	SLOW("240.0.0.1, no route", "ip4 dst=240.0.0.1 udp data n=20"),
	SLOW("no route", "ip4 dst=172.16.0.1 udp data n=20"),
	SLOW("no route, TCP", "ip4 dst=172.16.0.1 tcp flags=2"),
	SLOW("no route, an ICMP error",
	     "ip4 dst=172.16.0.1 icmp type=3 code=3 ip4 src=172.16.0.1 dst=10.0.1.2 udp"),
	SLOW("no route, a later fragment", "ip4 dst=172.16.0.1 off=64 data n=20"),
	SLOW("no route, to a broadcast MAC", "eth dst=b ip4 dst=172.16.0.1 udp data n=20"),
};

/* Neighbours the router does not know: the frame waits in the kernel, a request goes out. */
static const struct test_case unknown[] = {
	SLOW("connected, no neighbour", "ip4 dst=10.0.2.77 udp data n=20"),
	SLOW("connected, no neighbour, again", "ip4 dst=10.0.2.77 udp data n=21"),
	SLOW("behind an unknown neighbour", "ip4 dst=10.99.0.1 udp data n=20"),
	SAME_AT(2, "the neighbour answers", "arp op=2 spa=10.0.2.77 sha=x tpa=10.0.2.1 tha=r"),
	FAST("then known", "ip4 dst=10.0.2.77 udp data n=22"),
	SAME_AT(2, "it has a new MAC address",
		"arp op=2 spa=10.0.2.77 sha=02:00:00:00:77:02 tpa=10.0.2.1 tha=r"),
	FAST("sent to some MAC, the same as Linux", "ip4 dst=10.0.2.77 udp data n=23"),
	SHELL("ip neigh replace 10.0.2.77 lladdr 02:00:00:00:77:09 dev p2 nud permanent"),
	FAST("a neighbour replaced by hand", "ip4 dst=10.0.2.77 udp data n=24"),
	SHELL("ip neigh change 10.0.2.77 lladdr 02:00:00:00:77:09 dev p2 nud stale; sleep .02"),
	SLOW("a stale neighbour", "ip4 dst=10.0.2.77 udp data n=25"),
	FAST("a stale neighbour that Linux has sent to", "ip4 dst=10.0.2.77 udp data n=27"),
	SHELL("ip neigh del 10.0.2.77 dev p2"),
	SLOW("a neighbour deleted", "ip4 dst=10.0.2.77 udp data n=26"),
	SHELL("ip neigh replace 10.0.2.77 dev p2 nud failed"),
	SLOW("a failed neighbour", "ip4 dst=10.0.2.77 udp data n=27"),
	SHELL("ip neigh replace 10.0.2.78 lladdr 02:00:00:00:77:0a dev p2 nud noarp"),
	FAST("a neighbour without ARP", "ip4 dst=10.0.2.78 udp data n=28"),
};

#define CARRY(want, ttl) FAST(want " at TTL " ttl, "ip4 want=" want " ttl=" ttl " udp data n=20")

static const struct test_case carry[] = {
	CARRY("0xfeff", "64"), CARRY("0xfefe", "64"),  CARRY("0xfeff", "2"),
	CARRY("0xff00", "64"), CARRY("0xff01", "64"),  CARRY("0xfffe", "64"),
	CARRY("0xff00", "2"),  CARRY("0xff00", "255"), CARRY("0x0001", "64"),
	CARRY("0x00ff", "64"), CARRY("0x0100", "64"),  CARRY("0x0101", "64"),
	CARRY("0xfdff", "64"), CARRY("0xfe00", "64"),  CARRY("0x8000", "64"),
	CARRY("0x7fff", "64"), CARRY("0xfeff", "255"), CARRY("0xfefe", "2"),
	CARRY("0xfffe", "2"),  CARRY("0xfffe", "255"),
};

const struct test_group groups_addr4[] = {
	GROUP("IPv4 sources", sources),
	GROUP("IPv4 destinations", destinations),
	GROUP("IPv4 unknown neighbours", unknown,
	      .setup = "ip route add 10.99.0.0/16 via 10.0.2.99"),
	GROUP("IPv4 checksum carry", carry),
	GROUPS_END,
};
