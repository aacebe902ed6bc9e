/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's FIB generation, asked by a program run once a call on a device of the namespace. */
#ifndef XHOP_USER_GENERATION_H
#define XHOP_USER_GENERATION_H

#include "maps/types.h"
#include "user/kernel.h"

struct generation;

/* NULL with errno set. generation_close() afterwards. */
struct generation *generation_open(const struct kernel *kernel);
void generation_close(struct generation *generation);

/*
 * What it is now, in this process's network namespace. A few microseconds. 0 or -errno
 * (-EOPNOTSUPP: this kernel does not show it).
 */
int generation_read(struct generation *generation, struct xhop_generation_now *now);

#endif
