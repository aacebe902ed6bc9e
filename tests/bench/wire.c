// SPDX-License-Identifier: GPL-2.0
/*
 * Packets a second from source to sink. The source is BPF_PROG_RUN's live frames mode: a batch of
 * frames enters p1's queue, and the same CPU then polls p1, forwards, polls e2 and drops there,
 * before the source makes the next batch. So one CPU does the work of all three, nothing waits for
 * another CPU, nothing is lost when all is well, and what is measured is the work: source and
 * sink included, the same for all variants. The clock is the time that the source's thread and
 * that CPU's ksoftirqd ran: the wall's clock, less what other processes took. With two CPUs each
 * runs such a chain of its own, through a queue of its own. Linux gets the same: p1 polls with NAPI
 * (GRO on, no XDP), packets stay on their CPU (RPS off, XPS).
 */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "tests/bench/source.h"

#define ROUNDS_MOST 15
#define BATCH	    64 /* a NAPI poll's worth */
#define LOST	    0.03

struct wire_run {
	struct lab *lab;
	const char *table;
	int six, size, cpus, rounds;
	double seconds; /* of each run */
	unsigned char frame[FRAME_MOST];
	double mpps[VARIANTS][ROUNDS_MOST], share[VARIANTS];
	bool on[VARIANTS];
};

struct source {
	const struct wire_run *run;
	pthread_t thread;
	pthread_barrier_t *barrier;
	int cpu, packets, err;
	double took; /* seconds */
};

double thread_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Seconds that the CPU's ksoftirqd ran so far; 0 where the kernel does not say. */
double softirq_time(int cpu)
{
	static char paths[BENCH_CPUS][64];
	char command[128];
	unsigned long long ns = 0;
	FILE *f;

	if (!paths[cpu][0]) {
		snprintf(command, sizeof(command), "pgrep -x ksoftirqd/%d", cpu);
		f = popen(command, "re");
		if (f && fscanf(f, "%llu", &ns) == 1)
			snprintf(paths[cpu], sizeof(paths[cpu]), "/proc/%llu/schedstat", ns);
		if (f)
			pclose(f);
		ns = 0;
	}
	f = fopen(paths[cpu], "re");
	if (f && fscanf(f, "%llu", &ns) != 1)
		ns = 0;
	if (f)
		fclose(f);
	return ns / 1e9;
}

int source_run(const struct lab *lab, const struct bpf_program *program, const unsigned char *frame,
	       int size, int packets, int batch)
{
	struct xdp_md in = {.data_end = size, .ingress_ifindex = lab->e1};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = size, .ctx_in = &in,
		    .ctx_size_in = sizeof(in), .repeat = packets, .batch_size = batch,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	return bpf_prog_test_run_opts(bpf_program__fd(program), &opts) ? -errno : 0;
}

int source_enter(const struct lab *lab, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : netns_enter(&lab->source);
}

static void *source_thread(void *arg)
{
	struct source *s = arg;
	const struct wire_run *run = s->run;
	const struct bench_bpf *skel = run->lab->skel;
	double start;

	s->err = source_enter(run->lab, s->cpu);
	start = softirq_time(s->cpu);
	pthread_barrier_wait(s->barrier);
	start += thread_time();
	if (!s->err)
		s->err = source_run(run->lab, run->six ? skel->progs.source6 : skel->progs.source4,
				    run->frame, run->size, s->packets, BATCH);
	s->took = thread_time() + softirq_time(s->cpu) - start;
	return NULL;
}

/* Starts the sources together; the time of the slowest. 0 or -errno. */
static int sources(const struct wire_run *run, int packets, double *took)
{
	struct source list[BENCH_CPUS] = {};
	pthread_barrier_t barrier;
	int err = 0;

	*took = 0;
	pthread_barrier_init(&barrier, NULL, run->cpus);
	for (int i = 0; i < run->cpus; i++) {
		list[i] = (struct source){.run = run, .packets = packets, .barrier = &barrier};
		list[i].cpu = sysconf(_SC_NPROCESSORS_ONLN) - 1 - i;
		if (pthread_create(&list[i].thread, NULL, source_thread, &list[i]))
			return -EAGAIN;
	}
	for (int i = 0; i < run->cpus; i++) {
		pthread_join(list[i].thread, NULL);
		err = err ?: list[i].err;
		if (list[i].took > *took)
			*took = list[i].took;
	}
	pthread_barrier_destroy(&barrier);
	return err;
}

__u64 lab_sunk(const struct lab *lab)
{
	__u64 sum = 0;

	for (int c = 0; c < BENCH_CPUS; c++)
		sum += lab->skel->bss->cpus[c].sunk;
	return sum;
}

