/* SPDX-License-Identifier: GPL-2.0 */
/* Parts of the report. */
#ifndef XHOP_BENCH_REPORT_H
#define XHOP_BENCH_REPORT_H

#include "tests/bench/bench.h"

/* The data of the pictures, one file a curve or a set of bars, for plot.gp. 0 or -errno. */
int pictures_write(const struct options *opts);

/* Machine, kernel, versions, commands, as a list in Markdown. */
void machine_describe(FILE *out, const struct lab *lab, const struct options *opts, double seconds);

/*
 * Other copies of xhop's tracing programs than this build's: another version runs on the machine,
 * and every lookup of the kernel pays for each.
 */
int machine_other_tracers(void);

#endif
