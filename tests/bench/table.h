/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A full Internet table: read from a file of prefixes, or generated with the real one's numbers of
 * prefixes a length. Shuffled with a fixed seed, so that the first n prefixes are a sample, and
 * next hops are at random over BENCH_HOPS. Also the destinations that a run walks through.
 */
#ifndef XHOP_BENCH_TABLE_H
#define XHOP_BENCH_TABLE_H

#include <stdbool.h>
#include "tests/bench/shared.h"

struct prefix {
	unsigned char addr[16]; /* IPv4 in the first four bytes */
	unsigned char len;
	unsigned char hop; /* below BENCH_HOPS */
};

/* One family's prefixes. */
struct routes {
	int family;
	int bits; /* 32 or 128 */
	int count;
	struct prefix *prefixes;
};

struct table {
	struct routes routes[2]; /* IPv4, IPv6 */
	bool generated;
	char from[256];
};

/*
 * Fills table. path: a file, plain or gzip, NULL or "" to generate. At most `most` prefixes of a
 * family, 0: all. 0 or -errno; table_free() after success.
 */
int table_load(struct table *table, const char *path, int most);
void table_free(struct table *table);

enum pattern { PATTERN_ONE, PATTERN_FEW, PATTERN_ZIPF, PATTERN_RANDOM, PATTERNS };
extern const char *const pattern_names[PATTERNS];

/*
 * Addresses of hosts inside the first n prefixes; out: `count` addresses of 16 bytes, IPv4 in the
 * first four. The same for every call with the same arguments.
 */
void table_destinations(const struct routes *routes, int n, enum pattern pattern, int count,
			unsigned char (*out)[16]);

/* A repeatable random number: xorshift. *state must not be 0. */
__u64 table_random(__u64 *state);

#endif
