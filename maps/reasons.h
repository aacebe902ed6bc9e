/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a packet went where it went: one list makes the enum, the words of `xhop show reason`,
 * the JSON, the tests' names and the table of the man page.
 *
 * REASON(id, word, sentence). Every packet the program sees counts exactly one. All but
 * "forwarded" hand the packet to Linux (XDP_PASS), which does with it what it always did.
 * The order is the order of the checks; numbers are not stable between versions, words are.
 */
#ifndef XHOP_MAPS_REASONS_H
#define XHOP_MAPS_REASONS_H

#define XHOP_REASONS(REASON)                                                                       \
	REASON(FORWARDED, "forwarded", "redirected to the next hop by XDP")                        \
	/* frame and headers */                                                                    \
	REASON(TRUNCATED, "truncated", "the frame ends before its headers do")                     \
	REASON(ETHERTYPE, "ethertype", "neither IPv4 nor IPv6 (ARP, LLDP, MPLS, ...)")             \
	REASON(VLAN, "vlan", "tagged frame, it belongs to a VLAN device")                          \
	REASON(MAC, "mac",                                                                         \
	       "destination MAC is not the device's (broadcast, multicast, another's)")            \
	REASON(IP_VERSION, "ip-version", "the version field contradicts the ethertype")            \
	REASON(IP_LENGTH, "ip-length", "the length fields contradict each other or the frame")     \
	REASON(IP_CHECKSUM, "ip-checksum", "wrong IPv4 header checksum")                           \
	REASON(IP_OPTIONS, "ip-options", "IPv4 options, Linux processes them")                     \
	REASON(HOP_BY_HOP, "hop-by-hop", "IPv6 hop-by-hop options, Linux processes them")          \
	REASON(TTL, "ttl", "TTL or hop limit ends here, Linux answers time exceeded")              \
	REASON(SOURCE, "source", "a source address that is never forwarded (multicast, ...)")      \
	REASON(DESTINATION, "destination",                                                         \
	       "a destination that is never forwarded (multicast, broadcast, link-local, ...)")    \
	REASON(PADDING, "padding", "padding behind a packet that lies in several buffers")         \
	/* gate: the port */                                                                       \
	REASON(NOT_RUNNER, "paused", "the port is paused or another program took it over")         \
	REASON(MOVED, "moved",                                                                     \
	       "the device is not the one xhop was attached to (another namespace)")               \
	REASON(RX_HANDLER, "rx-handler", "the device belongs to a bridge, bond, team or macvlan")  \
	REASON(VRF, "vrf", "the device belongs to a VRF")                                          \
	REASON(RX_VLAN, "rx-vlan", "the device may hide VLAN tags from XDP (offload)")             \
	REASON(SKB_CHECKSUM, "skb-checksum", "the sender left the L4 checksum to the device")      \
	REASON(SKB_GSO, "skb-gso", "a large segment that is still to be cut (GSO)")                \
	REASON(SKB_VLAN, "skb-vlan", "a VLAN tag stands beside the frame")                         \
	REASON(SKB_MARK, "skb-mark", "the packet carries a firewall mark")                         \
	/* gate: policy of the namespace and of the ingress device */                              \
	REASON(NETFILTER, "netfilter",                                                             \
	       "nftables or iptables hook on prerouting, forward or postrouting")                  \
	REASON(NETDEV_INGRESS, "netdev-ingress", "netfilter ingress hook on the device")           \
	REASON(TC_INGRESS, "tc-ingress", "tc ingress (clsact, tcx) on the device")                 \
	REASON(XFRM, "xfrm", "IPsec policies exist")                                               \
	REASON(FORWARDING, "forwarding", "forwarding is off for this family or device")            \
	REASON(IP6_DISABLED, "ip6-disabled", "IPv6 is disabled on the device")                     \
	REASON(PROXY_NDP, "proxy-ndp", "proxy_ndp is on")                                          \
	/* lookup */                                                                               \
	REASON(EXT_HEADER, "ext-header", "policy rules may look behind the IPv6 extension header") \
	REASON(RULE, "rule", "IPv6 policy rules with suppress_*, which the helper ignores")        \
	REASON(LOCAL, "local", "for an address of this router")                                    \
	REASON(NO_ROUTE, "no-route", "no route out: none, or broadcast, multicast, throw")         \
	REASON(BLACKHOLE, "blackhole", "blackhole route")                                          \
	REASON(UNREACHABLE, "unreachable", "unreachable route")                                    \
	REASON(PROHIBIT, "prohibit", "prohibit route")                                             \
	REASON(ENCAP, "encap", "the route encapsulates (lightweight tunnel)")                      \
	REASON(NEIGHBOUR, "neighbour", "the next hop's MAC is not known yet, Linux resolves it")   \
	REASON(MTU, "mtu", "longer than the way out takes, Linux fragments or answers")            \
	REASON(LOOKUP, "lookup", "the lookup refused the packet or its route could not be seen")   \
	REASON(MULTIPATH, "multipath", "the kernel may choose another of the route's next hops")   \
	REASON(LEARNED, "learned", "the next hop may have been changed by an ICMP redirect")       \
	REASON(REDIRECT, "redirect", "the way out is the way in, Linux tells the sender")          \
	REASON(OWN_SOURCE, "own-source", "the source is an address of this router")                \
	REASON(RP_FILTER, "rp-filter", "the source check does not clearly accept the source")      \
	REASON(STALE, "stale", "the neighbour is to be confirmed, Linux sends one packet there")   \
	/* egress device */                                                                        \
	REASON(NOT_PORT, "not-port", "the egress device is not a port of xhop")                    \
	REASON(EGRESS_DOWN, "egress-down", "the egress device is down or has no carrier")          \
	REASON(EGRESS_XDP, "egress-xdp", "the egress device cannot take XDP frames now")           \
	REASON(EGRESS_HOOK, "egress-hook", "tc or netfilter egress hook on the egress device")     \
	REASON(EGRESS_QDISC, "egress-qdisc", "a configured qdisc on the egress device")            \
	REASON(ERROR, "error", "a helper failed after the decision")

enum xhop_reason {
#define REASON(id, word, sentence) XHOP_##id,
	XHOP_REASONS(REASON)
#undef REASON
		XHOP_REASON_COUNT
};

#endif
