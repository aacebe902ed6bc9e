// SPDX-License-Identifier: GPL-2.0
/*
 * ns a packet under BPF_PROG_RUN. All variants are jumped into by the same wrapper, which puts the
 * next destination into the frame; nothing is subtracted. The variants take turns, so that all
 * see the same machine; every run must redirect all of its packets. Each turn begins with packets
 * that do not count: the lookups before it have taken the caches, and a forwarder runs for longer
 * than a turn.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "tests/bench/bench.h"

#define ROUNDS_MOST 31

struct prog_run {
	struct lab *lab;
	const char *table;
	int six;
	enum pattern pattern;
	int warm, repeat, rounds; /* packets before those that count, and these */
	unsigned char frame[FRAME_MOST];
	double ns[VARIANTS][ROUNDS_MOST];
	bool on[VARIANTS];
};

/*
 * This thread's own time: what other processes take does not count. The kernel's own figure
 * (opts.duration) is in whole ns, too coarse for a ratio to 40. The system call's own cost is below
 * 1 ns a packet.
 */
static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

int prog_time(struct lab *lab, enum variant variant, int fd, int six, const unsigned char *frame,
	      int repeat, double *ns)
{
	struct bench_bpf *skel = lab->skel;
	struct xdp_md in = {.data_end = FRAME_LEAST, .ingress_ifindex = lab->p1};
	unsigned char out[FRAME_MOST];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = FRAME_LEAST,
		    .data_out = out, .data_size_out = sizeof(out), .ctx_in = &in,
		    .ctx_size_in = sizeof(in), .repeat = repeat);
	int wrap = bpf_program__fd(six ? skel->progs.wrap6 : skel->progs.wrap4), err;
	__u64 before = lab_forwarded(lab, variant), grown;
	__u32 zero = 0;
	double start;

	err = bpf_map_update_elem(bpf_map__fd(skel->maps.measured), &zero, &fd, BPF_ANY);
	start = cpu_ns();
	if (!err)
		err = bpf_prog_test_run_opts(wrap, &opts);
	if (err)
		return -errno;
	*ns = (cpu_ns() - start) / repeat;
	grown = lab_forwarded(lab, variant) - before;
	if (opts.retval == XDP_REDIRECT && grown == (__u64)repeat)
		return 0;
	fprintf(stderr, "bench: %s redirected %llu of %d packets (%s)\n", variant_names[variant],
		(unsigned long long)grown, repeat, lab_family_name(six));
	return -EPROTO;
}

#define BY_MAPS 0.99 /* of the packets: each CPU asks the kernel once a hop */

static int run_once(struct prog_run *run, enum variant variant, int repeat, double *ns)
{
	int fd = lab_program(run->lab, variant, 0), err;
	bool maps = variant == VARIANT_MAPS;
	__u64 before, answered;

	err = run->warm ? prog_time(run->lab, variant, fd, run->six, run->frame, run->warm, ns) : 0;
	before = maps ? lab_by_maps(run->lab) : 0;
	if (!err)
		err = prog_time(run->lab, variant, fd, run->six, run->frame, repeat, ns);
	if (err || !maps)
		return err;
	answered = lab_by_maps(run->lab) - before;
	if (answered < BY_MAPS * repeat && repeat >= 1 << 15)
		fprintf(stderr,
			"bench: the maps answered %llu of %d packets only (%s, %s routes)\n",
			(unsigned long long)answered, repeat, lab_family_name(run->six),
			run->table);
	return 0;
}

static int rounds(struct prog_run *run)
{
	double warm;
	int err = 0;

	for (int v = 0; v < VARIANTS && !err; v++)
		if (run->on[v])
			err = run_once(run, v, run->repeat, &warm);
	for (int r = 0; r < run->rounds && !err; r++) {
		for (int i = 0; i < VARIANTS && !err; i++) {
			int v = (i + r) % VARIANTS;

			if (run->on[v])
				err = run_once(run, v, run->repeat, &run->ns[v][r]);
		}
	}
	return err;
}

static int rows(struct prog_run *run, bool alone)
{
	struct row *made[VARIANTS] = {};

	for (int v = 0; v < VARIANTS; v++) {
		struct row_key key = {"prog",
				      run->table,
				      pattern_names[run->pattern],
				      lab_family_name(run->six),
				      variant_names[v],
				      "ns"};

		if (!run->on[v])
			continue;
		if (alone && v != VARIANT_MINIMAL)
			key.section = "prog-alone";
		if (alone && v == VARIANT_MINIMAL)
			key.variant = "fib-lookup-alone";
		made[v] = row_add(&key, run->ns[v], run->rounds);
		if (!made[v])
			return -ENOMEM;
		if (made[VARIANT_FLOOR])
			row_ratio(made[v], made[VARIANT_FLOOR]);
	}
	return 0;
}

static int measure(struct prog_run *run, int n, bool alone)
{
	int err;

	for (int v = 0; v < VARIANTS; v++)
		run->on[v] = lab_program(run->lab, v, 0) >= 0 && (!alone || v != VARIANT_LPM);
	lab_traffic(run->lab, lab_family(run->six), n, run->pattern, FRAME_LEAST, run->frame);
	err = netns_enter(&run->lab->router);
	if (!err)
		err = rounds(run);
	netns_leave();
	return err ?: rows(run, alone);
}

/* More destinations than the first caches hold. */
static bool scattered(enum pattern pattern)
{
	return pattern == PATTERN_RANDOM || pattern == PATTERN_ZIPF;
}

int prog_section(struct lab *lab, const struct options *opts, const char *table, int n, bool alone)
{
	static struct prog_run run;
	int err = 0;

	run.lab = lab;
	run.table = table;
	run.repeat = opts->smoke ? 1000 : 1 << 15;
	for (run.six = 0; run.six < 2; run.six++) {
		for (int p = 0; p < PATTERNS && !err; p++) {
			bool seldom = p == PATTERN_FEW || p == PATTERN_ZIPF;

			if ((alone || opts->quick || opts->smoke) && seldom)
				continue;
			run.pattern = p;
			run.warm = opts->smoke || n < 1000 || !scattered(p) ? 0 : 1 << 17;
			run.rounds = opts->smoke ? 3 : run.warm ? 9 : opts->quick ? 11 : 15;
			err = measure(&run, n, alone);
		}
	}
	return err;
}
