/*
 * Devices that change while frames flow: bridges, macvlan, tun, links going down, addresses and MAC
 * addresses, and the state of GRO at the far end, on which it depends whether a veth can take a
 * redirect at all.
 */
#include "tests/diff/diff.h"

#define P4 "ip4 udp data n=20"
#define P6 "ip6 udp data n=20"
/* Port 2 forgets its neighbours when it goes down or gets another MAC address. */
#define NEIGH2                                                       \
	"ip neigh replace 10.0.2.2 lladdr 02:00:00:00:02:02 dev p2;" \
	"ip neigh replace 2001:db8:2::2 lladdr 02:00:00:00:02:02 dev p2"
/* A link that comes up is ready when the kernel's link watch has seen it. */
#define SETTLE "sleep 0.1;"
#define FAR    "ip netns exec $H "

/*
 * With a bridge, br_netfilter hooks into the namespace's prerouting, and stays there: what XDP may
 * still take then is the gate's affair, only the outcome counts.
 */
static const char bridge_setup[] =
	"ip link add br0 address 02:00:00:00:01:09 type bridge forward_delay 0 mcast_snooping 0\n"
	"ip link set p3 master br0; ip link set p4 master br0\n"
	"ip addr add 10.0.9.1/24 dev br0; ip addr add 2001:db8:9::1/64 dev br0 nodad\n"
	"ip link set br0 up\n"
	"for h in 2 3 4; do ip neigh add 10.0.9.$h lladdr 02:00:00:00:09:0$h dev br0\n"
	"ip neigh add 2001:db8:9::$h lladdr 02:00:00:00:09:0$h dev br0; done\n"
	"bridge fdb add 02:00:00:00:09:03 dev p3 master; bridge fdb add 02:00:00:00:09:04 dev p4 "
	"master\n";

static const struct test_case bridge[] = {
	SLOW("into the bridge, one port", "ip4 dst=10.0.9.3 udp data n=20"),
	SLOW("into the bridge, other port", "ip4 dst=10.0.9.4 udp data n=20"),
	SLOW("into the bridge, flooded", "ip4 dst=10.0.9.2 udp data n=20"),
	SLOW("into the bridge, IPv6", "ip6 dst=2001:db8:9::4 udp data n=20"),
	SLOW("into the bridge, TTL 1", "ip4 dst=10.0.9.3 ttl=1 udp data n=20"),
	SLOW_AT(3, "out of the bridge",
		"eth dst=02:00:00:00:01:09 ip4 src=10.0.9.3 dst=10.0.2.2 udp data n=20"),
	SLOW_AT(3, "out of the bridge, IPv6",
		"eth dst=02:00:00:00:01:09 ip6 src=2001:db8:9::3 dst=2001:db8:2::2 udp data n=20"),
	SLOW_AT(3, "to the port's own MAC", "ip4 src=10.0.9.3 dst=10.0.2.2 udp data n=20"),
	SLOW_AT(3, "bridged",
		"eth dst=02:00:00:00:09:04 ip4 src=10.0.9.3 dst=10.0.9.4 udp data n=20"),
	SLOW_AT(3, "bridged, IPv6", "eth dst=02:00:00:00:09:04 ip6 udp data n=20"),
	SLOW_AT(3, "bridged, unknown", "eth dst=x ip4 src=10.0.9.3 dst=10.0.9.4 udp data n=20"),
	SLOW_AT(3, "bridged, broadcast", "eth dst=b ip4 src=10.0.9.3 dst=10.0.9.255 udp data n=20"),
	SLOW_AT(3, "bridged, ARP", "eth dst=b arp spa=10.0.9.3 tpa=10.0.9.4"),
	SLOW_AT(3, "bridged, STP", "eth dst=s type=38 data hex=4242030000000000 data n=38"),
	SLOW_AT(3, "bridged, a VLAN tag", "eth dst=02:00:00:00:09:04 vlan id=5 ip4 udp data n=20"),
	SAME("between the other ports", P4),
	SAME("between the other ports, IPv6", P6),
	SHELL("nft -f - <<'EOF'\ntable bridge t {\nchain c {\ntype filter hook forward priority "
	      "0;\n"
	      "drop\n}\n}\nEOF\n"),
	SLOW_AT(3, "bridged, nftables drop",
		"eth dst=02:00:00:00:09:04 ip4 src=10.0.9.3 dst=10.0.9.4 udp data n=20"),
	SLOW("into the bridge, nftables bridge forward", "ip4 dst=10.0.9.3 udp data n=20"),
	SHELL("nft delete table bridge t; ip link set p3 nomaster"),
	SAME("into the bridge, a port less", "ip4 dst=10.0.9.3 udp data n=20"),
	SAME_AT(3, "a port out of the bridge", "ip4 src=10.0.3.2 dst=10.0.2.2 udp data n=20"),
	SAME("to the port out of the bridge", "ip4 dst=10.0.3.2 udp data n=20"),
	SHELL("ip link set p3 master br0"),
	SLOW_AT(3, "the port back in the bridge", "ip4 src=10.0.9.3 dst=10.0.2.2 udp data n=20"),
	SAME("to the port back in the bridge", "ip4 dst=10.0.3.2 udp data n=20"),
	SHELL("ip link del br0"),
	SAME_AT(3, "bridge gone", "ip4 src=10.0.3.2 dst=10.0.2.2 udp data n=20"),
};

