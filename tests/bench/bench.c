// SPDX-License-Identifier: GPL-2.0
/*
 * ns a packet through BPF_PROG_RUN: floor, a minimal bpf_fib_lookup() program, xhop as attached.
 * One route, one destination, both families. The programs take turns, so that all see the same
 * machine; every run asserts that it redirected. Prints medians, quartiles and the fastest run.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench.skel.h"
#include "tests/lib/netns.h"
#include "user/set.h"

#define ROUNDS 61
#define REPEAT 20000

enum { FLOOR, MINIMAL, XHOP, VARIANTS };
static const char *const names[VARIANTS] = {"floor", "minimal", "xhop"};

static const char setup[] =
	"ip -n $R link add p1 type veth peer name e1 netns $H && "
	"ip -n $R link add p2 type veth peer name e2 netns $H && "
	"for d in p1 p2; do ip -n $R link set $d up; done; "
	"for d in e1 e2; do ip -n $H link set $d up; ip netns exec $H ethtool -K $d gro on; done; "
	"ip netns exec $R sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 "
	"net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.p1.rp_filter=0; "
	"ip -n $R addr add 10.1.0.1/24 dev p1; ip -n $R addr add 10.2.0.1/24 dev p2; "
	"ip -n $R addr add fd01::1/64 dev p1 nodad; ip -n $R addr add fd02::1/64 dev p2 nodad; "
	"for a in 10.2.0.2 fd02::2; do ip -n $R neigh replace $a lladdr 02:00:00:00:00:02 dev p2 "
	"nud permanent; done; "
	"${XHOP:-build/xhop} -n $R attach p1 p2";

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* 60 bytes of UDP from the first host to the second. */
static void build_frame(unsigned char *frame, int family, const unsigned char *mac)
{
	unsigned int sum = 0;

	memset(frame, 0, 64);
	memcpy(frame, mac, 6);
	frame[6] = 2;
	frame[12] = family == AF_INET ? 0x08 : 0x86;
	frame[13] = family == AF_INET ? 0x00 : 0xdd;
	if (family == AF_INET6) {
		memcpy(frame + 14, "\x60\0\0\0\0\x06\x3b\x40", 8); /* no next header, 6 bytes */
		inet_pton(AF_INET6, "fd01::2", frame + 22);
		inet_pton(AF_INET6, "fd02::2", frame + 38);
		return;
	}
	memcpy(frame + 14, "\x45\0\0\x2e\0\0\0\0\x40\x11\0\0", 12);
	inet_pton(AF_INET, "10.1.0.2", frame + 26);
	inet_pton(AF_INET, "10.2.0.2", frame + 30);
	for (int i = 14; i < 34; i += 2)
		sum += frame[i] << 8 | frame[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16));
	frame[24] = sum >> 8;
	frame[25] = sum;
	memcpy(frame + 34, "\0\x09\0\x07\0\x1a", 6);
}

static int run_once(struct bench_bpf *skel, int fd, const unsigned char *frame,
		    unsigned int ifindex, double *ns)
{
	struct xdp_md in = {.data_end = 60, .ingress_ifindex = ifindex};
	unsigned char out[256];
	__u32 zero = 0;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = 60, .data_out = out,
		    .data_size_out = sizeof(out), .ctx_in = &in, .ctx_size_in = sizeof(in),
		    .repeat = REPEAT);
	int err = bpf_map_update_elem(bpf_map__fd(skel->maps.measured), &zero, &fd, BPF_ANY);

	if (!err)
		err = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.wrap), &opts);
	if (err)
		return -errno;
	*ns = opts.duration;
	return opts.retval == XDP_REDIRECT ? 0 : -ENOTSUP;
}

