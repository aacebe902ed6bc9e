/* SPDX-License-Identifier: GPL-2.0 */
/* The bench's BPF programs, opened and loaded by lab.c alone. */
#ifndef XHOP_BENCH_SKEL_H
#define XHOP_BENCH_SKEL_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "tests/bench/shared.h"
#include "bench.skel.h" /* wants the types of the former */

#endif
