/*
 * Firewalls and IPsec policies, put in and taken out while frames flow: nftables at each hook and
 * of each family, legacy iptables, NAT, xfrm.
 */
#include "tests/diff/diff.h"

#define P4 "ip4 udp data n=20"
#define P6 "ip6 udp data n=20"

/* A chain at HOOK of a table of FAMILY with one rule. */
#define NFT(family, hook, rule)                                                     \
	"nft -f - <<'EOF'\ntable " family " t {\nchain c {\ntype filter hook " hook \
	" priority 0;\n" rule "\n}\n}\nEOF\n"
#define GONE(family) "nft delete table " family " t"

#define HOOK4(family, hook)                                                                    \
	TOGGLE(family " " hook ", empty", P4, NFT(family, hook, ""), GONE(family)),            \
		TOGGLE(family " " hook ", drop", P4, NFT(family, hook, "udp dport 2000 drop"), \
		       GONE(family)),                                                          \
		TOGGLE(family " " hook ", other TTL", P4, NFT(family, hook, "ip ttl set 9"),   \
		       GONE(family))
#define HOOK6(family, hook)                                                               \
	TOGGLE(family " " hook ", empty, IPv6", P6, NFT(family, hook, ""), GONE(family)), \
		TOGGLE(family " " hook ", drop, IPv6", P6,                                \
		       NFT(family, hook, "udp dport 2000 drop"), GONE(family)),           \
		TOGGLE(family " " hook ", other hop limit", P6,                           \
		       NFT(family, hook, "ip6 hoplimit set 9"), GONE(family))

static const struct test_case nft4[] = {
	HOOK4("ip", "prerouting"),	    HOOK4("ip", "forward"),
	HOOK4("ip", "postrouting"),	    HOOK4("inet", "prerouting"),
	HOOK4("inet", "forward"),	    HOOK4("inet", "postrouting"),
	HOOK4("inet", "ingress device p1"), HOOK4("netdev", "ingress device p1"),
};

static const struct test_case nft6[] = {
	HOOK6("ip6", "prerouting"),	    HOOK6("ip6", "forward"),
	HOOK6("ip6", "postrouting"),	    HOOK6("inet", "prerouting"),
	HOOK6("inet", "forward"),	    HOOK6("inet", "postrouting"),
	HOOK6("inet", "ingress device p1"), HOOK6("netdev", "ingress device p1"),
};

static const struct test_case nft_egress[] = {
	TOGGLE("netdev egress, drop", P4, NFT("netdev", "egress device p2", "udp dport 2000 drop"),
	       GONE("netdev")),
	TOGGLE("netdev egress, other TTL", P4, NFT("netdev", "egress device p2", "ip ttl set 9"),
	       GONE("netdev")),
	TOGGLE("netdev egress, drop, IPv6", P6,
	       NFT("netdev", "egress device p2", "udp dport 2000 drop"), GONE("netdev")),
	TOGGLE("netdev egress, other hop limit", P6,
	       NFT("netdev", "egress device p2", "ip6 hoplimit set 9"), GONE("netdev")),
	TOGGLE_SAME("netdev egress of another port", P4,
		    NFT("netdev", "egress device p3", "udp dport 2000 drop"), GONE("netdev")),
	TOGGLE_SAME("netdev egress of the ingress port", P4,
		    NFT("netdev", "egress device p1", "udp dport 2000 drop"), GONE("netdev")),
	TOGGLE_SAME("netdev ingress of another port", P4,
		    NFT("netdev", "ingress device p2", "udp dport 2000 drop"), GONE("netdev")),
	TOGGLE_SAME("input alone", P4, NFT("inet", "input", "drop"), GONE("inet")),
	TOGGLE_SAME("output alone", P4, NFT("inet", "output", "ip ttl set 9"), GONE("inet")),
	TOGGLE_SAME("IPv6 table, IPv4 frame", P4, NFT("ip6", "forward", "drop"), GONE("ip6")),
	TOGGLE_SAME("IPv4 table, IPv6 frame", P6, NFT("ip", "forward", "drop"), GONE("ip")),
	TOGGLE_SAME("bridge family", P4, NFT("bridge", "forward", "drop"), GONE("bridge")),
	TOGGLE_SAME("arp family", "eth dst=b arp tpa=10.0.1.1", NFT("arp", "input", "drop"),
		    GONE("arp")),
	TOGGLE_SAME("a table without chains", P4, "nft add table inet t", GONE("inet")),
	TOGGLE_SAME("a chain without hook", P4, "nft add table inet t; nft add chain inet t c",
		    GONE("inet")),
};

