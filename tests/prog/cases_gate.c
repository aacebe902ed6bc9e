/*
 * Who may have a say on a packet: netfilter, tc, IPsec, devices above the port. Each closes the
 * gate while it is there and no longer, and what does not concern a packet leaves it open.
 */
#include "tests/prog/prog.h"

#define CHAIN(family, hook)                                                       \
	"nft -f - <<'EOF'\ntable " family " t { chain c { type filter hook " hook \
	" priority 0; policy accept; }; }\nEOF\n"
#define NO_TABLE(family)     "nft delete table " family " t"
#define NFT(r, family, hook) SET(r, family " " hook, CHAIN(family, hook), NO_TABLE(family))

static const struct test_case nft4[] = {
	NFT(NETFILTER, "ip", "prerouting"),
	NFT(NETFILTER, "ip", "forward"),
	NFT(NETFILTER, "ip", "postrouting"),
	NFT(FORWARDED, "ip", "input"),
	NFT(FORWARDED, "ip", "output"),
	NFT(NETFILTER, "inet", "prerouting"),
	NFT(NETFILTER, "inet", "forward"),
	NFT(NETFILTER, "inet", "postrouting"),
	NFT(FORWARDED, "inet", "input"),
	NFT(FORWARDED, "ip6", "forward"),
	NFT(FORWARDED, "arp", "input"),
	SET(FORWARDED, "a table without hooks", "nft add table ip t; nft add chain ip t c",
	    NO_TABLE("ip")),
};

static const struct test_case nft6[] = {
	NFT(NETFILTER, "ip6", "prerouting"),  NFT(NETFILTER, "ip6", "forward"),
	NFT(NETFILTER, "ip6", "postrouting"), NFT(FORWARDED, "ip6", "input"),
	NFT(FORWARDED, "ip6", "output"),      NFT(NETFILTER, "inet", "prerouting"),
	NFT(NETFILTER, "inet", "forward"),    NFT(NETFILTER, "inet", "postrouting"),
	NFT(FORWARDED, "ip", "forward"),
};

#define NETDEV(dev, hook) CHAIN("netdev", hook " device " dev)
#define U32		  " protocol all u32 match u32 0 0 classid 1:1"
#define CLSACT(dev, side) "tc qdisc add dev " dev " clsact; tc filter add dev " dev " " side U32
#define NO_CLSACT(dev)	  "tc qdisc del dev " dev " clsact"

