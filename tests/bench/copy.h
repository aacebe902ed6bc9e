/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copies of a running forwarding program: the same object file, its rodata and its maps, so that
 * the same machine code runs under BPF_PROG_RUN also where the attached one sits behind a
 * dispatcher, and so that a setting in rodata can be tried.
 */
#ifndef XHOP_BENCH_COPY_H
#define XHOP_BENCH_COPY_H

#include "maps/types.h"

/* Changes the configuration of a copy before it is loaded. */
typedef void (*copy_tweak)(struct xhop_config *config, void *data);

/* The copy's fd, which the caller closes, or -errno. */
int copy_load(__u32 prog_id, copy_tweak tweak, void *data);

#endif
