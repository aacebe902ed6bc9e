/*
 * Policy rules, realms, local routes, iptables. What some of these leave behind in a namespace
 * stays for good (fib_has_custom_rules, fib_has_custom_local_routes, iptables' hooks), so this runs
 * last and its groups stand in the order in which they close more and more.
 */
#include "tests/prog/prog.h"

#define RULE6(r)            \
	"ip -6 rule add " r \
	" lookup 100 pref 100; ip -6 route replace default via 2001:db8:3::2 table 100"
#define NO_RULE6	   "ip -6 rule del pref 100; ip -6 route flush table 100"
#define TO3_6		   .via = "2001:db8:3::2", .out = 3, .flags = CASE_ONCE
#define RULED6(n, rule, f) SET(FORWARDED, n, RULE6(rule), NO_RULE6, .frame = f, TO3_6)

#define MANY6(n)                                                                 \
	"for i in $(seq " n                                                      \
	"); do echo rule add from 2001:db8:77::$i lookup main pref 100; done | " \
	"ip -6 -batch -"
#define NO_MANY6                                                                                   \
	"for i in $(seq 70); do echo rule del pref 100; done | ip -6 -force -batch - 2>/dev/null " \
	"|| true"

static const struct test_case rules6[] = {
	RULED6("from", "from 2001:db8:1::2", "ip6 udp"),
	RULED6("to", "to 2001:db8:2::/64", "ip6 udp"),
	RULED6("iif", "iif p1", "ip6 udp"),
	SET(FORWARDED, "iif of another port", RULE6("iif p2"), NO_RULE6),
	SET(FORWARDED, "fwmark", RULE6("fwmark 5"), NO_RULE6),
	RULED6("traffic class", "tos 0x10", "ip6 tc=16 udp"),
	RULED6("protocol", "ipproto udp", "ip6 udp"),
	RULED6("ports", "ipproto udp sport 1000 dport 2000", "ip6 udp"),
	SET(FORWARDED, "ports, another", RULE6("ipproto udp dport 2001"), NO_RULE6),
	SET(FORWARDED, "ports, another protocol", RULE6("ipproto udp dport 2000"), NO_RULE6,
	    .frame = "ip6 tcp"),
	SET(EXT_HEADER, "ports, destination options", RULE6("ipproto udp"), NO_RULE6,
	    .frame = "ip6 dstopt udp", .flags = CASE_ONCE | CASE_NO_SUM),
	SET(EXT_HEADER, "ports, routing header", RULE6("dport 2000"), NO_RULE6,
	    .frame = "ip6 rt udp", .flags = CASE_ONCE | CASE_NO_SUM),
	SET(EXT_HEADER, "ports, first fragment", RULE6("ipproto udp"), NO_RULE6,
	    .frame = "ip6 frag mf=1 udp data", .flags = CASE_ONCE),
	SET(EXT_HEADER, "ports, last fragment", RULE6("ipproto udp"), NO_RULE6,
	    .frame = "ip6 frag off=80 data", .flags = CASE_ONCE),
	SET(FORWARDED, "no ports asked, last fragment", RULE6("from 2001:db8:77::/64"), NO_RULE6,
	    .frame = "ip6 frag off=80 data", .flags = CASE_ONCE),
	SET(RULE, "suppress_prefixlength",
	    "ip -6 rule add lookup main suppress_prefixlength 0 pref 100", NO_RULE6),
	SET(RULE, "suppress_ifgroup", "ip -6 rule add lookup main suppress_ifgroup 7 pref 100",
	    NO_RULE6),
	SET(FORWARDED, "60 rules", MANY6("60"), NO_MANY6),
	SET(RULE, "70 rules, too many to look at", MANY6("70"), NO_MANY6),
	SET(NO_ROUTE, "blackhole", "ip -6 rule add from 2001:db8:1::2 blackhole pref 100",
	    NO_RULE6),
	SET(NO_ROUTE, "no table left",
	    "ip -6 rule add from 2001:db8:1::2 lookup 101 pref 100; "
	    "ip -6 rule del lookup main",
	    NO_RULE6 "; ip -6 rule add lookup main pref 32766"),
};

static const struct test_case realms[] = {
	FWD("a route with a realm", "ip4 dst=10.60.0.1 udp"),
	FWD("another route", "ip4 udp"),
	PASS(RP_FILTER, "the source check becomes the full one", "ip4 src=198.51.100.9 udp"),
	PASS(RP_FILTER, "the router's own source", "ip4 src=10.0.1.1 udp"),
	FWD("from another port's net", "ip4 src=10.0.3.9 udp"),
};

#define RULE4(r) \
	"ip rule add " r " lookup 100 pref 100; ip route replace default via 10.0.3.2 table 100"
