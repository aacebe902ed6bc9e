/* SPDX-License-Identifier: GPL-2.0 */
/* The sections of the benchmark. Each adds rows (result.h); 0 or -errno, errors printed. */
#ifndef XHOP_BENCH_BENCH_H
#define XHOP_BENCH_BENCH_H

#include "tests/bench/lab.h"
#include "tests/bench/result.h"

struct options {
	bool quick;  /* fewer rounds, fewer cases */
	bool smoke;  /* a few packets of each, to see that all of it works */
	bool ratios; /* only what baseline.csv keeps */
	const char *dir;
};

/* ns a packet under BPF_PROG_RUN; alone: without xhop loaded, what is there then. */
int prog_section(struct lab *lab, const struct options *opts, const char *table, int n, bool alone);

/*
 * One run of `repeat` packets through program fd, in the router's namespace: ns a packet. All must
 * be redirected, and counted where the variant counts. 0 or -errno.
 */
int prog_time(struct lab *lab, enum variant variant, int fd, int six, const unsigned char *frame,
	      int repeat, double *ns);

/* Packets a second from source to sink. */
int wire_section(struct lab *lab, const struct options *opts, const char *table, int n);

/* Round trips of probes through the router and back. */
int latency_section(struct lab *lab, const struct options *opts, const char *table, int n);

/* From a change of a route to the first packet on the new path; rate of changes. */
int change_section(struct lab *lab, const struct options *opts, const char *table, int n);

/* What the table costs in time and memory, after lab_fill() and lab_xhop_start(). */
int fill_section(struct lab *lab, const char *table);

/* What each check costs, on and off. */
int features_section(struct lab *lab, const struct options *opts, const char *table);

/* What there is so far: CSV, pictures' data and REPORT.md into opts->dir; tables on stdout. */
int report_write(const struct lab *lab, const struct options *opts, double seconds);
void report_print(const struct lab *lab, const struct options *opts);

/* The README's table, from a summary.csv of a full run. 0 or -errno. */
int readme_print(const char *summary);

/* TAP: the parts that need no measuring. Number of failures. */
int selftest(void);

#endif