static const struct test_case ingress_bridged[] = {
	FAST("before", P4),
	SHELL("ip link add br0 address 02:00:00:00:01:09 type bridge mcast_snooping 0; ip link set "
	      "br0 up;"
	      "ip link set p1 master br0"),
	SLOW("ingress port in a bridge", P4),
	SLOW("ingress port in a bridge, IPv6", P6),
	SLOW("ingress port in a bridge, to the bridge",
	     "eth dst=02:00:00:00:01:09 ip4 udp data n=20"),
	SHELL("ip addr add 10.0.91.1/24 dev br0"),
	SLOW("ingress port in a bridge with an address",
	     "eth dst=02:00:00:00:01:09 ip4 src=10.0.91.2 udp data n=20"),
	SHELL("ip link del br0"),
	SAME("after", P4),
	SHELL("ip link add br0 address 02:00:00:00:01:09 type bridge mcast_snooping 0; ip link set "
	      "br0 up;"
	      "ip link set p2 master br0"),
	SAME("egress port in a bridge", P4),
	SAME("egress port in a bridge, IPv6", P6),
	SHELL("ip link del br0"),
	SAME("after that", P4),
};

static const struct test_case macvlan[] = {
	FAST("before", P4),
	SHELL("ip link add link p1 name mv1 address 02:00:00:00:01:0a type macvlan mode bridge;"
	      "ip link set mv1 up; ip addr add 10.0.95.1/24 dev mv1;"
	      "ip neigh add 10.0.95.2 lladdr 02:00:00:00:02:01 dev mv1"),
	SAME("on the ingress port", P4),
	SAME("on the ingress port, IPv6", P6),
	SLOW("to the macvlan's MAC", "eth dst=02:00:00:00:01:0a ip4 src=10.0.95.2 udp data n=20"),
	SLOW("to the macvlan's address",
	     "eth dst=02:00:00:00:01:0a ip4 src=10.0.95.2 dst=10.0.95.1 "
	     "icmp data n=20"),
	SHELL("ip link del mv1"),
	FAST("after", P4),
	SHELL("ip link add link p2 name mv2 address 02:00:00:00:01:0b type macvlan mode bridge;"
	      "ip link set mv2 up; ip addr add 10.0.96.1/24 dev mv2;"
	      "ip neigh add 10.0.96.2 lladdr 02:00:00:00:96:02 dev mv2"),
	SLOW("out of a macvlan", "ip4 dst=10.0.96.2 udp data n=20"),
	FAST("out of the port below it", P4),
	SHELL("ip link del mv2"),
	SLOW("the macvlan gone", "ip4 dst=10.0.96.2 udp data n=20"),
	SHELL("ip link add link p1 name mv3 type macvlan mode passthru; ip link set mv3 up"),
	SAME("a passthru macvlan on the ingress port", P4),
	SHELL("ip link del mv3"),
	SAME("the passthru macvlan gone", P4),
};

