// SPDX-License-Identifier: GPL-2.0
/*
 * From a change of a route to the first packet on the new path. One CPU sends to one destination
 * without pause; another changes the route of that destination, by netlink, to another neighbour.
 * The sink stamps the first frame that bears the new neighbour's MAC. The clock starts before the
 * netlink request. Batches are small: a frame passes every few microseconds.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "tests/bench/route.h"
#include "tests/bench/source.h"

#define CHANGES_MOST 200
#define BATCH	     8
#define CHURN	     50 /* routes changed every CHURN_US */
#define CHURN_US     10000
#define WAIT_NS	     1e9
#define MANY	     10000 /* routes changed in one go */

struct change_run {
	struct lab *lab;
	const char *table;
	int six, watched, changes;
	struct mnl_socket *nl;
	unsigned char frame[FRAME_MOST];
	volatile bool stop;
	int shift, err;
	double us[CHANGES_MOST];
};

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void *stream(void *arg)
{
	struct change_run *run = arg;
	struct bench_bpf *skel = run->lab->skel;
	int err = source_enter(run->lab, 0);

	while (!err && !run->stop)
		err = source_run(run->lab, run->six ? skel->progs.source6 : skel->progs.source4,
				 run->frame, FRAME_LEAST, 1 << 14, BATCH);
	run->err = err;
	return NULL;
}

/* Other routes change meanwhile, CHURN at a time. */
static void *churn(void *arg)
{
	struct change_run *run = arg;
	const struct routes *routes = &run->lab->table->routes[run->six];
	struct mnl_socket *nl = netns_enter(&run->lab->router) ? NULL : route_open();
	int from = 0, shift = 1, end = run->watched;

	while (nl && !run->stop) {
		if (from + CHURN > end) {
			from = 0;
			shift = !shift;
		}
		if (end >= CHURN)
			route_shift(nl, routes, from, from + CHURN, run->lab->p2, shift);
		from += CHURN;
		usleep(CHURN_US);
	}
	if (nl)
		mnl_socket_close(nl);
	return NULL;
}

/* The one destination of the stream: in the last of the routes that nothing is more specific to. */
static int choose(struct change_run *run)
{
	const struct routes *routes = &run->lab->table->routes[run->six];
	unsigned char(*dests)[16] = calloc(BENCH_DESTS, 16);
	int at = run->lab->filled[run->six] - 1, len = run->six ? 48 : 24;

	if (!dests)
		return -ENOMEM;
	while (at > 0 && routes->prefixes[at].len != len)
		at--;
	run->watched = at;
	for (int i = 0; i < BENCH_DESTS; i++) {
		memcpy(dests[i], routes->prefixes[at].addr, 16);
		dests[i][run->six ? 15 : 3] |= routes->prefixes[at].len < routes->bits ? 1 : 0;
	}
	lab_frames(run->lab, lab_family(run->six), dests, FRAME_LEAST, run->frame);
	free(dests);
	return 0;
}

/* Changes routes from..watched; *ns until the sink saw it, or WAIT_NS. */
static int change(struct change_run *run, int from, double *ns)
{
	const struct routes *routes = &run->lab->table->routes[run->six];
	struct bench_bpf__bss *bss = run->lab->skel->bss;
	double start;
	int err;

	run->shift = (run->shift + 1) % BENCH_HOPS;
	bss->watched = 0;
	bss->watched_at = 0;
	__sync_synchronize();
	bss->watched = HOP_FIRST + (routes->prefixes[run->watched].hop + run->shift) % BENCH_HOPS;
	start = now_ns();
	err = route_shift(run->nl, routes, from, run->watched + 1, run->lab->p2, run->shift);
	while (!err && !*(volatile __u64 *)&bss->watched_at && now_ns() - start < WAIT_NS)
		usleep(100);
	*ns = bss->watched_at ? bss->watched_at - start : WAIT_NS;
	return err;
}

static int changes(struct change_run *run)
{
	int err = 0;

	usleep(20000);
	for (int i = 0; i < run->changes && !err; i++) {
		err = change(run, run->watched, &run->us[i]);
		run->us[i] /= 1e3;
		usleep(3000);
	}
	return err;
}