static int measure(struct bench_bpf *skel, const int *fds, int family, const unsigned char *mac,
		   unsigned int ifindex)
{
	static double ns[VARIANTS][ROUNDS];
	unsigned char frame[64];
	__u32 zero = 0;
	int err;

	build_frame(frame, family, mac);
	bpf_map_update_elem(bpf_map__fd(skel->maps.headers), &zero, frame, BPF_ANY);
	for (int r = 0; r < ROUNDS; r++) {
		for (int v = 0; v < VARIANTS; v++) {
			err = run_once(skel, fds[v], frame, ifindex, &ns[v][r]);
			if (err) {
				fprintf(stderr, "bench: %s did not redirect: %s\n", names[v],
					strerror(-err));
				return err;
			}
		}
	}
	for (int v = 0; v < VARIANTS; v++) {
		qsort(ns[v], ROUNDS, sizeof(double), compare);
		printf("%-6s %-8s %8.0f %8.0f %8.0f %8.0f %+8.0f %8.2f\n",
		       family == AF_INET ? "IPv4" : "IPv6", names[v], ns[v][ROUNDS / 2],
		       ns[v][ROUNDS / 4], ns[v][3 * ROUNDS / 4], ns[v][0],
		       ns[v][0] - ns[MINIMAL][0], ns[v][ROUNDS / 2] / ns[MINIMAL][ROUNDS / 2]);
	}
	return 0;
}

/* The program that xhop attached to p1, and the device's MAC. */
static int xhop_program(unsigned int *ifindex, unsigned char *mac)
{
	struct links links;
	struct set set;
	struct port *port;
	char text[18] = "";
	FILE *file;
	int fd = -ENOENT;

	if (links_get(&links) || set_find(&set, &links))
		return -errno;
	*ifindex = if_nametoindex("p1");
	port = set_port(&set, *ifindex);
	if (port)
		fd = bpf_prog_get_fd_by_id(port->prog_id);
	set_close(&set);
	links_free(&links);
	file = popen("ip -br link show p1 | awk '{print $3}'", "re");
	if (!file || fscanf(file, "%17s", text) != 1 ||
	    sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3, mac + 4,
		   mac + 5) != 6)
		fd = -EIO;
	if (file)
		pclose(file);
	return fd;
}

static int bench(void)
{
	struct bench_bpf *skel = bench_bpf__open_and_load();
	__u32 target[2] = {};
	unsigned int ifindex = 0;
	unsigned char mac[6];
	int fds[VARIANTS], err = skel ? 0 : -errno;

	if (err)
		return err;
	fds[FLOOR] = bpf_program__fd(skel->progs.floor_only);
	fds[MINIMAL] = bpf_program__fd(skel->progs.minimal);
	fds[XHOP] = xhop_program(&ifindex, mac);
	if (fds[XHOP] < 0)
		return fds[XHOP];
	target[0] = if_nametoindex("p2");
	bpf_map_update_elem(bpf_map__fd(skel->maps.targets), target, target, BPF_ANY);
	printf("ns a packet, %d interleaved runs of %d packets\n", ROUNDS, REPEAT);
	printf("%-6s %-8s %8s %8s %8s %8s %8s %8s\n", "", "program", "median", "q1", "q3",
	       "fastest", "-minimal", "ratio");
	err = measure(skel, fds, AF_INET, mac, ifindex);
	if (!err)
		err = measure(skel, fds, AF_INET6, mac, ifindex);
	close(fds[XHOP]);
	bench_bpf__destroy(skel);
	return err;
}

int main(void)
{
	static struct netns router, host;
	int err;

	if (geteuid()) {
		fputs("bench: needs root\n", stderr);
		return 2;
	}
	netns_init("xb");
	err = netns_add(&router, "r");
	if (!err)
		err = netns_add(&host, "h");
	if (!err)
		err = netns_sh(NULL, "R=%s H=%s; %s", router.name, host.name, setup);
	if (err)
		fprintf(stderr, "bench: cannot set up: %s\n%s", strerror(-err), netns_output());
	if (!err)
		err = netns_enter(&router);
	if (!err)
		err = bench();
	netns_leave();
	netns_sh(NULL, "${XHOP:-build/xhop} -n %s detach all", router.name);
	return err ? 1 : 0;
}
