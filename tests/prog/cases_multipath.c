/*
 * Routes of several next hops: where the helper hashes as the kernel does the packet goes to one of
 * them, and what the kernel would hash otherwise is passed. fib_multipath_hash(),
 * rt6_multipath_hash().
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/prog/prog.h"

#define EITHER .flags = CASE_EITHER
#define HASHED .flags = CASE_EITHER | CASE_FLOW_HASH
#define V4     "ip4 dst=10.61.0.1 "
#define V6     "ip6 dst=2001:db8:61::1 "

#define ROUTES                                                                           \
	"ip route add 10.61.0.0/24 proto 99 nexthop via 10.0.2.2 nexthop via 10.0.3.2\n" \
	"ip route add 2001:db8:61::/64 proto 99 nexthop via 2001:db8:2::2 nexthop via "  \
	"2001:db8:3::2\n"
#define NO_ROUTES \
	"clean\n" \
	"w 0 ipv4/fib_multipath_hash_policy ipv6/fib_multipath_hash_policy\n"
#define POLICY(n) "w " n " ipv4/fib_multipath_hash_policy ipv6/fib_multipath_hash_policy\n"

static const struct test_case policy0[] = {
	FWD("UDP", V4 "udp", EITHER),
	FWD("TCP", V4 "tcp", EITHER),
	FWD("fragment", V4 "mf=1 udp data", EITHER),
	FWD("GRE", V4 "gre ip4 udp", .flags = CASE_EITHER | CASE_NO_SUM),
	FWD("ICMP echo", V4 "icmp", EITHER),
	PASS(MULTIPATH, "ICMP unreachable", V4 "icmp type=3 ip4 udp"),
	PASS(MULTIPATH, "ICMP source quench", V4 "icmp type=4 ip4 udp"),
	PASS(MULTIPATH, "ICMP redirect", V4 "icmp type=5 ip4 udp"),
	PASS(MULTIPATH, "ICMP time exceeded", V4 "icmp type=11 ip4 udp"),
	PASS(MULTIPATH, "ICMP parameter problem", V4 "icmp type=12 ip4 udp"),
	PASS(MULTIPATH, "a first fragment of an ICMP error", V4 "mf=1 icmp type=3 ip4 udp data"),
	FWD("IPv6, UDP", V6 "udp", EITHER),
	FWD("IPv6, flow label", V6 "flow=0x12345 udp", EITHER),
	FWD("IPv6, fragment", V6 "frag mf=1 udp data", EITHER),
	FWD("IPv6, destination options", V6 "dstopt udp", .flags = CASE_EITHER | CASE_NO_SUM),
	FWD("IPv6, ICMPv6 echo", V6 "icmp6", EITHER),
	PASS(MULTIPATH, "IPv6, ICMPv6 unreachable", V6 "icmp6 type=1 ip6 udp"),
	PASS(MULTIPATH, "IPv6, ICMPv6 parameter problem", V6 "icmp6 type=4 ip6 udp"),
	PASS(MULTIPATH, "IPv6, the last error type", V6 "icmp6 type=127 ip6 udp"),
};

static const struct test_case policy1[] = {
	FWD("UDP", V4 "udp", HASHED),
	FWD("TCP", V4 "tcp sport=5", HASHED),
	FWD("fragment", V4 "mf=1 udp data", HASHED),
	FWD("ICMP unreachable", V4 "icmp type=3 ip4 udp", HASHED),
	FWD("ESP", V4 "esp data", .flags = CASE_EITHER | CASE_NO_SUM),
	FWD("IPv6, UDP", V6 "udp", HASHED),
	FWD("IPv6, TCP", V6 "flow=5 tcp", HASHED),
	FWD("IPv6, ICMPv6 echo", V6 "icmp6", HASHED),
	PASS(MULTIPATH, "IPv6, fragment", V6 "frag mf=1 udp data"),
	PASS(MULTIPATH, "IPv6, destination options", V6 "dstopt udp", .flags = CASE_NO_SUM),
	PASS(MULTIPATH, "IPv6, GRE", V6 "gre ip6 udp", .flags = CASE_NO_SUM),
	PASS(MULTIPATH, "IPv6, ESP", V6 "esp data", .flags = CASE_NO_SUM),
};

static const struct test_case policy2[] = {
	FWD("UDP", V4 "udp", EITHER),
	FWD("TCP", V4 "tcp", EITHER),
	FWD("ICMP echo", V4 "icmp", EITHER),
	PASS(MULTIPATH, "ICMP unreachable", V4 "icmp type=3 ip4 udp"),
	FWD("IPv6, UDP", V6 "udp", EITHER),
	FWD("IPv6, ICMPv6 echo", V6 "icmp6", EITHER),
	PASS(MULTIPATH, "IPv6, flow label", V6 "flow=1 udp"),
	PASS(MULTIPATH, "IPv6, ICMPv6 unreachable", V6 "icmp6 type=1 ip6 udp"),
	PASS(MULTIPATH, "IPv6, fragment", V6 "frag mf=1 udp data"),
};

static const struct test_case policy3[] = {
	PASS(MULTIPATH, "UDP", V4 "udp"),	 PASS(MULTIPATH, "TCP", V4 "tcp"),
	PASS(MULTIPATH, "ICMP echo", V4 "icmp"), PASS(MULTIPATH, "IPv6, UDP", V6 "udp"),
	PASS(MULTIPATH, "IPv6, TCP", V6 "tcp"),
};

static const struct test_case group[] = {
	FWD("UDP", V4 "udp", EITHER),
	PASS(MULTIPATH, "ICMP unreachable", V4 "icmp type=3 ip4 udp"),
	PASS(MULTIPATH, "a member alone", "ip4 dst=10.62.0.1 icmp type=3 ip4 udp"),
	FWD("IPv6, UDP", V6 "udp", EITHER),
	PASS(MULTIPATH, "IPv6, ICMPv6 unreachable", V6 "icmp6 type=1 ip6 udp"),
	SET(MTU, "a member's route gets an MTU",
	    "ip route replace 10.62.0.0/24 nhid 91 mtu 600 proto 99",
	    "ip route replace 10.62.0.0/24 nhid 91 proto 99", .frame = V4 "udp data n=600",
	    .flags = CASE_EITHER | CASE_ONCE),
};

static const char group_setup[] = "batch <<'EOF'\n"
				  "nexthop add id 91 via 10.0.2.2 dev p2\n"
				  "nexthop add id 92 via 10.0.3.2 dev p3\n"
				  "nexthop add id 93 group 91/92\n"
				  "route add 10.61.0.0/24 nhid 93\n"
				  "route add 10.62.0.0/24 nhid 91\n"
				  "nexthop add id 94 via 2001:db8:2::2 dev p2\n"
				  "nexthop add id 95 via 2001:db8:3::2 dev p3\n"
				  "nexthop add id 96 group 94/95\n"
				  "route add 2001:db8:61::/64 nhid 96\n"
				  "EOF\n";

/* Both hops carry flows, and a flow keeps its hop. */
static void flows(void)
{
	static const char *const frames[] = {"ip4 dst=10.61.0.%u udp",
					     "ip6 dst=2001:db8:61::%x udp"};

	for (unsigned int family = 0; family < 2; family++) {
		unsigned int used[2] = {};
		char *why = NULL;

		for (unsigned int n = 1; n <= 64 && !why; n++) {
			const struct expect first = {.via = family ? "2001:db8:3::2" : "10.0.3.2",
						     .out = 3};
			const struct expect second = {.via = family ? "2001:db8:2::2" : "10.0.2.2"};
			char text[64], *not_first;

			snprintf(text, sizeof(text), family ? frames[1] : frames[0], n);
			not_first = run_text(1, text, &first);
			used[!not_first]++;
			for (int again = 0; again < 3 && !why; again++)
				why = run_text(1, text, not_first ? &second : &first);
			free(not_first);
		}
		if (!why && (!used[0] || !used[1]) &&
		    asprintf(&why, "%u flows to one hop, %u to the other", used[0], used[1]) < 0)
			abort();
		result(why, "multipath: flows of IPv%u keep their hop, both hops are used",
		       family ? 6 : 4);
	}
}

const struct test_group groups_multipath[] = {
	GROUP("multipath policy 0", policy0, .setup = ROUTES POLICY("0"), .undo = NO_ROUTES),
	GROUP("multipath policy 1", policy1, .setup = ROUTES POLICY("1"), .undo = NO_ROUTES),
	GROUP("multipath policy 2", policy2, .setup = ROUTES POLICY("2"), .undo = NO_ROUTES),
	GROUP("multipath policy 3", policy3, .setup = ROUTES POLICY("3"), .undo = NO_ROUTES),
	GROUP("multipath nexthop group", group, .setup = group_setup, .undo = "clean"),
	GROUP_RUN("multipath flows", flows, .setup = ROUTES, .undo = NO_ROUTES),
	GROUPS_END,
};