static const struct test_case tunnel_devices[] = {
	SHELL("ip tuntap add t0 mode tun; ip addr add 10.0.8.1/24 dev t0; ip link set t0 up"),
	SLOW("a tun without a reader", "ip4 dst=10.0.8.2 udp data n=20"),
	SHELL("ip route add 10.83.0.0/16 dev t0"),
	SLOW("a route into a tun", "ip4 dst=10.83.0.1 udp data n=20"),
	SHELL("ip link set t0 down"),
	SLOW("a tun that is down", "ip4 dst=10.0.8.2 udp data n=20"),
	SHELL("ip tuntap add t1 mode tap; ip addr add 10.0.84.1/24 dev t1; ip link set t1 up"),
	SLOW("a tap without a reader", "ip4 dst=10.0.84.2 udp data n=20"),
	SHELL("ip link add f0 type ifb; ip link set f0 up; ip addr add 10.0.85.1/24 dev f0;"
	      "ip neigh add 10.0.85.2 lladdr 02:00:00:00:85:02 dev f0"),
	SLOW("an ifb", "ip4 dst=10.0.85.2 udp data n=20"),
	SHELL("ip link add v0 type veth peer name v1; ip link set v0 up; ip addr add 10.0.86.1/24 "
	      "dev v0;"
	      "ip neigh add 10.0.86.2 lladdr 02:00:00:00:86:02 dev v0"),
	SLOW("a veth whose far end is down", "ip4 dst=10.0.86.2 udp data n=20"),
	SHELL("ip link set v1 up"),
	SLOW("a port that XDP is not attached to", "ip4 dst=10.0.86.2 udp data n=20"),
};

static const struct test_case links[] = {
	FAST("before", P4),
	FAST("before, IPv6", P6),
	SHELL("ip link set p2 down"),
	SLOW("egress down", P4),
	SLOW("egress down, IPv6", P6),
	FAST("another egress", "ip4 dst=10.0.3.2 udp data n=20"),
	SHELL("ip link set p2 up;" SETTLE NEIGH2),
	FAST("egress up", P4),
	SHELL(FAR "ip link set h2 down"),
	SAME("no carrier at egress", P4),
	SAME("no carrier at egress, IPv6", P6),
	SHELL("echo 1 > /proc/sys/net/ipv4/conf/p2/ignore_routes_with_linkdown;"
	      "echo 1 > /proc/sys/net/ipv6/conf/p2/ignore_routes_with_linkdown"),
	SAME("no carrier, such routes ignored", P4),
	SAME("no carrier, such routes ignored, IPv6", P6),
	SHELL("ip route add 10.0.2.0/25 via 10.0.3.2; ip route add 2001:db8:2::/65 via "
	      "2001:db8:3::2"),
	FAST("another route for it", P4),
	FAST("another route for it, IPv6", P6),
	SHELL("ip route del 10.0.2.0/25; ip route del 2001:db8:2::/65;" FAR "ip link set h2 up;" FAR
	      "ethtool -K h2 gro on;" SETTLE NEIGH2),
	SAME("carrier again", P4),
	SAME("carrier again, IPv6", P6),
	SHELL("ip link set p1 down; ip link set p1 up;" SETTLE),
	SAME("ingress down and up", "ip4 src=10.101.0.9 udp data n=20"),
	SAME("ingress down and up, IPv6", P6),
};

