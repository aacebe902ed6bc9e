/*
 * Traffic control and policy rules, put in and taken out while frames flow. What a tc program does
 * is given as classic BPF: "1,6 0 0 2" drops; the far ends' sentinels are not IP and pass.
 */
#include "tests/diff/diff.h"

#define P4 "ip4 udp data n=20"
#define P6 "ip6 udp data n=20"

#define QDISC(dev, q)	  "tc qdisc add dev " dev " " q
#define QDISC_DEL(dev, q) "tc qdisc del dev " dev " " q
#define DROP(dev, hook, proto) \
	QDISC(dev, "clsact")   \
	"; tc filter add dev " dev " " hook " protocol " proto " bpf da bytecode '1,6 0 0 2'"
#define PASS(dev, hook, proto) \
	QDISC(dev, "clsact")   \
	"; tc filter add dev " dev " " hook " protocol " proto " bpf da bytecode '1,6 0 0 0'"

static const struct test_case ingress[] = {
	TOGGLE("clsact, empty", P4, QDISC("p1", "clsact"), QDISC_DEL("p1", "clsact")),
	TOGGLE("clsact, drop", P4, DROP("p1", "ingress", "ip"), QDISC_DEL("p1", "clsact")),
	TOGGLE("clsact, drop, IPv6", P6, DROP("p1", "ingress", "ipv6"), QDISC_DEL("p1", "clsact")),
	TOGGLE("clsact, pass", P4, PASS("p1", "ingress", "ip"), QDISC_DEL("p1", "clsact")),
	TOGGLE("clsact, drop of the other family", P4, DROP("p1", "ingress", "ipv6"),
	       QDISC_DEL("p1", "clsact")),
	TOGGLE("ingress qdisc, drop", P4,
	       QDISC("p1", "ingress") "; tc filter add dev p1 ingress protocol ip bpf da bytecode "
				      "'1,6 0 0 2'",
	       QDISC_DEL("p1", "ingress")),
	TOGGLE("u32, redirect to a port", P4,
	       QDISC("p1", "clsact") "; tc filter add dev p1 ingress protocol ip u32 match u32 0 0 "
				     "action mirred egress redirect dev p4",
	       QDISC_DEL("p1", "clsact")),
	TOGGLE("u32, mirror to a port", P4,
	       QDISC("p1", "clsact") "; tc filter add dev p1 ingress protocol ip u32 match u32 0 0 "
				     "action mirred egress mirror dev p4",
	       QDISC_DEL("p1", "clsact")),
	TOGGLE("tcx, drop", P4, "$DIFF --tcx p1 ingress drop", "$DIFF --tcx p1 ingress off"),
	TOGGLE("tcx, drop, IPv6", P6, "$DIFF --tcx p1 ingress drop", "$DIFF --tcx p1 ingress off"),
	TOGGLE("tcx, pass", P4, "$DIFF --tcx p1 ingress pass", "$DIFF --tcx p1 ingress off"),
	TOGGLE_SAME("tcx, at another port", P4, "$DIFF --tcx p3 ingress drop",
		    "$DIFF --tcx p3 ingress off"),
	TOGGLE_SAME("clsact at another port", P4, DROP("p3", "ingress", "ip"),
		    QDISC_DEL("p3", "clsact")),
};

