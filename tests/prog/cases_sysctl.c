/* The sysctls that forbid forwarding, and devices that are down. Each is undone by its case. */
#include "tests/prog/prog.h"

#define ON4 "w 1 ipv4/ip_forward"
#define ON6 "w 1 ipv6/conf/all/forwarding"

static const struct test_case sysctl4[] = {
	SET(FORWARDING, "ip_forward off", "w 0 ipv4/ip_forward", ON4),
	SET(FORWARDING, "off for this port", "w 0 ipv4/conf/p1/forwarding",
	    "w 1 ipv4/conf/p1/forwarding"),
	SET(FORWARDED, "off for the egress port", "w 0 ipv4/conf/p2/forwarding",
	    "w 1 ipv4/conf/p2/forwarding"),
	SET(FORWARDED, "off for all, on for this port",
	    "w 0 ipv4/ip_forward; w 1 ipv4/conf/p1/forwarding", ON4),
	SET(FORWARDED, "IPv6's forwarding off", "w 0 ipv6/conf/all/forwarding", ON6),
	SET(FORWARDED, "IPv6 disabled on this port", "w 1 ipv6/conf/p1/disable_ipv6",
	    "w 0 ipv6/conf/p1/disable_ipv6; restore 1"),
	SET(FORWARDED, "proxy_arp", "w 1 ipv4/conf/p1/proxy_arp", "w 0 ipv4/conf/p1/proxy_arp"),
	SET(FORWARDED, "log_martians", "w 1 ipv4/conf/p1/log_martians",
	    "w 0 ipv4/conf/p1/log_martians"),
	SET(DESTINATION, "route_localnet", "w 1 ipv4/conf/p1/route_localnet",
	    "w 0 ipv4/conf/p1/route_localnet", .frame = "ip4 dst=127.0.0.2 udp",
	    .flags = CASE_ONCE),
	SET(NO_ROUTE, "bc_forwarding", "w 1 ipv4/conf/all/bc_forwarding ipv4/conf/p1/bc_forwarding",
	    "w 0 ipv4/conf/all/bc_forwarding ipv4/conf/p1/bc_forwarding",
	    .frame = "ip4 dst=10.0.2.255 udp", .flags = CASE_ONCE),
};

static const struct test_case sysctl6[] = {
	SET(FORWARDING, "forwarding off", "w 0 ipv6/conf/all/forwarding", ON6),
	SET(FORWARDING, "off for this port", "w 0 ipv6/conf/p1/forwarding",
	    "w 1 ipv6/conf/p1/forwarding"),
	SET(FORWARDED, "off for the egress port", "w 0 ipv6/conf/p2/forwarding",
	    "w 1 ipv6/conf/p2/forwarding"),
	SET(FORWARDING, "off for all, on for this port",
	    "w 0 ipv6/conf/all/forwarding; w 1 ipv6/conf/p1/forwarding", ON6),
	SET(FORWARDED, "off for all, force_forwarding here",
	    "[ -e /proc/sys/net/ipv6/conf/p1/force_forwarding ]; w 0 ipv6/conf/all/forwarding\n"
	    "w 1 ipv6/conf/p1/force_forwarding ipv6/conf/p1/forwarding",
	    "[ ! -e /proc/sys/net/ipv6/conf/p1/force_forwarding ] || w 0 "
	    "ipv6/conf/p1/force_forwarding\n" ON6,
	    .lacks = "no force_forwarding before Linux 6.17"),
	SET(FORWARDED, "IPv4's forwarding off", "w 0 ipv4/ip_forward", ON4),
	SET(IP6_DISABLED, "IPv6 disabled on this port", "w 1 ipv6/conf/p1/disable_ipv6",
	    "w 0 ipv6/conf/p1/disable_ipv6; restore 1"),
	/* Its routes go with it; the device is asked all the same, lest the route outlives it. */
	SET(NO_ROUTE, "IPv6 disabled on the egress port", "w 1 ipv6/conf/p2/disable_ipv6",
	    "w 0 ipv6/conf/p2/disable_ipv6; restore 2"),
	SET(IP6_DISABLED, "an MTU below IPv6's on this port", "ip link set p1 mtu 1279",
	    "ip link set p1 mtu 1500; restore 1"),
	SET(PROXY_NDP, "proxy_ndp of all", "w 1 ipv6/conf/all/proxy_ndp",
	    "w 0 ipv6/conf/all/proxy_ndp"),
	SET(FORWARDED, "proxy_ndp here", "w 1 ipv6/conf/p1/proxy_ndp",
	    "w 0 ipv6/conf/p1/proxy_ndp"),
	SET(FORWARDED, "proxy_ndp on the egress port", "w 1 ipv6/conf/p2/proxy_ndp",
	    "w 0 ipv6/conf/p2/proxy_ndp"),
};

const struct test_group groups_sysctl[] = {
	GROUP("ipv4 sysctl", sysctl4),
	GROUP("ipv6 sysctl", sysctl6, .ip6 = true),
	GROUPS_END,
};
