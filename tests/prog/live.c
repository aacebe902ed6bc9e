/*
 * Frames that really move: BPF_PROG_RUN's live frames out of a port and into its peer, and frames
 * on the wire into a port, where the skb behind them has something to say that XDP does not see.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/prog/prog.h"

#define BATCH  64
#define ROUNDS 4

static int host_socket(const char *dev)
{
	int fd;

	netns_leave();
	fd = netns_socket(&router.hosts, dev);
	netns_enter(&router.ns);
	return fd;
}

/* Takes what arrived, all of which must be WANT but for the router's own multicast. */
static unsigned int receive(int fd, const struct frame *want, unsigned int n, char **why)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	unsigned char data[FRAME_MAX];
	unsigned int got = 0;

	while (got < n && poll(&p, 1, 5000) > 0) {
		ssize_t len = recv(fd, data, sizeof(data), 0);
		char *diff;

		if (len < 0 || data[0] & 1)
			continue;
		diff = frame_difference(want->data, want->len, data, len);
		if (diff && asprintf(why, "arrived: %s", diff) < 0)
			abort();
		free(diff);
		if (*why)
			break;
		got++;
	}
	return got;
}

/* A payload of zeros: what stands behind the frame's context reads as an skb without marks. */
static int live_frame(struct frame *f, const char *text, unsigned int header)
{
	struct frame_env env = router_env(1);
	int err = frame_build(f, &env, "%s", text);

	if (!err)
		memset(f->data + header, 0, f->len - header);
	return err;
}

static char *live_batch(const struct frame *f)
{
	struct xdp_md ctx = {.data_end = f->len, .ingress_ifindex = router.ifindex[1]};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->data, .data_size_in = f->len,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = BATCH,
		    .batch_size = BATCH, .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	if (bpf_prog_test_run_opts(router.prog[1], &opts))
		return strdup(strerror(errno));
	return NULL;
}

static void live(const char *name, const char *text, unsigned int header, const char *via)
{
	struct xhop_hop_key hop = router_hop(2, via);
	struct snapshot a, b;
	struct frame f, want;
	char *why = NULL;
	unsigned int got = 0;
	int fd = host_socket("h2");

	if (live_frame(&f, text, header) || fd < 0)
		why = strdup("cannot begin");
	want = f;
	frame_forward(&want, &hop);
	snapshot_take(&a);
	for (int i = 0; i < ROUNDS && !why; i++) {
		why = live_batch(&f);
		if (!why)
			got += receive(fd, &want, BATCH, &why);
	}
	snapshot_take(&b);
	if (!why &&
	    (got != BATCH * ROUNDS ||
	     b.ports.reason[XHOP_FORWARDED] - a.ports.reason[XHOP_FORWARDED] != got) &&
	    asprintf(&why, "%u of %d arrived, %llu counted", got, BATCH * ROUNDS,
		     (unsigned long long)(b.ports.reason[XHOP_FORWARDED] -
					  a.ports.reason[XHOP_FORWARDED])) < 0)
		abort();
	snapshot_free(&a);
	snapshot_free(&b);
	if (fd >= 0)
		close(fd);
	result(why, "live frames: %s", name);
}

static void run_live(void)
{
	live("IPv4 leaves and arrives", "ip4 udp data n=400", 42, "10.0.2.2");
	live("IPv4, trimmed", "ip4 udp data n=400 pad n=40", 42, "10.0.2.2");
	live("IPv6 leaves and arrives", "ip6 udp data n=400", 62, "2001:db8:2::2");
}

/* How a frame is put on the wire towards a port. */
struct wire {
	const char *name, *frame;
	enum xhop_reason reason;
	const char *dev;	 /* h1, or w2 in the router's own namespace */
	unsigned int csum_start; /* not 0: the checksum there is left to the device */
	unsigned int csum_at;
	int mark;
};

#define WIRE(d, n, r, f, ...)                                                      \
	{                                                                          \
		.dev = d, .name = n, .reason = XHOP_##r, .frame = f, ##__VA_ARGS__ \
	}

static const struct wire wires[] = {
	WIRE("h1", "plain", FORWARDED, "ip4 udp data"),
	WIRE("h1", "plain, IPv6", FORWARDED, "ip6 tcp data"),
	WIRE("h1", "open UDP checksum", SKB_CHECKSUM, "ip4 udp data", .csum_start = 34,
	     .csum_at = 6),
	WIRE("h1", "open TCP checksum, IPv6", SKB_CHECKSUM, "ip6 tcp data", .csum_start = 54,
	     .csum_at = 16),
	WIRE("w2", "a mark", SKB_MARK, "ip4 udp data", .mark = 7),
};

