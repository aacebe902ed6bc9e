/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Routes into the kernel over one netlink socket, many a message, in the socket's namespace. The
 * next hops are 10.2.0.N and fd02::N for hop N - HOP_FIRST of the table.
 */
#ifndef XHOP_BENCH_ROUTE_H
#define XHOP_BENCH_ROUTE_H

#include <libmnl/libmnl.h>
#include "tests/bench/table.h"

#define HOP_FIRST 2

/* A socket in the current namespace; NULL and errno. Close with mnl_socket_close(). */
struct mnl_socket *route_open(void);

/* Adds prefixes from..to-1. 0 or -errno of the first that the kernel refused. */
int route_add(struct mnl_socket *nl, const struct routes *routes, int from, int to,
	      unsigned int ifindex);

/* Gives prefixes from..to-1 another hop: their own plus `shift`. 0 or -errno. */
int route_shift(struct mnl_socket *nl, const struct routes *routes, int from, int to,
		unsigned int ifindex, int shift);

#endif
