// SPDX-License-Identifier: GPL-2.0
/*
 * bench [quick|test|compare|readme]: measures xhop against Linux and against programs with other
 * lookups, prints tables, writes build/bench. test: the self tests, and a few packets through each
 * section, as TAP. XHOP_BENCH_TABLE: a file of prefixes, else the table is generated. Exit 0 done,
 * 1 failed or something moved (compare), 2 wrong use.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "tests/bench/report.h"
#include "tests/lib/tap.h"

#define DIR	 "build/bench"
#define BASELINE "tests/bench/baseline.csv"
#define SHARED	 "../shared/data/full-table-prefixes.txt.gz"

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void say(const char *what, const char *table)
{
	static double start;

	if (!start)
		start = seconds();
	fprintf(stderr, "bench: %5.0f s  %s, %s routes\n", seconds() - start, what, table);
}

struct stage {
	const char *name;
	int n;
	bool wire; /* over veth, too */
};

static const struct stage stages_full[] = {

	{"1", 1, true},		 {"100", 100, false},	  {"10k", 10000, false},
	{"100k", 100000, false}, {"full", 1 << 30, true}, {NULL, 0, false}};
static const struct stage stages_quick[] = {
	{"1", 1, true}, {"10k", 10000, false}, {NULL, 0, false}};
static const struct stage stages_smoke[] = {{"100", 100, true}, {NULL, 0, false}};

static int stage_wire(struct lab *lab, const struct options *opts, const struct stage *s)
{
	int err;

	say("packets over veth", s->name);
	err = wire_section(lab, opts, s->name, s->n);
	if (err || opts->ratios)
		return err;
	say("round trips", s->name);
	return latency_section(lab, opts, s->name, s->n);
}

static int stage_run(struct lab *lab, const struct options *opts, const struct stage *s)
{
	int err;

	say("filling kernel and LPM tries", s->name);
	err = lab_fill(lab, s->n);
	if (!err)
		err = prog_section(lab, opts, s->name, s->n, true);
	if (!err) {
		say("starting xhop", s->name);
		err = lab_xhop_start(lab);
	}
	if (machine_other_tracers() > lab->tracers)
		lab->tracers = machine_other_tracers();
	if (!err)
		err = fill_section(lab, s->name);
	if (!err) {
		say("ns a packet", s->name);
		err = prog_section(lab, opts, s->name, s->n, false);
	}
	if (!err && s->wire)
		err = stage_wire(lab, opts, s);
	if (!err && s->wire && !opts->ratios) {
		say("changes of routes", s->name);
		err = change_section(lab, opts, s->name, s->n);
	}
	if (!err && s->wire && s->n < 1000 && !opts->ratios) {
		say("what the checks cost", s->name);
		err = features_section(lab, opts, s->name);
	}
	lab_xhop_stop(lab);
	return err;
}

/* The last CPU: interrupts tend to come to the first. */
static void pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Quick runs take the generated table, whatever is at hand: their ratios are compared. */
static int load_table(struct table *table, const struct options *opts)
{
	const char *path = getenv("XHOP_BENCH_TABLE");
	bool part = opts->smoke || opts->quick;
	int err;

	if (!path && !access(SHARED, R_OK))
		path = SHARED;
	err = table_load(table, part ? NULL : path, part ? 10000 : 0);
	if (err)
		fprintf(stderr, "bench: cannot read the routes in %s: %s\n", path ?: "-",
			strerror(-err));
	return err;
}

static int bench(const struct options *opts)
{
	const struct stage *stages = opts->smoke   ? stages_smoke
				     : opts->quick ? stages_quick
						   : stages_full;
	static struct table table;
	static struct lab lab;
	double start = seconds();
	int err = load_table(&table, opts);

	if (err)
		return err;
	mkdir(opts->dir, 0755);
	err = lab_up(&lab, &table);
	for (int i = 0; stages[i].name && !err; i++) {
		err = stage_run(&lab, opts, &stages[i]);
		if (!err) /* after each: a run cut short leaves what it has */
			err = report_write(&lab, opts, seconds() - start);
	}
	if (!err && !opts->smoke)
		report_print(&lab, opts);
	lab_down(&lab);
	table_free(&table);
	return err;
}

/* The self tests, and that every section runs: TAP. */
static int test(struct options *opts)
{
	opts->smoke = true;
	opts->dir = DIR "-smoke";
	selftest();
	tap_result(!bench(opts), "every section runs, and nothing it sends is lost");
	tap_result(row_find("prog", NULL, NULL, NULL, "xhop-helper") &&
			   row_find("wire", NULL, NULL, NULL, "linux") &&
			   row_find("latency", NULL, NULL, NULL, "linux"),
		   "and leaves its figures");
	return tap_done();
}

/* A new run, quick, against the accepted one. */
static int compare(struct options *opts)
{
	int moved;

	opts->quick = opts->ratios = true;
	opts->dir = DIR "-compare";
	if (bench(opts))
		return 1;
	moved = ratios_compare(BASELINE, DIR "-compare/ratios.csv", stdout);
	if (moved < 0)
		fprintf(stderr, "bench: cannot compare with " BASELINE ": %s\n", strerror(-moved));
	return moved != 0;
}

int main(int argc, char **argv)
{
	struct options opts = {.dir = DIR};
	const char *word = "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2)
		word = argv[1];
	opts.quick = !strcmp(word, "quick");
	if (argc > 2 || (*word && !opts.quick && strcmp(word, "test") && strcmp(word, "compare") &&
			 strcmp(word, "readme"))) {
		fputs("Usage: bench [quick|test|compare|readme]\n", stderr);
		return 2;
	}
	if (!strcmp(word, "readme"))
		return readme_print(DIR "/summary.csv") ? 1 : 0;
	if (geteuid()) {
		fputs("bench: needs root\n", stderr);
		return 2;
	}
	netns_init("xb");
	pin();
	if (!strcmp(word, "test"))
		return test(&opts);
	if (!strcmp(word, "compare"))
		return compare(&opts);
	return bench(&opts) ? 1 : 0;
}