static int wire_socket(const struct wire *w)
{
	int one = 1, fd;

	if (w->dev[0] == 'h') {
		fd = host_socket(w->dev);
	} else {
		netns_leave();
		fd = netns_socket(&router.ns, w->dev);
		netns_enter(&router.ns);
	}
	if (fd >= 0 &&
	    (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) ||
	     (w->mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &w->mark, sizeof(w->mark))))) {
		close(fd);
		return -1;
	}
	return fd;
}

static char *wire_send(const struct wire *w)
{
	struct frame_env env = router_env(w->dev[0] == 'h' ? 1 : PORT_PAIR);
	struct virtio_net_hdr vnet = {};
	unsigned char data[FRAME_MAX + sizeof(vnet)];
	int fd = wire_socket(w);
	struct frame f;
	char *why = NULL;

	if (fd < 0 || frame_build(&f, &env, "%s", w->frame))
		return strdup("cannot begin");
	if (w->csum_start) {
		vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		vnet.csum_start = w->csum_start;
		vnet.csum_offset = w->csum_at;
	}
	memcpy(data, &vnet, sizeof(vnet));
	memcpy(data + sizeof(vnet), f.data, f.len);
	if (send(fd, data, sizeof(vnet) + f.len, 0) != (ssize_t)(sizeof(vnet) + f.len))
		why = strdup(strerror(errno));
	close(fd);
	return why;
}

/* Waits until a frame was counted, and says as what. */
static char *wire_counted(const struct snapshot *before, enum xhop_reason reason)
{
	for (int tries = 0; tries < 500; tries++, usleep(10000)) {
		struct snapshot now;
		__u64 total = 0;
		bool right;

		if (snapshot_take(&now))
			break;
		for (int r = 0; r < XHOP_REASON_SLOTS; r++)
			total += now.ports.reason[r] - before->ports.reason[r];
		right = now.ports.reason[reason] - before->ports.reason[reason] == 1;
		snapshot_free(&now);
		if (total)
			return right && total == 1 ? NULL : strdup("counted as something else");
	}
	return strdup("never counted");
}

static void wire_run(const struct wire *w)
{
	struct snapshot before;
	char *why = NULL, name[64];

	snprintf(name, sizeof(name), "wire: %s", w->name);
	if (w->reason && router.hidden) {
		skipped(w->reason, name, "this kernel's veth does not show its skb");
		return;
	}
	if (snapshot_take(&before))
		why = strdup("cannot read the counters");
	if (!why)
		why = wire_send(w);
	if (!why)
		why = wire_counted(&before, w->reason);
	if (!why)
		covered(w->reason);
	snapshot_free(&before);
	result(why, "%s", name);
}

/* Gives every frame that leaves the device a tag beside it: r1 = skb; vlan_push(skb, 802.1Q, 5). */
static int tag_program(void)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = htons(0x8100)},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = 5},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_skb_vlan_push},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "tag", "GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), NULL);
}

/* clsact with the program on h1's way out, which offloads tags meanwhile. */
static void run_tag(void)
{
	const struct wire w = WIRE("h1", "a tag beside the frame", SKB_VLAN, "ip4 udp data");
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = 21, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = tag_program());
	bool made = false;

	router_sh("host ethtool -K h1 txvlan on");
	netns_enter(&router.hosts);
	if (opts.prog_fd >= 0 && !bpf_tc_hook_create(&hook))
		made = !bpf_tc_attach(&hook, &opts);
	netns_enter(&router.ns);
	if (made)
		wire_run(&w);
	else
		result(strdup("the tagging program cannot be attached"), "wire: %s", w.name);
	router_sh("host tc qdisc del dev h1 clsact; host ethtool -K h1 txvlan off");
	close(opts.prog_fd);
}

static void run_wire(void)
{
	for (unsigned int i = 0; i < sizeof(wires) / sizeof(wires[0]); i++)
		wire_run(&wires[i]);
	run_tag();
	skipped(XHOP_SKB_GSO, "wire: a large segment",
		"the peer of a veth that runs XDP cuts segments before it sends");
	skipped(XHOP_ERROR, "a helper that fails after the decision",
		"no frame is known to make one fail");
}

const struct test_group groups_live[] = {
	GROUP_RUN("live frames", run_live),
	GROUP_RUN("wire", run_wire),
	GROUPS_END,
};
