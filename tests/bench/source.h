/* SPDX-License-Identifier: GPL-2.0 */
/* The source of frames, for the sections that measure over the wire, and their clocks. */
#ifndef XHOP_BENCH_SOURCE_H
#define XHOP_BENCH_SOURCE_H

#include "tests/bench/bench.h"

/* Makes this thread one of the source's namespace, on one CPU. 0 or -errno. */
int source_enter(const struct lab *lab, int cpu);

/* Sends frames out of e1, in the current namespace, and returns when all are sent. 0 or -errno. */
int source_run(const struct lab *lab, const struct bpf_program *program, const unsigned char *frame,
	       int size, int packets, int batch);

/* Frames of ours that the sink took so far. */
__u64 lab_sunk(const struct lab *lab);

/* Seconds that this thread, and a CPU's ksoftirqd, ran so far. */
double thread_time(void);
double softirq_time(int cpu);

#endif
