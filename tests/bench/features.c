// SPDX-License-Identifier: GPL-2.0
/*
 * What each check costs: copies of the shipped program that differ from the attached one in a
 * setting of their rodata (the verifier removes what is off), or the same program with a sysctl of
 * the router changed. Copies take turns; the difference is taken round by round.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "tests/bench/bench.h"
#include "tests/bench/copy.h"
#include "user/set.h"

#define ROUNDS	      21
#define FEATURES_MOST 24

struct feature {
	const char *name;
	void (*set)(struct xhop_config *config);
	const char *sysctl; /* to be set to 1 for the run, else to 0 */
	int family;	    /* 0: both */
};

static void no_skb(struct xhop_config *config)
{
	config->flags &= ~XHOP_PORT_VETH;
}

static void hidden_sum(struct xhop_config *config)
{
	config->flags |= XHOP_PORT_HIDDEN_SUM;
}

static void probe_reads(struct xhop_config *config)
{
	config->has_kfuncs = 0;
}

static void no_hash(struct xhop_config *config)
{
	config->addr_hash = XHOP_ADDR_HASH_UNKNOWN;
}

#define SKIP(name, check)                                   \
	static void skip_##name(struct xhop_config *config) \
	{                                                   \
		config->skip = XHOP_CHECK_##check;          \
	}

SKIP(sum, SUM)
SKIP(mac, MAC)
SKIP(device, DEVICE)
SKIP(xfrm, XFRM)
SKIP(netfilter, NETFILTER)
SKIP(egress, EGRESS)
SKIP(source, SOURCE)
SKIP(stale, STALE)
SKIP(count, COUNT_HOP)

static void skip_all(struct xhop_config *config)
{
	config->flags &= ~XHOP_PORT_VETH;
	config->skip = ~0u;
}

static const struct feature features[] = {
	{"all", NULL, NULL, 0},
	{"no header sum", skip_sum, NULL, 4},
	{"no MAC", skip_mac, NULL, 0},
	{"no ingress device", skip_device, NULL, 0},
	{"no IPsec", skip_xfrm, NULL, 0},
	{"no netfilter", skip_netfilter, NULL, 0},
	{"no egress device", skip_egress, NULL, 0},
	{"no source", skip_source, NULL, 0},
	{"no stale", skip_stale, NULL, 0},
	{"no hop counter", skip_count, NULL, 0},
	{"none of these", skip_all, NULL, 0},
	{"no skb", no_skb, NULL, 0},
	{"and hidden L4 sum", hidden_sum, NULL, 4},
	{"and source by FIB", no_hash, NULL, 4},
	{"and rp_filter", NULL, "net.ipv4.conf.p1.rp_filter", 4},
	{"reads as on Linux 6.1", probe_reads, NULL, 0},
};
#define FEATURES ((int)(sizeof(features) / sizeof(features[0])))

struct features_run {
	struct lab *lab;
	const char *table;
	enum variant variant;
	int six, rounds, repeat;
	int features; /* how many of the list */
	int fd[FEATURES_MOST], insns[FEATURES_MOST];
	unsigned char frame[FRAME_MOST];
	double ns[FEATURES_MOST][ROUNDS];
};

static void tweak(struct xhop_config *config, void *data)
{
	const struct features_run *run = ((void **)data)[0];
	const struct feature *feature = ((void **)data)[1];

	lab_tweak(config, run->variant);
	if (feature->set)
		feature->set(config);
}

static __u32 attached(struct lab *lab)
{
	struct set set;
	struct port *port;
	__u32 id;

	if (set_find_here(&set))
		return 0;
	port = set_port(&set, lab->p1);
	id = port ? port->prog_id : 0;
	set_close(&set);
	return id;
}

static int instructions(int fd)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.xlated_prog_len / 8;
}