#define NO_RULE4	   "ip rule del pref 100; ip route flush table 100"
#define TO3_4		   .via = "10.0.3.2", .out = 3, .flags = CASE_ONCE
#define RULED4(n, rule, f) SET(FORWARDED, n, RULE4(rule), NO_RULE4, .frame = f, TO3_4)
#define PORTS4		   RULE4("ipproto udp sport 1000 dport 2000")

static const struct test_case rules4[] = {
	RULED4("from", "from 10.0.1.2", "ip4 udp"),
	RULED4("to", "to 10.0.2.0/24", "ip4 udp"),
	RULED4("iif", "iif p1", "ip4 udp"),
	SET(FORWARDED, "iif of another port", RULE4("iif p2"), NO_RULE4),
	SET(FORWARDED, "fwmark", RULE4("fwmark 5"), NO_RULE4),
	RULED4("TOS", "tos 0x10", "ip4 tos=16 udp"),
	SET(FORWARDED, "TOS, another", RULE4("tos 0x10"), NO_RULE4, .frame = "ip4 tos=8 udp"),
	RULED4("protocol", "ipproto tcp", "ip4 tcp"),
	RULED4("ports", "ipproto udp sport 1000 dport 2000", "ip4 udp"),
	SET(FORWARDED, "ports, another", RULE4("ipproto udp dport 2001"), NO_RULE4),
	SET(FORWARDED, "ports, first fragment", PORTS4, NO_RULE4, .frame = "ip4 mf=1 udp data"),
	SET(FORWARDED, "ports, middle fragment", PORTS4, NO_RULE4,
	    .frame = "ip4 mf=1 off=80 udp data"),
	SET(FORWARDED, "ports, last fragment", PORTS4, NO_RULE4, .frame = "ip4 off=80 udp data"),
	SET(FORWARDED, "suppress_prefixlength that suppresses nothing",
	    "ip rule add lookup main suppress_prefixlength 0 pref 100", NO_RULE4),
	SET(NO_ROUTE, "suppress_prefixlength of the route",
	    "ip rule add lookup main suppress_prefixlength 24 pref 32766; ip rule del pref 32766 "
	    "lookup main",
	    "ip rule flush; ip rule add lookup main pref 32766; ip rule add lookup default pref "
	    "32767"),
	SET(BLACKHOLE, "blackhole", "ip rule add from 10.0.1.2 blackhole pref 100", NO_RULE4),
	SET(NO_ROUTE, "unreachable", "ip rule add from 10.0.1.2 unreachable pref 100", NO_RULE4),
	SET(PROHIBIT, "prohibit", "ip rule add from 10.0.1.2 prohibit pref 100", NO_RULE4),
	PASS(RP_FILTER, "after rules: the router's own source", "ip4 src=10.0.1.1 udp"),
	PASS(RP_FILTER, "after rules: from nowhere", "ip4 src=198.51.100.9 udp"),
	FWD("after rules: from another port's net", "ip4 src=10.0.3.9 udp"),
	SET(FORWARDED, "after rules: accept_local", "w 1 ipv4/conf/p1/accept_local",
	    "w 0 ipv4/conf/p1/accept_local", .frame = "ip4 src=10.0.1.1 udp", .flags = CASE_ONCE),
	/* The way back is looked up as it would come in: on p2, where a rule may wait for it. */
	SET(RP_FILTER, "after rules: a rule for the way back",
	    "ip rule add iif p2 blackhole pref 100", NO_RULE4),
};

static const struct test_case last[] = {
	SET(LOCAL, "a local route", "ip route add local 10.60.4.0/24 dev lo",
	    "ip route del local 10.60.4.0/24 dev lo", .frame = "ip4 dst=10.60.4.1 udp",
	    .flags = CASE_ONCE),
	SET(NETFILTER, "iptables", "iptables-legacy -A FORWARD -j ACCEPT",
	    "iptables-legacy -F FORWARD", .flags = CASE_ONCE, .lacks = "no legacy iptables here"),
	SET(FORWARDED, "IPv6 after iptables", "true", "true", .frame = "ip6 udp"),
	SET(NETFILTER, "ip6tables", "ip6tables-legacy -A FORWARD -j ACCEPT",
	    "ip6tables-legacy -F FORWARD", .flags = CASE_ONCE, .frame = "ip6 udp",
	    .lacks = "no legacy iptables here"),
};

const struct test_group groups_last[] = {
	GROUP("ipv6 rule", rules6, .ip6 = true),
	GROUP("realm", realms, .setup = "echo route add 10.60.0.0/24 via 10.0.2.2 realm 5 | batch",
	      .undo = "clean", .lacks = "no route realms in this kernel"),
	GROUP("ipv4 rule", rules4),
	GROUP("last", last),
	GROUPS_END,
};