static const struct test_case addresses[] = {
	FAST("before", P4),
	SHELL("ip link set p1 address 02:00:00:00:01:81"),
	SLOW("old MAC address", P4),
	FAST("new MAC address", "eth dst=02:00:00:00:01:81 ip4 udp data n=20"),
	FAST("new MAC address, IPv6", "eth dst=02:00:00:00:01:81 ip6 udp data n=20"),
	SHELL("ip link set p1 address 02:00:00:00:01:01"),
	FAST("old MAC address again", P4),
	SHELL("ip link set p2 address 02:00:00:00:01:82;" NEIGH2),
	FAST("egress with a new MAC address", P4),
	FAST("egress with a new MAC address, IPv6", P6),
	SHELL("ip link set p2 address 02:00:00:00:01:02; ip addr add 10.0.1.254/24 dev p1;" NEIGH2),
	FAST("a second address", P4),
	SLOW("to the second address", "ip4 dst=10.0.1.254 icmp data n=20"),
	SLOW("from the second address", "ip4 src=10.0.1.254 udp data n=20"),
	SHELL("ip addr del 10.0.1.254/24 dev p1"),
	SAME("the second address gone", "ip4 dst=10.0.1.254 icmp data n=20"),
	FAST("from what was the second address", "ip4 src=10.0.1.254 udp data n=20"),
	SHELL("ip link set p1 promisc on"),
	SLOW("promiscuous, another's MAC", "eth dst=x ip4 udp data n=20"),
	FAST("promiscuous, own MAC", P4),
	SHELL("ip link set p1 promisc off; ip link set p1 arp off"),
	SAME("ingress without ARP", P4),
	SHELL("ip link set p1 arp on; ip link set p2 arp off"),
	SAME("egress without ARP", P4),
	SAME("egress without ARP, IPv6", P6),
	SHELL("ip link set p2 arp on"),
	SAME("egress with ARP again", P4),
	SHELL("ip addr flush dev p1; sleep 0.1"),
	SAME("ingress without an IPv4 address", P4),
	SAME("ingress without an IPv6 address", P6),
	SHELL("ip link set p1 name q1"),
	SAME("ingress renamed", P4),
	SHELL("ip link set q1 name p1; ip link set p2 alias out"),
	SAME("egress with an alias", P4),
	SHELL("ip link set p2 txqueuelen 0"),
	SAME("egress without a queue", P4),
};

static const struct test_case gro_toggle[] = {
	FAST("on", P4),
	SHELL(FAR "ethtool -K h2 gro off"),
	SLOW("off", P4),
	SLOW("off, IPv6", P6),
	SHELL(FAR "ethtool -K h2 gro on"),
	FAST("on again", P4),
	FAST("on again, IPv6", P6),
	SHELL(FAR "ethtool -K h2 tso off gso off sg off tx off rx off"),
	FAST("all offloads of the far end off", P4),
	SHELL("ethtool -K p2 gro on; ethtool -K p1 gro on"),
	FAST("on at the router's own ports", P4),
	SHELL("ethtool -K p2 tso off gso off sg off tx off; ethtool -K p1 tx off"),
	FAST("offloads of the router's own ports off", P4),
};

static const struct test_case gro_never[] = {
	SLOW("IPv4", P4),
	SLOW("IPv6", P6),
	SLOW_AT(2, "back", "ip4 dst=10.0.1.2 udp data n=20"),
	SLOW("1500 bytes", "ip4 udp data n=1472"),
};

/* On before the link is up: the flag of the other end is not set then, whatever ethtool says. */
static const struct test_case gro_early[] = {
	SAME("IPv4", P4),
	SAME("IPv6", P6),
	SAME_AT(2, "back", "ip4 dst=10.0.1.2 udp data n=20"),
	SAME("1500 bytes", "ip4 udp data n=1472"),
	SHELL("for i in 1 2 3 4; do " FAR "ethtool -K h$i gro off;" FAR
	      "ethtool -K h$i gro on; done"),
	FAST("off and on again", P4),
};

const struct test_group groups_device[] = {
	GROUP("bridge", bridge, .setup = bridge_setup),
	GROUP("ports put into a bridge", ingress_bridged),
	GROUP("macvlan", macvlan),
	GROUP("other devices", tunnel_devices),
	GROUP("links down and up", links,
	      .setup = "echo 1 > /proc/sys/net/ipv6/conf/all/keep_addr_on_down"),
	GROUP("device addresses", addresses),
	GROUP("GRO of the far end", gro_toggle),
	GROUP("GRO of the far end never on", gro_never, .no_gro = true),
	GROUP("GRO of the far end on before the link", gro_early, .no_gro = true,
	      .setup = "for i in 1 2 3 4; do " FAR "ip link set h$i down;" FAR
		       "ethtool -K h$i gro on;" FAR "ip link set h$i up; done; sleep 0.05"),
	GROUPS_END,
};