static const struct test_case nat[] = {
	TOGGLE("masquerade", P4,
	       "nft -f - <<'EOF'\ntable ip t {\nchain c {\ntype nat hook postrouting priority "
	       "100;\n"
	       "oif p2 masquerade\n}\n}\nEOF\n",
	       GONE("ip")),
	TOGGLE("masquerade, IPv6", P6,
	       "nft -f - <<'EOF'\ntable ip6 t {\nchain c {\ntype nat hook postrouting priority "
	       "100;\noif p2 masquerade\n}\n}\nEOF\n",
	       GONE("ip6")),
	TOGGLE("destination NAT", P4,
	       "nft -f - <<'EOF'\ntable ip t {\nchain c {\ntype nat hook prerouting priority "
	       "-100;\n"
	       "udp dport 2000 dnat to 10.0.3.2:77\n}\n}\nEOF\n",
	       GONE("ip")),
	TOGGLE("reject", P4, NFT("inet", "forward", "reject with icmpx admin-prohibited"),
	       GONE("inet")),
	TOGGLE("reject, TCP reset", "ip4 tcp flags=2",
	       NFT("inet", "forward", "meta l4proto tcp reject with tcp reset"), GONE("inet")),
	TOGGLE("reject, IPv6", P6, NFT("inet", "forward", "reject with icmpx port-unreachable"),
	       GONE("inet")),
	TOGGLE("connection tracking alone", P4, NFT("inet", "forward", "ct state new accept"),
	       GONE("inet")),
	TOGGLE("mark and a rule for it", P4,
	       NFT("inet", "prerouting",
		   "meta mark set 7") "ip rule add fwmark 7 table 77;"
				      "ip route add default via 10.0.4.2 table 77",
	       GONE("inet")),
	TOGGLE("duplicate to a port", P4, NFT("netdev", "ingress device p1", "dup to p4"),
	       GONE("netdev")),
	TOGGLE("forward to a port", P4, NFT("netdev", "ingress device p1", "fwd to p4"),
	       GONE("netdev")),
	TOGGLE("notrack", P4, NFT("inet", "prerouting", "notrack"), GONE("inet")),
	TOGGLE("DSCP set", P4, NFT("inet", "forward", "ip dscp set 10"), GONE("inet")),
	TOGGLE("flow offload", P4,
	       "nft -f - <<'EOF'\ntable inet t {\nchain c {\ntype filter hook forward priority 0;\n"
	       "counter\n}\n}\nEOF\n",
	       GONE("inet")),
};

#define LEGACY(name, frame, cmd, rule) TOGGLE_SAME(name, frame, cmd " -A " rule, cmd " -D " rule)

static const struct test_case iptables[] = {
	FAST("legacy, before", P4),
	SHELL("iptables-legacy -A FORWARD -p udp --dport 2000 -j DROP"),
	SLOW("legacy, drop", P4),
	SHELL("iptables-legacy -F FORWARD"),
	SAME("legacy, flushed", P4),
	LEGACY("legacy, TTL", P4, "iptables-legacy -t mangle", "FORWARD -j TTL --ttl-set 9"),
	LEGACY("legacy, DSCP", P4, "iptables-legacy -t mangle", "PREROUTING -j DSCP --set-dscp 9"),
	LEGACY("legacy, POSTROUTING", P4, "iptables-legacy -t mangle",
	       "POSTROUTING -j TTL --ttl-set 9"),
	LEGACY("legacy, raw", P4, "iptables-legacy -t raw", "PREROUTING -p udp -j DROP"),
	LEGACY("legacy, masquerade", P4, "iptables-legacy -t nat",
	       "POSTROUTING -o p2 -j MASQUERADE"),
	SHELL("iptables-legacy -P FORWARD DROP"),
	SLOW("legacy, policy drop", P4),
	SHELL("iptables-legacy -P FORWARD ACCEPT"),
	SAME("legacy, policy accept", P4),
	FAST("legacy for IPv4, an IPv6 frame", P6),
	LEGACY("legacy, IPv6 drop", P6, "ip6tables-legacy", "FORWARD -p udp -j DROP"),
	LEGACY("legacy, hop limit", P6, "ip6tables-legacy -t mangle", "FORWARD -j HL --hl-set 9"),
	LEGACY("nft, drop", P4, "iptables-nft", "FORWARD -p udp --dport 2000 -j DROP"),
	LEGACY("nft, TTL", P4, "iptables-nft -t mangle", "FORWARD -j TTL --ttl-set 9"),
	LEGACY("nft, IPv6 drop", P6, "ip6tables-nft", "FORWARD -p udp -j DROP"),
	LEGACY("nft, masquerade", P4, "iptables-nft -t nat", "POSTROUTING -o p2 -j MASQUERADE"),
};

