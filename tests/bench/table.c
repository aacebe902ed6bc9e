// SPDX-License-Identifier: GPL-2.0
/* The routing table and the destinations: see table.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "tests/bench/generate.h"

const char *const pattern_names[PATTERNS] = {"one", "few", "zipf", "random"};

#define FEW	   64
#define POPULATION (1 << 18) /* hosts that Zipf draws from */

__u64 table_random(__u64 *state)
{
	__u64 x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 0x2545f4914f6cdd1dull;
}

int routes_append(struct routes *routes, const unsigned char *addr, int len)
{
	struct prefix *p;

	if (!(routes->count & (routes->count - 1))) {
		p = reallocarray(routes->prefixes, routes->count ? 2 * routes->count : 1,
				 sizeof(*p));
		if (!p)
			return -ENOMEM;
		routes->prefixes = p;
	}
	p = &routes->prefixes[routes->count++];
	memset(p, 0, sizeof(*p));
	memcpy(p->addr, addr, routes->bits / 8);
	p->len = len;
	return 0;
}

static int read_line(struct table *table, char *line)
{
	unsigned char addr[16] = {};
	char *slash = strchr(line, '/');
	int six = !!strchr(line, ':');
	struct routes *routes = &table->routes[six];

	if (!slash)
		return line[0] == '#' || line[0] == '\n' ? 0 : -EINVAL;
	*slash = '\0';
	if (inet_pton(routes->family, line, addr) != 1)
		return -EINVAL;
	return routes_append(routes, addr, atoi(slash + 1));
}

static int read_file(struct table *table, const char *path)
{
	gzFile file = gzopen(path, "rb");
	char line[128];
	int err = 0;

	if (!file)
		return errno ? -errno : -ENOMEM;
	while (!err && gzgets(file, line, sizeof(line)))
		err = read_line(table, line);
	gzclose(file);
	return err ?: table->routes[0].count && table->routes[1].count ? 0 : -ENODATA;
}

static void shuffle(struct routes *routes, __u64 seed)
{
	struct prefix t;
	int j;

	for (int i = routes->count - 1; i > 0; i--) {
		j = table_random(&seed) % (i + 1);
		t = routes->prefixes[i];
		routes->prefixes[i] = routes->prefixes[j];
		routes->prefixes[j] = t;
	}
	for (int i = 0; i < routes->count; i++)
		routes->prefixes[i].hop = table_random(&seed) % BENCH_HOPS;
}

int table_load(struct table *table, const char *path, int most)
{
	int err;

	memset(table, 0, sizeof(*table));
	table->routes[0] = (struct routes){.family = AF_INET, .bits = 32};
	table->routes[1] = (struct routes){.family = AF_INET6, .bits = 128};
	table->generated = !path || !*path;
	snprintf(table->from, sizeof(table->from), "%s",
		 table->generated ? "generated, with a real table's numbers of prefixes a length"
				  : path);
	err = table->generated ? generate(table) : read_file(table, path);
	if (err) {
		table_free(table);
		return err;
	}
	for (int f = 0; f < 2; f++) {
		shuffle(&table->routes[f], 0x9e3779b97f4a7c15ull + f);
		if (most && table->routes[f].count > most)
			table->routes[f].count = most;
	}
	return 0;
}

void table_free(struct table *table)
{
	for (int f = 0; f < 2; f++)
		free(table->routes[f].prefixes);
	memset(table, 0, sizeof(*table));
}

static void random_host(const struct prefix *prefix, int bits, __u64 *state, unsigned char *out)
{
	__u64 noise[2] = {table_random(state), table_random(state)};
	const unsigned char *host = (const unsigned char *)noise;
	int whole = prefix->len / 8, rest = prefix->len % 8;

	memset(out, 0, 16);
	memcpy(out, host, bits / 8);
	memcpy(out, prefix->addr, whole);
	if (rest)
		out[whole] = prefix->addr[whole] | (host[whole] & (0xff >> rest));
}

/* Host number `rank` of the population. */
static void host(const struct routes *routes, int n, __u64 rank, unsigned char *out)
{
	__u64 state = (rank + 1) * 0x9e3779b97f4a7c15ull;

	table_random(&state);
	random_host(&routes->prefixes[rank ? table_random(&state) % n : 0], routes->bits, &state,
		    out);
}

/* cumulated[r]: weight of the ranks up to r, where rank r weighs 1 / (r + 1). */
static int zipf_rank(const double *cumulated, double at)
{
	int low = 0, high = POPULATION - 1, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (cumulated[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void table_destinations(const struct routes *routes, int n, enum pattern pattern, int count,
			unsigned char (*out)[16])
{
	static double cumulated[POPULATION];
	__u64 state = 88172645463325252ull;
	__u64 rank = 0;

	for (int i = 0; pattern == PATTERN_ZIPF && i < POPULATION; i++)
		cumulated[i] = (i ? cumulated[i - 1] : 0) + 1.0 / (i + 1);
	for (int i = 0; i < count; i++) {
		if (pattern == PATTERN_FEW)
			rank = i % FEW;
		else if (pattern == PATTERN_RANDOM)
			rank = table_random(&state) >> 24;
		else if (pattern == PATTERN_ZIPF)
			rank = zipf_rank(cumulated, ldexp(table_random(&state) >> 11, -53) *
							    cumulated[POPULATION - 1]);
		host(routes, n, rank, out[i]);
	}
}
