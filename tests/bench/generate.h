/* SPDX-License-Identifier: GPL-2.0 */
/* A made-up full table, for those who have no real one: counts a length are those of a real one. */
#ifndef XHOP_BENCH_GENERATE_H
#define XHOP_BENCH_GENERATE_H

#include "tests/bench/table.h"

/* Appends to both families of table. The same table every time. 0 or -ENOMEM. */
int generate(struct table *table);

/* Add a prefix; bits behind len must be 0. 0 or -ENOMEM. */
int routes_append(struct routes *routes, const unsigned char *addr, int len);

#endif
