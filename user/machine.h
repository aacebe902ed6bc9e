/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracing programs (bpf/trace.bpf.c): one set for the machine, pinned in bpffs, there as
 * long as any namespace runs xhop.
 */
#ifndef XHOP_USER_MACHINE_H
#define XHOP_USER_MACHINE_H

#include "maps/types.h"
#include "user/set.h"

struct machine {
	int fib_seen; /* map fds */
	int dev_errors;
};

/*
 * Find the running tracing programs, or load and pin them. Moves the process into the mount
 * namespace of the host, where pins last. Until the process ends nobody stops them. Prints its own
 * errors. 0 or -errno; machine_close() after success.
 */
int machine_start(struct machine *machine);

/* Only the map of failed redirects that counts for this set: its fd, or -errno. */
int machine_errors_open(const struct set *set);

void machine_close(struct machine *machine);

/*
 * Remove the tracing programs if no forwarding program is left on the machine, and nobody is
 * about to attach one.
 */
void machine_stop_if_unused(void);

/* Failed redirects towards a port, summed over the CPUs; zero if not counted or map is -1. */
void machine_errors_get(int map, __u64 cookie, __u32 ifindex, struct xhop_dev_errors *sum);

/* Begin to count for a port, or stop. 0 or -errno. */
int machine_errors_add(const struct machine *machine, __u64 cookie, __u32 ifindex);
void machine_errors_remove(int map, __u64 cookie, __u32 ifindex);

#endif