static const struct test_case devices[] = {
	SET(NETDEV_INGRESS, "netdev ingress hook", NETDEV("p1", "ingress"), NO_TABLE("netdev")),
	SET(FORWARDED, "netdev ingress hook of the egress port", NETDEV("p2", "ingress"),
	    NO_TABLE("netdev")),
	SET(FORWARDED, "netdev egress hook of the ingress port", NETDEV("p1", "egress"),
	    NO_TABLE("netdev")),
	SET(EGRESS_HOOK, "netdev egress hook", NETDEV("p2", "egress"), NO_TABLE("netdev")),
	SET(EGRESS_HOOK, "netdev egress hook, IPv6", NETDEV("p2", "egress"), NO_TABLE("netdev"),
	    .frame = "ip6 udp"),
	SET(TC_INGRESS, "clsact, an ingress filter", CLSACT("p1", "ingress"), NO_CLSACT("p1")),
	SET(TC_INGRESS, "ingress qdisc with a filter",
	    "tc qdisc add dev p1 ingress; tc filter add dev p1 parent ffff:" U32,
	    "tc qdisc del dev p1 ingress"),
	SET(FORWARDED, "clsact, an ingress filter of the egress port",
	    "tc qdisc add dev p3 clsact; tc filter add dev p3 ingress" U32, NO_CLSACT("p3")),
	SET(EGRESS_HOOK, "clsact, an egress filter", CLSACT("p2", "egress"), NO_CLSACT("p2")),
	SET(FORWARDED, "clsact, an egress filter of a third port", CLSACT("p3", "egress"),
	    NO_CLSACT("p3")),
	SET(EGRESS_QDISC, "tbf", "tc qdisc add dev p2 root tbf rate 1gbit burst 100k latency 1s",
	    "tc qdisc del dev p2 root"),
	SET(EGRESS_QDISC, "pfifo, IPv6", "tc qdisc add dev p2 root pfifo",
	    "tc qdisc del dev p2 root", .frame = "ip6 udp"),
	SET(EGRESS_QDISC, "htb with a handle", "tc qdisc add dev p2 root handle 5: htb",
	    "tc qdisc del dev p2 root"),
	SET(FORWARDED, "a qdisc of the ingress port", "tc qdisc add dev p1 root pfifo",
	    "tc qdisc del dev p1 root"),
	/* br_netfilter's hook stays when the first bridge goes. */
	SET(RX_HANDLER, "bridge port", "ip link add br0 type bridge; ip link set p1 master br0",
	    "ip link del br0", .lacks = "no bridge in this kernel"),
	SET(RX_HANDLER, "bridge port, IPv6",
	    "ip link add br0 type bridge; ip link set p1 master br0", "ip link del br0",
	    .frame = "ip6 udp", .lacks = "no bridge in this kernel"),
	SET(NETFILTER, "a hook beside br_netfilter's", CHAIN("ip", "prerouting"), NO_TABLE("ip")),
	SET(NETFILTER, "a hook beside br_netfilter's, IPv6", CHAIN("ip6", "prerouting"),
	    NO_TABLE("ip6"), .frame = "ip6 udp"),
	SET(FORWARDED, "a bridge without the port",
	    "ip link add br0 type bridge; ip link set p4 master br0; ip link set br0 up",
	    "ip link del br0", .lacks = "no bridge in this kernel"),
	SET(RX_HANDLER, "macvlan", "ip link add link p1 name mv type macvlan", "ip link del mv",
	    .lacks = "no macvlan in this kernel"),
	SET(RX_HANDLER, "bond port",
	    "ip link add bo type bond || exit 1; ip link set p1 down; ip link set p1 master bo",
	    "ip link del bo; restore 1", .lacks = "no bonding in this kernel"),
	SET(VRF, "VRF port",
	    "ip link add vr type vrf table 10 || exit 1; ip link set vr up; ip link set p1 master "
	    "vr",
	    "ip link set p1 nomaster; ip link del vr; restore 1", .lacks = "no VRF in this kernel"),
	SET(VRF, "VRF port, IPv6",
	    "ip link add vr type vrf table 10 || exit 1; ip link set vr up; ip link set p1 master "
	    "vr",
	    "ip link set p1 nomaster; ip link del vr; restore 1", .lacks = "no VRF in this kernel",
	    .frame = "ip6 udp"),
	SET(FORWARDED, "a VLAN device above the port", "ip link add link p1 name v5 type vlan id 5",
	    "ip link del v5", .lacks = "no 802.1Q in this kernel"),
};

#define POLICY(dir, action) \
	"ip xfrm policy add src 10.9.9.0/24 dst 10.9.8.0/24 dir " dir " action " action
#define NO_POLICY "ip xfrm policy flush"

static const struct test_case xfrm[] = {
	SET(XFRM, "forward policy", POLICY("fwd", "block"), NO_POLICY),
	SET(XFRM, "outbound policy", POLICY("out", "allow"), NO_POLICY),
	SET(FORWARDED, "inbound policy", POLICY("in", "block"), NO_POLICY),
	SET(XFRM, "IPv6, policy of IPv4", POLICY("fwd", "block"), NO_POLICY, .frame = "ip6 udp"),
	SET(XFRM, "forward blocked by default", "ip xfrm policy setdefault fwd block",
	    "ip xfrm policy setdefault fwd accept"),
	SET(XFRM, "outbound blocked by default", "ip xfrm policy setdefault out block",
	    "ip xfrm policy setdefault out accept"),
	SET(FORWARDED, "inbound blocked by default", "ip xfrm policy setdefault in block",
	    "ip xfrm policy setdefault in accept"),
	SET(FORWARDED, "a state without a policy",
	    "ip xfrm state add src 10.9.9.1 dst 10.9.8.1 proto esp spi 1 mode tunnel "
	    "auth 'digest_null' '' enc 'cipher_null' ''",
	    "ip xfrm state flush", .lacks = "no null ciphers for ESP in this kernel"),
};

const struct test_group groups_gate[] = {
	GROUP("nftables", nft4),
	GROUP("nftables ipv6", nft6, .ip6 = true),
	GROUP("device", devices),
	GROUP("xfrm", xfrm),
	GROUPS_END,
};
