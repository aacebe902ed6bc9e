// SPDX-License-Identifier: GPL-2.0
/* The bench's network and forwarders: see lab.h. */
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "tests/bench/copy.h"
#include "tests/bench/lab.h"
#include "tests/bench/route.h"
#include "user/generation.h"
#include "user/set.h"

const char *const variant_names[VARIANTS] = {
	[VARIANT_FLOOR] = "floor",
	[VARIANT_MAPS] = "xhop-maps",
	[VARIANT_HELPER] = "xhop-helper",
	[VARIANT_MINIMAL] = "fib-lookup",
	[VARIANT_LPM] = "lpm-trie",
	[VARIANT_LINUX] = "linux",
	[VARIANT_XDP_FORWARD] = "xdp-forward",
};

#define XHOP "${XHOP:-build/xhop}"

#define DAEMON_LOG     "build/bench-daemon.log"
#define DAEMON_SECONDS 60 /* to fill its maps */

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static const char setup[] =
	"ip -n $R link add p1 numtxqueues $Q numrxqueues $Q type veth peer name e1 netns $S "
	"numtxqueues $Q numrxqueues $Q; "
	"ip -n $R link add p2 numtxqueues $Q numrxqueues $Q type veth peer name e2 netns $K "
	"numtxqueues $Q numrxqueues $Q; "
	"ip -n $R link set p1 address 02:00:00:00:01:01; ip -n $S link set e1 address "
	"02:00:00:00:01:02; ip -n $R link set p2 address 02:00:00:00:03:01; "
	"ip netns exec $S sysctl -qw net.ipv6.conf.all.disable_ipv6=1; "
	"ip netns exec $K sysctl -qw net.ipv6.conf.all.disable_ipv6=1; "
	"ip netns exec $R sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 "
	"net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.p1.rp_filter=0 net.ipv4.conf.p2.rp_filter=0 "
	"net.ipv6.route.max_size=4194304; "
	"ip -n $R link set p1 mtu 9000 up; ip -n $R link set p2 mtu 9000 up; "
	"ip -n $S link set e1 mtu 9000 up; ip -n $K link set e2 mtu 9000 up; "
	"for d in p1 p2; do ip netns exec $R ethtool -K $d gro on; done; "
	"ip -n $R addr add 10.1.0.1/24 dev p1; ip -n $R addr add 10.2.0.1/24 dev p2; "
	"ip -n $R addr add fd01::1/64 dev p1 nodad; ip -n $R addr add fd02::1/64 dev p2 nodad; "
	"for a in 10.1.0.2 fd01::2; do ip -n $R neigh replace $a lladdr 02:00:00:00:01:02 dev p1 "
	"nud permanent; done; "
	"i=0; while [ $i -lt 64 ]; do m=$(printf %02x $((i + 2))); "
	"echo neigh replace 10.2.0.$((i + 2)) lladdr 02:00:00:00:02:$m dev p2 nud permanent; "
	"echo neigh replace fd02::$m lladdr 02:00:00:00:02:$m dev p2 nud permanent; "
	"i=$((i + 1)); done | ip -n $R -batch -; "
	/* What leaves on a CPU stays in that CPU's queue, so that Linux is not slowed by crossing.
	 */
	"ip netns exec $R sh -c 'for q in /sys/class/net/p?/queues/tx-*; do "
	"n=${q##*-}; printf %x $((1 << n)) >$q/xps_cpus || :; done'";

static int setup_net(struct lab *lab)
{
	int err = netns_add(&lab->router, "r");

	if (!err)
		err = netns_add(&lab->source, "s");
	if (!err)
		err = netns_add(&lab->sink, "k");
	lab->queues = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 2 : 1;
	if (!err)
		err = netns_sh(NULL, "R=%s S=%s K=%s Q=%d; %s", lab->router.name, lab->source.name,
			       lab->sink.name, lab->queues, setup);
	if (err)
		fprintf(stderr, "bench: cannot set up: %s\n%s", strerror(-err), netns_output());
	return err;
}

static unsigned int index_in(const struct netns *ns, const char *name)
{
	unsigned int index = 0;

	if (!netns_enter(ns))
		index = if_nametoindex(name);
	netns_leave();
	return index;
}

/* xdp in a namespace: fd -1 takes it off. */
static int xdp_set(const struct netns *ns, unsigned int ifindex, int fd)
{
	int err = netns_enter(ns);

	if (!err)
		err = bpf_xdp_attach(ifindex, fd, XDP_FLAGS_DRV_MODE, NULL);
	netns_leave();
	return err;
}

