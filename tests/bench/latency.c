// SPDX-License-Identifier: GPL-2.0
/*
 * Round trips: probes leave the source, pass the router, turn round at the sink, pass the router
 * again, and are timed by the program on e1: two hops through the router, two wires each way. Time
 * is stamped in the source's program and read on arrival, no process has to wake up in between.
 * With load, another CPU keeps a stream of frames going through the same queues (one queue a
 * device here), so that probes wait behind its batches as packets do at a busy router.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "tests/bench/source.h"

#define ROUNDS_MOST 5
#define BURST	    16 /* frames of the load that come together */
#define GAP_NS	    50000
#define SIZE	    80 /* a probe fits */

enum load { LIGHT, HEAVY, AS_LINUX, LOADS };
/* AS_LINUX: as many packets a second as are 80 % of Linux's most */
static const char *const load_names[LOADS] = {"light", "own-80", "linux-80"};
static const char *const quantiles[] = {"p50", "p99", "p99.9"};
static const double shares[] = {0.5, 0.99, 0.999};
static const enum variant variants[] = {VARIANT_LINUX, VARIANT_HELPER, VARIANT_MAPS};

struct latency_run {
	struct lab *lab;
	const char *table;
	int six, probes, rounds;
	unsigned char frame[FRAME_MOST];
	double capacity[VARIANTS]; /* packets a second */
	double us[VARIANTS][LOADS][3][ROUNDS_MOST], lost[VARIANTS][LOADS][ROUNDS_MOST];
};

struct stream {
	const struct latency_run *run;
	const struct bpf_program *program;
	int cpu, packets, batch, err;
	double took;
};

static void *stream_thread(void *arg)
{
	struct stream *s = arg;
	double start;

	s->err = source_enter(s->run->lab, s->cpu);
	start = thread_time() + softirq_time(s->cpu);
	if (!s->err)
		s->err = source_run(s->run->lab, s->program, s->run->frame, SIZE, s->packets,
				    s->batch);
	s->took = thread_time() + softirq_time(s->cpu) - start;
	return NULL;
}

static int stream_alone(struct stream *s)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, stream_thread, s))
		return -EAGAIN;
	pthread_join(thread, NULL);
	return s->err;
}

/* One queue a device, or one a CPU again. A veth's peer must not send to a queue that is gone. */
static int queues(struct lab *lab, int n)
{
	return netns_sh(
		NULL,
		"[ %d = 1 ] && order='rx:%d,tx:1 rx:1,tx:1' || order='rx:%d,tx:1 "
		"rx:%d,tx:%d'; for o in $order; do set -- $(echo $o | tr ':,' '  '); "
		"ip netns exec %s ethtool -L p1 $@; ip netns exec %s ethtool -L p2 $@; "
		"ip netns exec %s ethtool -L e1 $@; ip netns exec %s ethtool -L e2 $@; done",
		n, lab->queues, n, n, n, lab->router.name, lab->router.name, lab->source.name,
		lab->sink.name);
}

/* The most that goes through in bursts of BURST. */
static int capacity(struct latency_run *run, enum variant variant)
{
	struct bench_bpf *skel = run->lab->skel;
	struct stream s = {.run = run, .packets = 1 << 15, .batch = BURST};
	double best = 0;
	int err = 0;

	s.program = run->six ? skel->progs.source6 : skel->progs.source4;
	for (int i = 0; i < 3 && !err; i++) {
		err = stream_alone(&s);
		if (!err && s.packets / s.took > best)
			best = s.packets / s.took;
	}
	run->capacity[variant] = best;
	return err;
}