/* Loading takes the verifier longer than measuring: once for both families. */
static int load(struct features_run *run)
{
	__u32 id = attached(run->lab);

	for (int i = 0; i < run->features; i++) {
		void *data[] = {run, (void *)&features[i]};

		run->fd[i] = copy_load(id, tweak, data);
		run->insns[i] = run->fd[i] >= 0 ? instructions(run->fd[i]) : 0;
		if (run->fd[i] < 0)
			fprintf(stderr, "bench: feature \"%s\": %s, left out\n", features[i].name,
				strerror(-run->fd[i]));
	}
	return run->fd[0] < 0 ? run->fd[0] : 0;
}

static bool applies(const struct features_run *run, int i)
{
	int family = features[i].family;

	return run->fd[i] >= 0 && (!family || family == (run->six ? 6 : 4));
}

static int run_once(struct features_run *run, int i, double *ns)
{
	const char *sysctl = features[i].sysctl;
	int err = 0;

	if (sysctl)
		err = netns_sh(&run->lab->router, "sysctl -qw %s=1", sysctl);
	if (!err)
		err = prog_time(run->lab, run->variant, run->fd[i], run->six, run->frame,
				run->repeat, ns);
	if (sysctl)
		err = err ?: netns_sh(&run->lab->router, "sysctl -qw %s=0", sysctl);
	return err;
}

static int rounds(struct features_run *run)
{
	double warm;
	int err = 0;

	for (int i = 0; i < FEATURES && !err; i++)
		if (applies(run, i))
			err = run_once(run, i, &warm);
	for (int r = 0; r < run->rounds && !err; r++) {
		for (int n = 0; n < FEATURES && !err; n++) {
			int i = (n + r) % FEATURES;

			if (applies(run, i))
				err = run_once(run, i, &run->ns[i][r]);
		}
	}
	return err;
}

/* The first row is all that the program costs, the others what they add to it. */
static int rows(struct features_run *run)
{
	for (int i = 0; i < FEATURES; i++) {
		struct row_key key = {"features",
				      run->table,
				      features[i].name,
				      lab_family_name(run->six),
				      variant_names[run->variant],
				      "ns"};
		double insns = run->insns[i] - (i ? run->insns[0] : 0), by[ROUNDS];

		if (!applies(run, i))
			continue;
		for (int r = 0; r < run->rounds; r++)
			by[r] = run->ns[i][r] - (i ? run->ns[0][r] : 0);
		if (!row_add(&key, by, run->rounds))
			return -ENOMEM;
		key.section = "insns";
		key.unit = "insns";
		if (!row_add(&key, &insns, 1))
			return -ENOMEM;
	}
	return 0;
}

static int measure(struct features_run *run)
{
	int err;

	lab_traffic(run->lab, lab_family(run->six), 1, PATTERN_ONE, FRAME_LEAST, run->frame);
	run->frame[40] = 0x12; /* IPv4: a UDP checksum, lest the frame looks like an open one */
	err = rounds(run);
	return err ?: rows(run);
}

static int measure_variant(struct features_run *run)
{
	int err = netns_enter(&run->lab->router);

	memset(run->fd, -1, sizeof(run->fd));
	if (!err)
		err = load(run);
	for (run->six = 0; run->six < 2 && !err; run->six++)
		err = measure(run);
	netns_leave();
	for (int i = 0; i < FEATURES; i++)
		if (run->fd[i] >= 0)
			close(run->fd[i]);
	return err;
}

int features_section(struct lab *lab, const struct options *opts, const char *table)
{
	static const enum variant variants[] = {VARIANT_HELPER, VARIANT_MAPS};
	static struct features_run run;
	int err = 0;

	run.lab = lab;
	run.table = table;
	run.rounds = opts->smoke ? 3 : opts->quick ? 7 : ROUNDS;
	run.repeat = opts->smoke ? 1000 : 1 << 14;
	run.features = opts->smoke ? 2 : FEATURES;
	for (int v = 0; v < 2; v++) {
		if (!lab_has(lab, variants[v]))
			continue;
		run.variant = variants[v];
		err = err ?: measure_variant(&run);
	}
	if (err)
		fprintf(stderr, "bench: costs of the checks: %s\n", strerror(-err));
	return err;
}