static int targets_add(struct lab *lab)
{
	int err = netns_enter(&lab->router), fd = bpf_map__fd(lab->skel->maps.targets);
	unsigned int ports[] = {lab->p1, lab->p2};

	for (int i = 0; i < 2 && !err; i++) {
		struct bpf_devmap_val value = {.ifindex = ports[i], .bpf_prog.fd = -1};

		err = bpf_map_update_elem(fd, &ports[i], &value, BPF_ANY);
	}
	for (__u32 i = 0; i < BENCH_HOPS && !err; i++) {
		struct bench_hop hop = {.ifindex = lab->p2};

		memcpy(hop.macs, "\2\0\0\0\2\0\2\0\0\0\3\1", 12);
		hop.macs[5] = HOP_FIRST + i;
		err = bpf_map_update_elem(bpf_map__fd(lab->skel->maps.hops), &i, &hop, BPF_ANY);
	}
	netns_leave();
	return err;
}

int lab_up(struct lab *lab, struct table *table)
{
	int err;

	memset(lab, 0, sizeof(*lab));
	memset(lab->xhop, -1, sizeof(lab->xhop));
	lab->table = table;
	lab->counters = -1;
	err = setup_net(lab);
	if (err)
		return err;
	lab->p1 = index_in(&lab->router, "p1");
	lab->p2 = index_in(&lab->router, "p2");
	lab->e1 = index_in(&lab->source, "e1");
	lab->e2 = index_in(&lab->sink, "e2");
	lab->has_maps = !netns_sh(NULL, XHOP " run --help");
	lab->has_xdp_forward = !netns_sh(NULL, "command -v xdp-forward");
	lab->skel = bench_bpf__open_and_load();
	if (!lab->skel) {
		fprintf(stderr, "bench: cannot load the bench's programs: %s\n", strerror(errno));
		return -errno;
	}
	lab->skel->bss->out_ifindex = lab->e1;
	err = targets_add(lab);
	if (!err)
		err = xdp_set(&lab->source, lab->e1, bpf_program__fd(lab->skel->progs.home));
	if (!err)
		err = lab_sink(lab, lab->skel->progs.sink);
	if (err)
		fprintf(stderr, "bench: cannot prepare the network: %s\n", strerror(-err));
	return err;
}

void lab_down(struct lab *lab)
{
	lab_xhop_stop(lab);
	if (lab->skel)
		bench_bpf__destroy(lab->skel);
	netns_del(&lab->source);
	netns_del(&lab->sink);
	netns_del(&lab->router);
}

int lab_sink(struct lab *lab, struct bpf_program *sink)
{
	return xdp_set(&lab->sink, lab->e2, bpf_program__fd(sink));
}

/* --- xhop ------------------------------------------------------------------------------------- */

void lab_tweak(struct xhop_config *config, enum variant variant)
{
	if (variant == VARIANT_HELPER)
		config->classes = 0; /* what `lookup kernel` is */
}

static void tweak(struct xhop_config *config, void *data)
{
	lab_tweak(config, *(enum variant *)data);
}

/* The attached programs of p1 and p2, copied. */
static int copies_take(struct lab *lab)
{
	unsigned int ports[] = {lab->p1, lab->p2};
	struct set set;
	int err = set_find_here(&set);

	if (err)
		return err;
	for (int i = 0; i < 4 && !err; i++) {
		struct port *port = set_port(&set, ports[i / 2]);
		enum variant v = i % 2 ? VARIANT_MAPS : VARIANT_HELPER;

		if (v == VARIANT_MAPS && !lab->daemon)
			continue;
		err = port ? copy_load(port->prog_id, tweak, &v) : -ENOENT;
		if (err < 0)
			break;
		lab->slots[i / 2] = port->config.slot;
		lab->xhop[v][i / 2] = err;
		err = 0;
	}
	if (!err)
		lab->counters = dup(set.maps[SET_PORT_COUNTERS]);
	set_close(&set);
	return err;
}

/* Seconds from the begin of the dump to ready maps, as the daemon notes them. */
static double daemon_said(void)
{
	FILE *f = fopen(DAEMON_LOG, "re");
	double seconds = 0;
	char line[256];
	const char *at;

	while (f && fgets(line, sizeof(line), f)) {
		at = strstr(line, "prefixes in ");
		if (at)
			seconds = atof(at + strlen("prefixes in "));
	}
	if (f)
		fclose(f);
	return seconds;
}

/* The daemon, until it has filled its maps. */
static int daemon_start(struct lab *lab)
{
	double start = now_ns(), end = start + DAEMON_SECONDS * 1e9;

	lab->daemon = netns_spawn(NULL, "exec " XHOP " -n %s run p1 p2 lookup maps 2>" DAEMON_LOG,
				  lab->router.name);
	if (lab->daemon < 0)
		return lab->daemon;
	while (netns_sh(NULL, XHOP " -n %s -j show status | grep -q following", lab->router.name)) {
		if (now_ns() > end)
			return -ETIMEDOUT;
		usleep(10000);
	}
	lab->ready_ns = now_ns() - start;
	lab->dump_ns = daemon_said() * 1e9;
	return 0;
}