static const struct test_case egress[] = {
	TOGGLE("clsact, drop", P4, DROP("p2", "egress", "ip"), QDISC_DEL("p2", "clsact")),
	TOGGLE("clsact, drop, IPv6", P6, DROP("p2", "egress", "ipv6"), QDISC_DEL("p2", "clsact")),
	TOGGLE("clsact, pass", P4, PASS("p2", "egress", "ip"), QDISC_DEL("p2", "clsact")),
	TOGGLE("u32, redirect to a port", P4,
	       QDISC("p2", "clsact") "; tc filter add dev p2 egress protocol ip u32 match u32 0 0 "
				     "action mirred egress redirect dev p4",
	       QDISC_DEL("p2", "clsact")),
	TOGGLE("u32, mirror to a port", P4,
	       QDISC("p2", "clsact") "; tc filter add dev p2 egress protocol ip u32 match u32 0 0 "
				     "action mirred egress mirror dev p4",
	       QDISC_DEL("p2", "clsact")),
	TOGGLE("tcx, drop", P4, "$DIFF --tcx p2 egress drop", "$DIFF --tcx p2 egress off"),
	TOGGLE("tcx, drop, IPv6", P6, "$DIFF --tcx p2 egress drop", "$DIFF --tcx p2 egress off"),
	TOGGLE_SAME("clsact of the ingress port, egress", P4, DROP("p1", "egress", "ip"),
		    QDISC_DEL("p1", "clsact")),
	TOGGLE_SAME("clsact of the egress port, ingress", P4, DROP("p2", "ingress", "ip"),
		    QDISC_DEL("p2", "clsact")),
};

static const struct test_case qdiscs[] = {
	TOGGLE("pfifo", P4, QDISC("p2", "root pfifo limit 10"), QDISC_DEL("p2", "root")),
	TOGGLE("bfifo too small for the frame", "ip4 udp data n=900",
	       QDISC("p2", "root bfifo limit 200"), QDISC_DEL("p2", "root")),
	TOGGLE("tbf", P4, QDISC("p2", "root tbf rate 1gbit burst 100k latency 10ms"),
	       QDISC_DEL("p2", "root")),
	TOGGLE("tbf too small for the frame", "ip4 udp data n=900",
	       QDISC("p2", "root tbf rate 100mbit burst 400 latency 1ms"), QDISC_DEL("p2", "root")),
	TOGGLE("htb", P4,
	       QDISC("p2",
		     "root handle 1: htb default 1; tc class add dev p2 parent 1: classid 1:1 "
		     "htb rate 1gbit"),
	       QDISC_DEL("p2", "root")),
	TOGGLE("htb, IPv6", P6,
	       QDISC("p2",
		     "root handle 1: htb default 1; tc class add dev p2 parent 1: classid 1:1 "
		     "htb rate 1gbit"),
	       QDISC_DEL("p2", "root")),
	TOGGLE("htb with a dropping filter", P4,
	       QDISC("p2", "root handle 1: htb") "; tc filter add dev p2 parent 1: protocol ip bpf "
						 "da bytecode '1,6 0 0 2'",
	       QDISC_DEL("p2", "root")),
	TOGGLE_SAME("noqueue", P4, "tc qdisc replace dev p2 root noqueue", "true"),
	TOGGLE_SAME("pfifo of the ingress port", P4, QDISC("p1", "root pfifo limit 10"),
		    QDISC_DEL("p1", "root")),
};

#define RULE(what) "ip rule add " what " table 77"
#define RDEL(what) "ip rule del " what " table 77"
#define TABLE77                                                                               \
	"ip route add default via 10.0.4.2 table 77; ip route add default via 2001:db8:4::2 " \
	"table 77"

/* Rules have an effect that stays: the source check becomes the full one. So only the outcome
 * counts. */
#define BY_RULE(name, frame, what) TOGGLE_SAME(name, frame, RULE(what), RDEL(what))
#define BY_RULE6(name, frame, what)                                  \
	TOGGLE_SAME(name, frame, "ip -6 rule add " what " table 77", \
		    "ip -6 rule del " what " table 77")

