// SPDX-License-Identifier: GPL-2.0
/* What needs no measuring: the table, the figures, and that a slower program is told from noise. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/bench/bench.h"
#include "tests/lib/tap.h"

#define PER_PROGRAM 16

static char files[2][64];

static void test_spread(void)
{
	double odd[] = {5, 1, 3, 2, 4}, even[] = {4, 1, 3, 2};
	struct spread s = spread_of(odd, 5), t = spread_of(even, 4);

	tap_result(s.median == 3 && s.q1 == 2 && s.q3 == 4 && s.least == 1 && t.median == 2.5,
		   "median and quartiles");
}

/* Do all hosts lie inside one of the first n prefixes? */
static int inside(const struct routes *routes, int n, unsigned char (*hosts)[16], int count)
{
	for (int i = 0; i < count; i++) {
		int found = 0;

		for (int p = 0; p < n && !found; p++) {
			const struct prefix *prefix = &routes->prefixes[p];
			int bits = 0;

			while (bits < prefix->len &&
			       !((hosts[i][bits / 8] ^ prefix->addr[bits / 8]) >> (7 - bits % 8) &
				 1))
				bits++;
			found = bits >= prefix->len;
		}
		if (!found)
			return 0;
	}
	return 1;
}

static void test_table(void)
{
	static struct table a, b;
	unsigned char hosts[256][16];
	int good = !table_load(&a, NULL, 0) && !table_load(&b, NULL, 0);

	tap_result(good && a.routes[0].count == 901899 && a.routes[1].count == 160147,
		   "the generated table has a full table's size");
	tap_result(good && !memcmp(a.routes[0].prefixes, b.routes[0].prefixes,
				   a.routes[0].count * sizeof(struct prefix)),
		   "it is the same every time");
	for (int f = 0; f < 2 && good; f++) {
		for (int p = 0; p < PATTERNS && good; p++) {
			table_destinations(&a.routes[f], 100, p, 256, hosts);
			good = inside(&a.routes[f], 100, hosts, 256);
		}
	}
	tap_result(good, "destinations lie inside the routes");
	table_free(&a);
	table_free(&b);
}

/* A run of two programs: ratios to the floor with this much noise and so much more for one. */
static void write_run(const char *path, double noise, double factor, unsigned int seed)
{
	FILE *f = fopen(path, "we");

	srandom(seed);
	for (int i = 0; i < 2 * PER_PROGRAM && f; i++) {
		double ratio = (2 + i % PER_PROGRAM) * (i < PER_PROGRAM ? factor : 1);

		ratio *= 1 + noise * (random() % 2001 / 1000.0 - 1);
		fprintf(f, "prog,%d,random,IPv4,%s,floor,%.3f,%.3f,%.3f\n", i % PER_PROGRAM,
			i < PER_PROGRAM ? "xhop-one" : "xhop-other", ratio, ratio * 0.98,
			ratio * 1.02);
	}
	if (f)
		fclose(f);
}

static int compared(double noise, double factor)
{
	FILE *null = fopen("/dev/null", "we");
	int moved;

	write_run(files[0], noise, 1, 1);
	write_run(files[1], noise, factor, 2);
	moved = ratios_compare(files[0], files[1], null);
	fclose(null);
	return moved;
}

static void test_compare(void)
{
	tap_result(compared(0.04, 1) == 0, "the same build twice is not flagged");
	tap_result(compared(0.04, 1.25) == 1, "a slower program is flagged, the other is not");
	tap_result(compared(0.04, 0.8) == 1, "a faster one, too");
	unlink(files[1]);
	tap_result(ratios_compare(files[0], files[1], stderr) < 0, "a missing file is an error");
	unlink(files[0]);
}

int selftest(void)
{
	for (int i = 0; i < 2; i++)
		snprintf(files[i], sizeof(files[i]), "/tmp/xhop-bench-%d-%d.csv", getpid(), i);
	test_spread();
	test_table();
	test_compare();
	return 0;
}
