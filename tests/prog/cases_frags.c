/*
 * Frames that lie in several buffers: what is behind the first one, how much of a packet the first
 * must hold, padding that spans buffers.
 */
#include <errno.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdlib.h>

#include "tests/prog/prog.h"

#define JUMBO(n) \
	"for i in 1 2; do host ip link set h$i mtu " n "; ip link set p$i mtu " n "; done\n"

static const struct test_case frags[] = {
	FWD("one page", "ip4 udp data n=3400"),
	FWD("4096 bytes", "ip4 udp data n=4054"),
	FWD("two buffers", "ip4 udp data n=5000"),
	FWD("three buffers", "ip4 udp data n=8958"),
	FWD("IPv6, two buffers", "ip6 udp data n=5000"),
	FWD("IPv6, three buffers", "ip6 udp data n=8938"),
	FWD("TCP", "ip4 tcp data n=6000"),
	FWD("fragment", "ip4 mf=1 off=8000 data n=6000"),
	PASS(PADDING, "padded by one byte", "ip4 udp data n=6000 pad n=1 byte=171"),
	PASS(PADDING, "padded by a buffer", "ip4 udp data n=3000 pad n=4096 byte=171"),
	PASS(PADDING, "padding alone behind the first buffer",
	     "ip4 udp data n=100 pad n=6000 byte=171"),
	PASS(PADDING, "padding alone in two buffers", "ip6 udp pad n=9000 byte=171"),
	PASS(PADDING, "padded in each buffer but the first", "ip4 len=3500 udp data n=9000"),
	PASS(MTU, "longer than the device takes", "ip4 udp data n=8973"),
	PASS(IP_LENGTH, "longer than the frame", "ip4 adj=1 udp data n=6000"),
	PASS(TTL, "TTL 1", "ip4 ttl=1 udp data n=6000"),
	PASS(NEIGHBOUR, "neighbour unknown", "ip4 dst=10.0.2.77 udp data n=6000"),
	PASS(IP_CHECKSUM, "wrong checksum", "ip4 bad=1 udp data n=6000"),
};

#define FIRST(n) .linear = n

static const struct test_case linear[] = {
	PASS(TRUNCATED, "Ethernet alone", "ip4 udp data", FIRST(14)),
	PASS(TRUNCATED, "IP header less one byte", "ip4 udp data", FIRST(33)),
	PASS(TRUNCATED, "IP header alone", "ip4 udp data", FIRST(34)),
	PASS(TRUNCATED, "UDP header less one byte", "ip4 udp data", FIRST(41)),
	FWD("UDP header", "ip4 udp data", FIRST(42)),
	PASS(PADDING, "UDP header, padded", "ip4 udp data n=100 pad n=100", FIRST(42)),
	PASS(TRUNCATED, "TCP header less one byte", "ip4 tcp data", FIRST(53)),
	FWD("TCP header", "ip4 tcp data", FIRST(54)),
	FWD("IP header of a fragment", "ip4 off=80 data n=50", FIRST(34)),
	PASS(IP_OPTIONS, "options behind it", "ip4 opts=01010101 udp data", FIRST(34)),
	PASS(TRUNCATED, "IPv6 header less one byte", "ip6 udp data", FIRST(53)),
	PASS(TRUNCATED, "IPv6 header alone", "ip6 udp data", FIRST(54)),
	FWD("IPv6 and UDP header", "ip6 udp data", FIRST(62)),
	FWD("IPv6 and TCP header", "ip6 tcp data", FIRST(74)),
	FWD("all but one byte", "ip6 udp data n=1", FIRST(62)),
};

/* Not every kernel lets the caller say how long the first buffer is. */
static bool linear_can_be_short(void)
{
	struct xdp_md ctx = {.data_end = 34, .ingress_ifindex = router.ifindex[1]};
	struct frame_env env = router_env(1);
	struct frame f, out;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f.data, .data_out = out.data,
		    .data_size_out = FRAME_MAX, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
		    .repeat = 1);

	if (frame_build(&f, &env, "arp op=2 pad n=100"))
		return false;
	opts.data_size_in = f.len;
	return !bpf_prog_test_run_opts(router.prog[1], &opts);
}

static void short_linear(void)
{
	static const struct test_group group[] = {GROUP("first buffer", linear), GROUPS_END};

	if (linear_can_be_short())
		groups_run(group, NULL);
	else
		tap_skip("first buffer", "this kernel's BPF_PROG_RUN fills the first buffer");
}

const struct test_group groups_frags[] = {
	GROUP("frags", frags, .setup = JUMBO("9000"), .undo = JUMBO("1500")),
	GROUP_RUN("first buffer", short_linear),
	GROUPS_END,
};