static const struct test_case rules4[] = {
	BY_RULE("iif", P4, "iif p1"),
	BY_RULE("iif of another", P4, "iif p3"),
	BY_RULE("oif", P4, "oif p1"),
	BY_RULE("from", P4, "from 10.0.1.0/24"),
	BY_RULE("from another", P4, "from 10.0.3.0/24"),
	BY_RULE("to", P4, "to 10.0.2.2"),
	BY_RULE("not to", P4, "not to 10.0.3.0/24"),
	BY_RULE("fwmark", P4, "fwmark 7"),
	BY_RULE("not fwmark", P4, "not fwmark 7"),
	BY_RULE("fwmark 0 of a mask", P4, "fwmark 0/0xff"),
	BY_RULE("TOS, matches", "ip4 tos=0x10 udp data n=20", "tos 0x10"),
	BY_RULE("TOS, does not", P4, "tos 0x10"),
	BY_RULE("TOS with ECN", "ip4 tos=0x13 udp data n=20", "tos 0x10"),
	BY_RULE("ipproto", P4, "ipproto udp"),
	BY_RULE("ipproto of another", P4, "ipproto tcp"),
	BY_RULE("ipproto icmp", "ip4 icmp data n=20", "ipproto icmp"),
	BY_RULE("ipproto gre", "ip4 gre data n=20", "ipproto gre"),
	BY_RULE("dport", P4, "dport 2000"),
	BY_RULE("dport and protocol", P4, "ipproto udp dport 2000"),
	BY_RULE("dport, a range", P4, "dport 1990-2010"),
	BY_RULE("sport", P4, "sport 1000"),
	BY_RULE("sport, TCP", "ip4 tcp data n=20", "sport 1000"),
	BY_RULE("dport, first fragment", "ip4 mf=1 udp data n=16", "dport 2000"),
	BY_RULE("dport, later fragment", "ip4 off=64 proto=17 data hex=03e807d000000000",
		"dport 2000"),
	BY_RULE("dport, SCTP", "ip4 sctp data n=20", "dport 2000"),
	BY_RULE("dport, ICMP", "ip4 icmp data n=20", "dport 2000"),
	BY_RULE("dport, ESP", "ip4 esp spi=0x03e807d0 data n=20", "dport 2000"),
	BY_RULE("dport, UDP in GRE", "ip4 gre ip4 udp data n=20", "dport 2000"),
	BY_RULE("dport, UDP in IP", "ip4 ip4 udp data n=20", "dport 2000"),
	TOGGLE_SAME("blackhole", P4, "ip rule add to 10.0.2.2 blackhole",
		    "ip rule del to 10.0.2.2 blackhole"),
	TOGGLE_SAME("unreachable", P4, "ip rule add to 10.0.2.2 unreachable",
		    "ip rule del to 10.0.2.2 unreachable"),
	TOGGLE_SAME("prohibit", P4, "ip rule add to 10.0.2.2 prohibit",
		    "ip rule del to 10.0.2.2 prohibit"),
	TOGGLE_SAME("goto", P4, RULE("pref 200") ";ip rule add pref 100 goto 32766",
		    "ip rule del pref 100;ip rule del pref 200"),
	TOGGLE_SAME("suppress_prefixlength, default suppressed", "ip4 dst=172.16.0.1 udp",
		    "ip rule add pref 10 table 77 suppress_prefixlength 0", "ip rule del pref 10"),
	TOGGLE_SAME("suppress_prefixlength 24", P4,
		    "ip rule add pref 10 table main suppress_prefixlength 24;" RULE("pref 11"),
		    "ip rule del pref 10;ip rule del pref 11"),
	TOGGLE_SAME(
		"suppress_ifgroup", P4,
		"ip link set p2 group 5; ip rule add pref 10 table main suppress_ifgroup 5;" RULE(
			"pref 11"),
		"ip rule del pref 10;ip rule del pref 11"),
	TOGGLE_SAME("an empty table", P4, "ip rule add pref 10 table 78", "ip rule del pref 10"),
	TOGGLE_SAME("table main first, local after", "ip4 dst=10.0.1.1 icmp data n=20",
		    "ip rule add pref 32000 table local; ip rule del pref 0",
		    "ip rule add pref 0 table local; ip rule del pref 32000"),
	SHELL("echo 1 > /proc/sys/net/ipv4/conf/p1/rp_filter"),
	TOGGLE_SAME("rp_filter and a rule by iif", P4, RULE("iif p2"), RDEL("iif p2")),
	TOGGLE_SAME("rp_filter and a rule by source", P4, RULE("from 10.0.2.2"),
		    RDEL("from 10.0.2.2")),
	SAME("rp_filter, spoofed", "ip4 src=10.0.3.2 udp data n=20"),
	SAME("afterwards, source of no route", "ip4 src=203.0.113.1 udp data n=20"),
	SAME("afterwards, source the router", "ip4 src=10.0.2.1 udp data n=20"),
};