/* One run. *mpps: what reached the sink, NAN when too little did; *share: by XDP. */
static int run_once(const struct wire_run *run, enum variant variant, int packets, double *mpps,
		    double *share)
{
	__u64 before = lab_sunk(run->lab), by_xdp = lab_forwarded(run->lab, variant), arrived;
	__u64 by_maps = variant == VARIANT_MAPS ? lab_by_maps(run->lab) : 0;
	double took, sent = (double)packets * run->cpus;
	int err = sources(run, packets, &took);

	if (err)
		return err;
	for (int i = 0; i < 20 && lab_sunk(run->lab) - before < (__u64)sent; i++)
		usleep(1000);
	arrived = lab_sunk(run->lab) - before;
	*share = variant == VARIANT_LINUX || variant == VARIANT_XDP_FORWARD
			 ? 0
			 : (lab_forwarded(run->lab, variant) - by_xdp) / sent;
	if (variant == VARIANT_MAPS && lab_by_maps(run->lab) - by_maps < 0.99 * sent)
		fprintf(stderr, "bench: the maps answered %.1f %% of the frames only (%s)\n",
			100 * (lab_by_maps(run->lab) - by_maps) / sent, lab_family_name(run->six));
	*mpps = fabs(arrived / sent - 1) <= LOST ? arrived / took / 1e6 : NAN;
	if (isnan(*mpps))
		fprintf(stderr,
			"bench: %s: %.1f %% of %.0f frames arrived (%s, %d bytes): not counted\n",
			variant_names[variant], 100 * arrived / sent, sent,
			lab_family_name(run->six), run->size);
	return 0;
}

/* How many packets fill the time; the first run is for warming up. */
static int warm_up(const struct wire_run *run, enum variant variant, int *packets)
{
	double mpps, share;
	int err = run_once(run, variant, 1 << 14, &mpps, &share);

	if (isnan(mpps))
		mpps = 0.3;
	*packets = mpps * 1e6 / run->cpus * run->seconds;
	*packets -= *packets % BATCH;
	return *packets ? err : -ERANGE;
}

static int rounds(struct wire_run *run)
{
	int packets[VARIANTS] = {}, err = 0;
	double share;

	for (int r = 0; r < run->rounds && !err; r++) {
		for (int i = 0; i < VARIANTS && !err; i++) {
			int v = (i + r) % VARIANTS;

			if (!run->on[v])
				continue;
			err = lab_forwarder(run->lab, v);
			if (err && v == VARIANT_XDP_FORWARD) {
				fprintf(stderr, "bench: xdp-forward does not start, left out: %s\n",
					netns_output());
				run->on[v] = false;
				err = 0;
				continue;
			}
			if (!err && !packets[v])
				err = warm_up(run, v, &packets[v]);
			if (!err)
				err = run_once(run, v, packets[v], &run->mpps[v][r], &share);
			if (!r || share < run->share[v])
				run->share[v] = share;
		}
	}
	if (err)
		fprintf(stderr, "bench: packets over veth: %s\n%s", strerror(-err), netns_output());
	return err;
}

/* Rounds that lost packets do not count. */
static int rows(struct wire_run *run)
{
	struct row *made[VARIANTS] = {};
	char what[24];

	snprintf(what, sizeof(what), "%d/%d", run->size, run->cpus);
	for (int v = VARIANTS - 1; v >= 0; v--) {
		struct row_key key = {"wire",		run->table, what, lab_family_name(run->six),
				      variant_names[v], "Mpps"};
		struct row_key part = {
			"wire-share",	  run->table, what, lab_family_name(run->six),
			variant_names[v], "share"};
		double good[ROUNDS_MOST];
		int n = 0;

		for (int r = 0; r < run->rounds && run->on[v]; r++)
			if (!isnan(run->mpps[v][r]))
				good[n++] = run->mpps[v][r];
		if (!n)
			continue;
		made[v] = row_add(&key, good, n);
		if (!made[v] || !row_add(&part, &run->share[v], 1))
			return -ENOMEM;
		if (made[VARIANT_LINUX])
			row_ratio(made[v], made[VARIANT_LINUX]);
	}
	return 0;
}

static int measure(struct wire_run *run, int n, int size, int cpus)
{
	int err;

	run->size = size;
	run->cpus = cpus;
	for (int v = 0; v < VARIANTS; v++)
		run->on[v] = lab_has(run->lab, v);
	lab_traffic(run->lab, lab_family(run->six), n, n == 1 ? PATTERN_ONE : PATTERN_RANDOM, size,
		    run->frame);
	err = rounds(run);
	return err ?: rows(run);
}

int wire_section(struct lab *lab, const struct options *opts, const char *table, int n)
{
	static const int sizes[] = {60, 512, 1500, FRAME_MOST};
	static struct wire_run run;
	/* The bytes behind the headers cost the same whatever the table. */
	int err = 0, some = opts->quick || opts->smoke ? 1 : 4, step = n == 1 ? 1 : 2;

	run.lab = lab;
	run.table = table;
	run.rounds = opts->smoke ? 1 : opts->quick ? 3 : 5;
	run.seconds = opts->smoke ? 0.02 : 0.1;
	for (run.six = 0; run.six < 2; run.six++) {
		for (int s = 0; s < some && !err; s += step)
			err = measure(&run, n, sizes[s], 1);
		if (!err && lab->queues > 1 && !opts->smoke)
			err = measure(&run, n, sizes[0], 2);
	}
	return err;
}