int lab_xhop_start(struct lab *lab)
{
	int err = lab->has_maps ? daemon_start(lab)
				: netns_sh(NULL, XHOP " -n %s attach p1 p2", lab->router.name);

	if (err) {
		fprintf(stderr, "bench: cannot attach xhop: %s\n", netns_output());
		return err;
	}
	err = netns_enter(&lab->router);
	if (!err)
		err = copies_take(lab);
	netns_leave();
	if (err)
		fprintf(stderr, "bench: cannot copy xhop's program: %s\n", strerror(-err));
	return err;
}

void lab_xhop_stop(struct lab *lab)
{
	__u32 zero = 0;

	for (int v = 0; v < VARIANTS; v++) {
		for (int i = 0; i < 2; i++) {
			if (lab->xhop[v][i] >= 0)
				close(lab->xhop[v][i]);
			lab->xhop[v][i] = -1;
		}
	}
	if (lab->counters < 0)
		return;
	/* While a copy is still to be jumped into, xhop's tracing programs stay. */
	bpf_map_delete_elem(bpf_map__fd(lab->skel->maps.measured), &zero);
	close(lab->counters);
	lab->counters = -1;
	if (lab->daemon > 0)
		netns_stop(lab->daemon);
	lab->daemon = 0;
	xdp_set(&lab->router, lab->p1, -1);
	xdp_set(&lab->router, lab->p2, -1);
	netns_sh(NULL, XHOP " -n %s detach all", lab->router.name);
}

bool lab_has(const struct lab *lab, enum variant variant)
{
	if (variant == VARIANT_LINUX)
		return true;
	if (variant == VARIANT_XDP_FORWARD)
		return lab->has_xdp_forward;
	return lab_program(lab, variant, 0) >= 0;
}

int lab_program(const struct lab *lab, enum variant variant, int port)
{
	switch (variant) {
	case VARIANT_FLOOR:
		return bpf_program__fd(lab->skel->progs.floor_only);
	case VARIANT_MINIMAL:
		return bpf_program__fd(lab->skel->progs.minimal);
	case VARIANT_LPM:
		return bpf_program__fd(lab->skel->progs.lpm);
	case VARIANT_MAPS:
	case VARIANT_HELPER:
		return lab->xhop[variant][port];
	default:
		return -1;
	}
}

/*
 * What is measured is the daemon in step: swapping programs moves the generation of the FIB. At
 * most 3 s. (How long it takes to follow a change is a section of its own.)
 */
static void maps_follow(const struct lab *lab)
{
	static struct generation *generation;
	struct xhop_route_control control;
	struct xhop_generation_now now;
	struct kernel kernel;
	__u32 zero = 0;
	struct set set;

	if (!generation && !kernel_probe(&kernel))
		generation = generation_open(&kernel);
	if (!generation || netns_enter(&lab->router))
		return;
	if (!set_find_here(&set)) {
		for (int i = 0; i < 600; i++, usleep(5000)) {
			if (generation_read(generation, &now) ||
			    bpf_map_lookup_elem(set.route_maps[ROUTE_MAP_CONTROL], &zero,
						&control) ||
			    !memcmp(&now.generation, &control.generation, sizeof(now.generation)))
				break;
		}
		set_close(&set);
	}
	netns_leave();
}

int lab_forwarder(struct lab *lab, enum variant variant)
{
	unsigned int ports[] = {lab->p1, lab->p2};
	int err = 0;

	if (variant == VARIANT_XDP_FORWARD) {
		for (int i = 0; i < 2 && !err; i++)
			err = xdp_set(&lab->router, ports[i], -1);
		return err ?: netns_sh(&lab->router, "xdp-forward load p1 p2");
	}
	if (lab->has_xdp_forward)
		netns_sh(&lab->router, "xdp-forward unload p1 p2 || :");
	for (int i = 0; i < 2 && !err; i++)
		err = xdp_set(&lab->router, ports[i], lab_program(lab, variant, i));
	if (!err && variant == VARIANT_MAPS)
		maps_follow(lab);
	return err;
}

/* by_maps: only what the route maps answered. */
static __u64 xhop_forwarded(const struct lab *lab, bool by_maps)
{
	static struct xhop_port_counters values[256];
	__u64 sum = 0;

	for (int i = 0; i < 2; i++) {
		if (bpf_map_lookup_elem(lab->counters, &lab->slots[i], values))
			return 0;
		for (int c = 0; c < libbpf_num_possible_cpus() && c < 256; c++)
			sum += by_maps ? values[c].maps : values[c].reason[XHOP_FORWARDED];
	}
	return sum;
}

__u64 lab_by_maps(const struct lab *lab)
{
	return xhop_forwarded(lab, true);
}

__u64 lab_forwarded(const struct lab *lab, enum variant variant)
{
	__u64 sum = 0;

	if (variant == VARIANT_MAPS || variant == VARIANT_HELPER)
		return xhop_forwarded(lab, false);
	for (int c = 0; c < BENCH_CPUS; c++)
		sum += lab->skel->bss->cpus[c].forwarded;
	return sum;
}