static const struct test_case rules6[] = {
	BY_RULE6("iif", P6, "iif p1"),
	BY_RULE6("iif of another", P6, "iif p3"),
	BY_RULE6("from", P6, "from 2001:db8:1::/64"),
	BY_RULE6("from another", P6, "from 2001:db8:3::/64"),
	BY_RULE6("to", P6, "to 2001:db8:2::2"),
	BY_RULE6("fwmark", P6, "fwmark 7"),
	BY_RULE6("not fwmark", P6, "not fwmark 7"),
	BY_RULE6("TOS, matches", "ip6 tc=0x10 udp data n=20", "tos 0x10"),
	BY_RULE6("TOS, does not", P6, "tos 0x10"),
	BY_RULE6("TOS with ECN", "ip6 tc=0x13 udp data n=20", "tos 0x10"),
	BY_RULE6("TOS and a flow label", "ip6 tc=0x10 flow=0xfffff udp data n=20", "tos 0x10"),
	BY_RULE6("ipproto", P6, "ipproto udp"),
	BY_RULE6("ipproto of another", P6, "ipproto tcp"),
	BY_RULE6("ipproto, behind options", "ip6 dstopt udp data n=20", "ipproto udp"),
	BY_RULE6("ipproto, options themselves", "ip6 dstopt udp data n=20", "ipproto 60"),
	BY_RULE6("ipproto, fragment", "ip6 frag mf=1 udp data n=16", "ipproto udp"),
	BY_RULE6("ipproto icmp", "ip6 icmp6 data n=20", "ipproto 58"),
	BY_RULE6("dport", P6, "dport 2000"),
	BY_RULE6("dport, a range", P6, "dport 1990-2010"),
	BY_RULE6("sport", P6, "sport 1000"),
	BY_RULE6("dport, behind options", "ip6 dstopt udp data n=20", "dport 2000"),
	BY_RULE6("dport, first fragment", "ip6 frag mf=1 udp data n=16", "dport 2000"),
	BY_RULE6("dport, later fragment", "ip6 frag off=64 next=17 data hex=03e807d000000000",
		 "dport 2000"),
	BY_RULE6("dport, ESP", "ip6 esp spi=0x03e807d0 data n=20", "dport 2000"),
	TOGGLE_SAME("blackhole", P6, "ip -6 rule add to 2001:db8:2::2 blackhole",
		    "ip -6 rule del to 2001:db8:2::2 blackhole"),
	TOGGLE_SAME("unreachable", P6, "ip -6 rule add to 2001:db8:2::2 unreachable",
		    "ip -6 rule del to 2001:db8:2::2 unreachable"),
	TOGGLE_SAME("prohibit", P6, "ip -6 rule add to 2001:db8:2::2 prohibit",
		    "ip -6 rule del to 2001:db8:2::2 prohibit"),
	TOGGLE_SAME("suppress_prefixlength 64", P6,
		    "ip -6 rule add pref 10 table main suppress_prefixlength 64;"
		    "ip -6 rule add pref 11 table 77",
		    "ip -6 rule del pref 10;ip -6 rule del pref 11"),
	TOGGLE_SAME("an empty table", P6, "ip -6 rule add pref 10 table 78",
		    "ip -6 rule del pref 10"),
};

const struct test_group groups_tc[] = {
	GROUP("tc ingress", ingress, .two_ports = true),
	GROUP("tc egress", egress, .two_ports = true),
	GROUP("qdiscs", qdiscs, .two_ports = true),
	GROUP("IPv4 rules", rules4, .setup = TABLE77),
	GROUP("IPv6 rules", rules6, .setup = TABLE77),
	GROUPS_END,
};
