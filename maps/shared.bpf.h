/* SPDX-License-Identifier: GPL-2.0 */
/* The map that the forwarding programs share with the tracing programs, one for the machine. */
#ifndef XHOP_MAPS_SHARED_BPF_H
#define XHOP_MAPS_SHARED_BPF_H

#include "maps/types.h"

/* Tracing program writes inside bpf_fib_lookup(), forwarding program reads right after it. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xhop_fib_seen);
} fib_seen SEC(".maps");

#endif