static int run_threads(struct change_run *run, bool with_churn)
{
	pthread_t threads[2];
	int err = 0, n = 0;

	run->stop = false;
	run->err = 0;
	run->shift = 0;
	err = pthread_create(&threads[n++], NULL, stream, run) ? -EAGAIN : 0;
	if (!err && with_churn)
		err = pthread_create(&threads[n++], NULL, churn, run) ? -EAGAIN : 0;
	if (!err)
		err = changes(run);
	run->stop = true;
	while (n)
		pthread_join(threads[--n], NULL);
	return err ?: run->err;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static int rows(struct change_run *run, enum variant v, const char *load)
{
	static const char *const names[] = {"p50", "p99", "most"};
	static const double at[] = {0.5, 0.99, 1};
	char what[24];
	struct row_key key = {"change",		run->table, what, lab_family_name(run->six),
			      variant_names[v], "us"};

	qsort(run->us, run->changes, sizeof(double), by_size);
	for (int q = 0; q < 3; q++) {
		snprintf(what, sizeof(what), "%s %s", load, names[q]);
		if (!row_add(&key, &run->us[(int)(at[q] * (run->changes - 1))], 1))
			return -ENOMEM;
	}
	snprintf(what, sizeof(what), "%s", load);
	key.section = "change-all";
	return row_add(&key, run->us, run->changes) ? 0 : -ENOMEM;
}

/* Many routes in one go: until the last of them carries packets. */
static int many(struct change_run *run, enum variant v)
{
	struct row_key key = {"rate",		run->table, "changed", lab_family_name(run->six),
			      variant_names[v], "routes/s"};
	int from = run->watched >= MANY ? run->watched - MANY : 0, err;
	pthread_t thread;
	double ns, rate;

	if (!from)
		return 0;
	run->stop = false;
	if (pthread_create(&thread, NULL, stream, run))
		return -EAGAIN;
	usleep(20000);
	err = change(run, from, &ns);
	run->stop = true;
	pthread_join(thread, NULL);
	rate = MANY / (ns / 1e9);
	return err ?: row_add(&key, &rate, 1) ? 0 : -ENOMEM;
}

static int measure(struct change_run *run, enum variant v)
{
	int err = lab_forwarder(run->lab, v);

	if (!err)
		err = run_threads(run, false);
	if (!err)
		err = rows(run, v, "quiet");
	if (!err && run->watched >= CHURN) {
		err = run_threads(run, true);
		if (!err)
			err = rows(run, v, "churn");
	}
	return err ?: many(run, v);
}

/* As before the section: every route over its own hop. */
static int restore(struct change_run *run)
{
	const struct routes *routes = &run->lab->table->routes[run->six];
	int from = run->watched >= MANY ? run->watched - MANY : 0, err;

	err = route_shift(run->nl, routes, 0, from < MANY ? from : MANY, run->lab->p2, 0);
	return err ?: route_shift(run->nl, routes, from, run->watched + 1, run->lab->p2, 0);
}

int change_section(struct lab *lab, const struct options *opts, const char *table, int n)
{
	static const enum variant variants[] = {VARIANT_LINUX, VARIANT_HELPER, VARIANT_MAPS};
	static struct change_run run;
	int err;

	(void)n;
	if (lab->queues == 1)
		return 0; /* the stream would leave no time for the changes */
	err = netns_enter(&lab->router);
	run.lab = lab;
	run.table = table;
	run.changes = opts->smoke ? 5 : opts->quick ? 50 : CHANGES_MOST;
	run.nl = err ? NULL : route_open();
	netns_leave();
	if (!run.nl)
		return err ?: -EIO;
	err = lab_sink(lab, lab->skel->progs.sink_watch);
	for (run.six = 0; run.six < (opts->quick ? 1 : 2) && !err; run.six++) {
		err = choose(&run);
		for (unsigned int i = 0; i < 3 && !err; i++)
			if (lab_has(lab, variants[i]))
				err = measure(&run, variants[i]);
		err = err ?: restore(&run);
	}
	mnl_socket_close(run.nl);
	if (err)
		fprintf(stderr, "bench: changes of routes: %s\n", strerror(-err));
	return err ?: lab_sink(lab, lab->skel->progs.sink);
}
