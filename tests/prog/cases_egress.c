/*
 * The egress device: carrier, redirect targets, devices that cannot take XDP frames; pausing and
 * replacing the program of a port; a generic port, which cannot show what its skb hides.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prog/prog.h"

#define NO_CARRIER "host ip link set h2 down; await linkdown p2"
#define CARRIER	   "host ip link set h2 up; await running p2; restore 2"
#define DOWN	   "ip link set p2 down"
#define UP	   "ip link set p2 up; await running p2; restore 2"
#define MACVLAN                                                                     \
	"ip link add link p3 name mv address 02:00:00:00:01:0a type macvlan\n"      \
	"w 1 ipv6/conf/mv/keep_addr_on_down; ip link set mv up; await running mv\n" \
	"ip neigh add 10.0.31.2 lladdr 02:00:00:00:02:0a dev mv\n"                  \
	"ip route add 10.0.2.2/32 via 10.0.31.2 dev mv onlink\n"                    \
	"ip neigh add 2001:db8:31::2 lladdr 02:00:00:00:02:0a dev mv\n"             \
	"ip route add 2001:db8:2::2/128 via 2001:db8:31::2 dev mv onlink\n"

static const struct test_case egress[] = {
	SET(EGRESS_DOWN, "no carrier", NO_CARRIER, CARRIER),
	SET(EGRESS_DOWN, "no carrier, IPv6", NO_CARRIER, CARRIER, .frame = "ip6 udp"),
	SET(NO_ROUTE, "no carrier, ignored by routes",
	    "w 1 ipv4/conf/p2/ignore_routes_with_linkdown\n" NO_CARRIER,
	    CARRIER "\nw 0 ipv4/conf/p2/ignore_routes_with_linkdown"),
	SET(NO_ROUTE, "down: its routes are gone", DOWN, UP),
	SET(NO_ROUTE, "down, IPv6", DOWN, UP, .frame = "ip6 udp"),
	SET(EGRESS_XDP, "macvlan, which has no XDP transmit", MACVLAN, "ip link del mv",
	    .lacks = "no macvlan in this kernel"),
	SET(EGRESS_XDP, "macvlan, IPv6", MACVLAN, "ip link del mv", .frame = "ip6 udp",
	    .lacks = "no macvlan in this kernel"),
	SET(EGRESS_XDP, "the peer without NAPI", "host ethtool -K h2 gro off",
	    "host ethtool -K h2 gro on"),
	SET(EGRESS_XDP, "the peer without NAPI, IPv6", "host ethtool -K h2 gro off",
	    "host ethtool -K h2 gro on", .frame = "ip6 udp"),
	SET(FORWARDED, "the ingress port's peer without NAPI", "host ethtool -K h1 gro off",
	    "host ethtool -K h1 gro on"),
	SET(NO_ROUTE, "its address goes", "ip addr del 10.0.2.1/24 dev p2", "restore 2"),
};

static int set_control(unsigned int port, __u32 paused, __u32 runner)
{
	return router_control(port, (struct xhop_port_control){.paused = paused, .runner = runner});
}

static int pause(bool on)
{
	return set_control(1, on, 0);
}

static int pause_egress(bool on)
{
	return set_control(2, on, 0);
}

static int run_this(bool on)
{
	return set_control(1, 0,
			   on ? set_port(&router.set, router.ifindex[1])->config.generation : 0);
}

static int run_another(bool on)
{
	return set_control(1, 0, on ? 0x7fffffff : 0);
}

static const struct test_case controls[] = {
	{.name = "paused", .reason = XHOP_NOT_RUNNER, .call = pause},
	{.name = "paused, no IP",
	 .reason = XHOP_NOT_RUNNER,
	 .call = pause,
	 .frame = "arp",
	 .flags = CASE_ONCE},
	{
		.name = "paused, IPv6",
		.reason = XHOP_NOT_RUNNER,
		.call = pause,
		.frame = "ip6 udp",
	},
	{.name = "the egress port paused", .reason = XHOP_FORWARDED, .call = pause_egress},
	{.name = "this generation runs", .reason = XHOP_FORWARDED, .call = run_this},
	{.name = "another generation runs",
	 .reason = XHOP_NOT_RUNNER,
	 .call = run_another,
	 .flags = CASE_UNCOUNTED},
};

#define TAGS(on, device) "host ethtool -K h5 " device " " on

static const struct test_case generic[] = {
	FWD("UDP", "ip4 udp data", .port = 5),
	FWD("TCP, IPv6", "ip6 tcp data", .port = 5),
	PASS(SKB_CHECKSUM, "UDP without checksum", "ip4 udp csum=0 data", .port = 5),
	PASS(SKB_CHECKSUM, "VXLAN", "ip4 udp dport=4789 data", .port = 5),
	FWD("ICMP", "ip4 icmp data", .port = 5),
	FWD("fragment of SCTP", "ip4 mf=1 sctp data", .port = 5),
	PASS(SKB_CHECKSUM, "SCTP", "ip4 sctp data", .port = 5),
	PASS(SKB_CHECKSUM, "GRE", "ip4 gre ip4 udp", .port = 5),
	PASS(SKB_CHECKSUM, "destination options", "ip6 dstopt udp", .port = 5),
	FWD("out of a generic port", "ip4 dst=10.0.5.3 udp", .via = "10.0.5.3", .out = 5),
	FWD("out of a generic port, IPv6", "ip6 dst=2001:db8:5::3 udp", .via = "2001:db8:5::3",
	    .out = 5),
	SET(RX_VLAN, "the peer offloads tags", TAGS("on", "txvlan"), TAGS("off", "txvlan"),
	    .port = 5),
	SET(RX_VLAN, "the peer offloads service tags", TAGS("on", "tx-vlan-stag-hw-insert"),
	    TAGS("off", "tx-vlan-stag-hw-insert"), .port = 5, .frame = "ip6 udp"),
};

/* The sum of the pseudo header, as a sender leaves it for the device to complete. */
static unsigned int partial_sum(const struct frame *f, unsigned int proto)
{
	bool ip6 = f->data[12] == 0x86;
	unsigned int l4 = ip6 ? 54 : 34, from = ip6 ? 22 : 26;
	uint16_t sum = frame_csum(f->data + from, l4 - from, f->len - l4 + proto);

	return 0xffff & ~((sum & 0xff) << 8 | sum >> 8);
}

/* A generic port passes exactly the packets whose L4 checksum is the pseudo header's sum. */
static void open_sums(void)
{
	static const struct {
		const char *frame;
		unsigned int proto, at;
	} kinds[] = {{"ip4 udp data", 17, 40},
		     {"ip4 tcp data", 6, 50},
		     {"ip6 udp data", 17, 60},
		     {"ip6 tcp data n=33", 6, 70}};
	struct frame_env env = router_env(5);

	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct frame f;
		char *why = NULL;

		if (frame_build(&f, &env, "%s", kinds[i].frame))
			continue;
		for (int off = -1; off <= 1 && !why; off++) {
			const struct expect e = {.reason =
							 off ? XHOP_FORWARDED : XHOP_SKB_CHECKSUM};
			unsigned int sum = partial_sum(&f, kinds[i].proto) + off;

			f.data[kinds[i].at] = sum >> 8;
			f.data[kinds[i].at + 1] = sum;
			why = run_frame(5, &f, 0, &e);
		}
		result(why, "generic port: open checksum: %s", kinds[i].frame);
	}
}

const struct test_group groups_egress[] = {
	GROUP("egress", egress),
	GROUP("control", controls),
	GROUP("generic port", generic),
	GROUP_RUN("generic port", open_sums),
	GROUPS_END,
};