static int by_size(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

static void evaluate(struct latency_run *run, enum variant variant, enum load load, int round)
{
	static __u64 sorted[BENCH_PROBES];
	int n = 0;

	for (int i = 1; i <= run->probes; i++)
		if (run->lab->skel->bss->rtts[i])
			sorted[n++] = run->lab->skel->bss->rtts[i];
	qsort(sorted, n, sizeof(*sorted), by_size);
	for (int q = 0; q < 3 && n; q++)
		run->us[variant][load][q][round] = sorted[(int)(shares[q] * (n - 1))] / 1e3;
	run->lost[variant][load][round] = 1 - (double)n / run->probes;
}

static int run_once(struct latency_run *run, enum variant variant, enum load load, int round)
{
	struct bench_bpf *skel = run->lab->skel;
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), probe_cpu = cpus - 1;
	struct stream probes = {.run = run, .cpu = probe_cpu, .packets = run->probes, .batch = 1};
	struct stream other = {.run = run, .cpu = cpus > 1 ? probe_cpu - 1 : 0, .batch = BURST};
	double rate = 0.8 * run->capacity[load == AS_LINUX ? VARIANT_LINUX : variant];
	pthread_t thread;
	int err;

	memset(skel->bss->rtts, 0, sizeof(skel->bss->rtts));
	memset(skel->bss->cpus, 0, sizeof(skel->bss->cpus));
	skel->bss->probe_slot_ns = GAP_NS;
	skel->bss->slot_batch = BURST;
	skel->bss->slot_ns = BURST * 1e9 / (rate ?: 1);
	probes.program = run->six ? skel->progs.probe6 : skel->progs.probe4;
	other.program = run->six ? skel->progs.paced6 : skel->progs.paced4;
	other.packets = rate * run->probes * GAP_NS / 1e9 * 1.1;
	if (load != LIGHT) {
		if (pthread_create(&thread, NULL, stream_thread, &other))
			return -EAGAIN;
		usleep(5000);
	}
	err = stream_alone(&probes);
	if (load != LIGHT) {
		pthread_join(thread, NULL);
		err = err ?: other.err;
	}
	usleep(2000);
	evaluate(run, variant, load, round);
	return err;
}

/* Load takes a second CPU; for Linux itself AS_LINUX is what HEAVY is. */
static bool load_counts(const struct latency_run *run, enum variant v, enum load load)
{
	if (load == LIGHT)
		return true;
	return run->lab->queues > 1 && (load == HEAVY || v != VARIANT_LINUX);
}

static int rounds(struct latency_run *run)
{
	int err = 0;

	for (int r = 0; r < run->rounds && !err; r++) {
		for (unsigned int i = 0; i < 3 && !err; i++) {
			enum variant v = variants[i];

			if (!lab_has(run->lab, v))
				continue;
			err = lab_forwarder(run->lab, v);
			if (!err && !run->capacity[v])
				err = capacity(run, v);
			for (int load = 0; load < LOADS && !err; load++)
				if (load_counts(run, v, load))
					err = run_once(run, v, load, r);
		}
	}
	return err;
}

static int rows_of(struct latency_run *run, enum variant v, enum load load)
{
	char what[24];
	struct row_key key = {"latency",	run->table, what, lab_family_name(run->six),
			      variant_names[v], "us"};
	struct row *row;
	const struct row *linux_row;

	for (int q = 0; q < 3; q++) {
		snprintf(what, sizeof(what), "%s %s", load_names[load], quantiles[q]);
		row = row_add(&key, run->us[v][load][q], run->rounds);
		if (!row)
			return -ENOMEM;
		linux_row = row_find("latency", run->table, what, row->family, "linux");
		if (linux_row && linux_row != row)
			row_ratio(row, linux_row);
	}
	snprintf(what, sizeof(what), "%s", load_names[load]);
	key.section = "latency-lost";
	key.unit = "share";
	return row_add(&key, run->lost[v][load], run->rounds) ? 0 : -ENOMEM;
}

static int measure(struct latency_run *run, int n)
{
	int err;

	memset(run->capacity, 0, sizeof(run->capacity));
	lab_traffic(run->lab, lab_family(run->six), n, n == 1 ? PATTERN_ONE : PATTERN_RANDOM, SIZE,
		    run->frame);
	err = rounds(run);
	for (unsigned int i = 0; i < 3 && !err; i++)
		for (int load = 0; load < LOADS && !err; load++)
			if (lab_has(run->lab, variants[i]) && load_counts(run, variants[i], load))
				err = rows_of(run, variants[i], load);
	return err;
}

int latency_section(struct lab *lab, const struct options *opts, const char *table, int n)
{
	static struct latency_run run;
	int err = queues(lab, 1);

	run.lab = lab;
	run.table = table;
	run.rounds = opts->smoke || opts->quick ? 1 : 3;
	run.probes = opts->smoke ? 500 : opts->quick ? 4000 : 8000;
	if (!err)
		err = lab_sink(lab, lab->skel->progs.sink_reflect);
	for (run.six = 0; run.six < (opts->quick ? 1 : 2) && !err; run.six++)
		err = measure(&run, n);
	if (err)
		fprintf(stderr, "bench: round trips: %s\n%s", strerror(-err), netns_output());
	err = err ?: lab_sink(lab, lab->skel->progs.sink);
	return err ?: queues(lab, lab->queues);
}