#define POLICY "ip xfrm policy add "
#define PDEL   "ip xfrm policy deleteall"

static const struct test_case xfrm[] = {
	TOGGLE("forward, block", P4, POLICY "dir fwd src 10.0.1.0/24 dst 10.0.2.0/24 action block",
	       PDEL),
	TOGGLE("out, block", P4, POLICY "dir out src 10.0.1.0/24 dst 10.0.2.0/24 action block",
	       PDEL),
	TOGGLE("out, ESP tunnel without a state", P4,
	       POLICY "dir out src 10.0.1.0/24 dst 10.0.2.0/24 tmpl src 10.0.2.1 dst 10.0.2.2 "
		      "proto esp mode tunnel",
	       PDEL),
	TOGGLE("forward, ESP tunnel required", P4,
	       POLICY "dir fwd src 10.0.1.0/24 dst 10.0.2.0/24 tmpl src 10.0.1.2 dst 10.0.1.1 "
		      "proto esp mode tunnel",
	       PDEL),
	TOGGLE_SAME("forward, ESP tunnel optional", P4,
		    POLICY "dir fwd src 10.0.1.0/24 dst 10.0.2.0/24 tmpl src 10.0.1.2 dst 10.0.1.1 "
			   "proto esp mode tunnel level use",
		    PDEL),
	TOGGLE_SAME("forward, allow", P4, POLICY "dir fwd src 10.0.1.0/24 dst 10.0.2.0/24", PDEL),
	TOGGLE_SAME("forward, block of others", P4,
		    POLICY "dir fwd src 10.7.0.0/24 dst 10.0.2.0/24 action block", PDEL),
	TOGGLE_SAME("in, block", P4, POLICY "dir in src 10.0.1.0/24 dst 10.0.2.0/24 action block",
		    PDEL),
	TOGGLE("forward, block by port", P4,
	       POLICY "dir fwd src 10.0.1.0/24 dst 10.0.2.0/24 proto udp dport 2000 action block",
	       PDEL),
	TOGGLE("forward, block, IPv6", P6,
	       POLICY "dir fwd src 2001:db8:1::/64 dst 2001:db8:2::/64 action block", PDEL),
	TOGGLE("out, block, IPv6", P6,
	       POLICY "dir out src 2001:db8:1::/64 dst 2001:db8:2::/64 action block", PDEL),
	TOGGLE("default of forward, block", P4, "ip xfrm policy setdefault fwd block",
	       "ip xfrm policy setdefault fwd accept"),
	TOGGLE("default of out, block", P4, "ip xfrm policy setdefault out block",
	       "ip xfrm policy setdefault out accept"),
	TOGGLE("default of forward, block, IPv6", P6, "ip xfrm policy setdefault fwd block",
	       "ip xfrm policy setdefault fwd accept"),
	TOGGLE_SAME("default of in, block", P4, "ip xfrm policy setdefault in block",
		    "ip xfrm policy setdefault in accept"),
};

const struct test_group groups_filter[] = {
	GROUP("nftables, IPv4", nft4, .two_ports = true),
	GROUP("nftables, IPv6", nft6, .two_ports = true),
	GROUP("nftables, other hooks", nft_egress, .two_ports = true),
	GROUP("nftables, actions", nat, .two_ports = true),
	GROUP("iptables", iptables, .two_ports = true),
	GROUP("xfrm", xfrm, .two_ports = true),
	GROUPS_END,
};
