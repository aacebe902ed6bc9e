// SPDX-License-Identifier: GPL-2.0
/* Data for plot.gp: a file for each set of bars, a file a program for each set of curves. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/bench/report.h"

static const char *const families[] = {"IPv4", "IPv6"};

static FILE *open_data(const struct options *opts, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s.dat", opts->dir, name);
	return fopen(path, "we");
}

static double routes_of(const char *table, int six)
{
	if (!strcmp(table, "full"))
		return six ? 160147 : 901899;
	return atof(table) * (strchr(table, 'k') ? 1000 : 1);
}

/* Bars: program, IPv4 median and quartiles, IPv6 the same; programs that have both. */
static int bars(const struct options *opts, const char *file, const char *section,
		const char *table, const char *what)
{
	FILE *f = open_data(opts, file);

	if (!f)
		return -errno;
	for (int v = 0; v < VARIANTS; v++) {
		const struct row *four = row_find(section, table, what, "IPv4", variant_names[v]);
		const struct row *six = row_find(section, table, what, "IPv6", variant_names[v]);

		if (four && six)
			fprintf(f, "%s %g %g %g %g %g %g\n", variant_names[v], four->value.median,
				four->value.q1, four->value.q3, six->value.median, six->value.q1,
				six->value.q3);
	}
	return fclose(f) ? -errno : 0;
}

/* A curve for each program: routes, median. */
static int curves_routes(const struct options *opts, const char *section, const char *what)
{
	char name[128];

	for (int six = 0; six < 2; six++) {
		for (int v = 0; v < VARIANTS; v++) {
			FILE *f;

			if (!row_find(section, NULL, what, families[six], variant_names[v]))
				continue;
			snprintf(name, sizeof(name), "%s-%s-%s", section, families[six],
				 variant_names[v]);
			f = open_data(opts, name);
			if (!f)
				return -errno;
			for (int i = 0; i < row_count(); i++) {
				const struct row *r = row_at(i);

				if (!strcmp(r->section, section) && !strcmp(r->what, what) &&
				    !strcmp(r->family, families[six]) &&
				    !strcmp(r->variant, variant_names[v]))
					fprintf(f, "%g %g\n", routes_of(r->table, six),
						r->value.median);
			}
			fclose(f);
		}
	}
	return 0;
}

static double memory_of(const char *table, const char *family, const char *program)
{
	const struct row *row = row_find("memory", table, NULL, family, program);

	return row ? row->value.median : 0;
}

/* MiB for both families together, by their number of routes. */
static int curves_memory(const struct options *opts)
{
	static const char *const programs[] = {"linux", "lpm-trie", "xhop-maps", "xhop-daemon"};
	static const char *const tables[] = {"1", "100", "10k", "100k", "full"};
	char name[128];

	for (unsigned int p = 0; p < sizeof(programs) / sizeof(programs[0]); p++) {
		FILE *f;

		snprintf(name, sizeof(name), "memory-%s", programs[p]);
		f = open_data(opts, name);
		if (!f)
			return -errno;
		for (unsigned int t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
			double mib = memory_of(tables[t], "both", programs[p]);

			mib = mib
				      ?: memory_of(tables[t], "IPv4", programs[p]) +
						 memory_of(tables[t], "IPv6", programs[p]);
			if (mib > 0)
				fprintf(f, "%g %g\n",
					routes_of(tables[t], 0) + routes_of(tables[t], 1), mib);
		}
		fclose(f);
	}
	return 0;
}

/* Packets a second by frame size: of the table with most sizes, that is one route. */
static int curves_sizes(const struct options *opts, const char *table)
{
	char name[128];

	for (int v = 0; v < VARIANTS; v++) {
		FILE *f;

		if (!row_find("wire", table, NULL, "IPv4", variant_names[v]))
			continue;
		snprintf(name, sizeof(name), "sizes-%s", variant_names[v]);
		f = open_data(opts, name);
		if (!f)
			return -errno;
		for (int i = 0; i < row_count(); i++) {
			const struct row *r = row_at(i);

			if (!strcmp(r->section, "wire") && !strcmp(r->table, table) &&
			    !strcmp(r->family, "IPv4") && strstr(r->what, "/1") &&
			    !strcmp(r->variant, variant_names[v]))
				fprintf(f, "%d %g\n", atoi(r->what), r->value.median);
		}
		fclose(f);
	}
	return 0;
}

/* A file a program: place, label, median of p50, p99, p99.9, light and with load. */
static int latency(const struct options *opts, const char *table)
{
	static const char *const loads[] = {"light", "own-80"};
	static const char *const parts[] = {"p50", "p99", "p99.9"};
	char name[128];

	for (int v = 0; v < VARIANTS; v++) {
		FILE *f;

		if (!row_find("latency", table, NULL, "IPv4", variant_names[v]))
			continue;
		snprintf(name, sizeof(name), "latency-%s", variant_names[v]);
		f = open_data(opts, name);
		if (!f)
			return -errno;
		for (int i = 0; i < 6; i++) {
			const struct row *r;

			snprintf(name, sizeof(name), "%s %s", loads[i / 3], parts[i % 3]);
			r = row_find("latency", table, name, "IPv4", variant_names[v]);
			if (r)
				fprintf(f, "%d \"%s\\n%s\" %g\n", i, parts[i % 3],
					i / 3 ? "80 % load" : "light load", r->value.median);
		}
		fclose(f);
	}
	return 0;
}

/* Sorted samples, and the share of changes that took no longer. */
static int changes(const struct options *opts, const char *table)
{
	char name[128];

	for (int v = 0; v < VARIANTS; v++) {
		const struct row *r =
			row_find("change-all", table, "quiet", "IPv4", variant_names[v]);
		FILE *f;

		if (!r)
			continue;
		snprintf(name, sizeof(name), "change-%s", variant_names[v]);
		f = open_data(opts, name);
		if (!f)
			return -errno;
		for (int i = 0; i < r->count; i++)
			fprintf(f, "%g %g\n", r->samples[i], 100.0 * (i + 1) / r->count);
		fclose(f);
	}
	return 0;
}

/* The largest table that a section was measured with: it came last. */
static const char *largest(const char *section)
{
	for (int i = row_count() - 1; i >= 0; i--)
		if (!strcmp(row_at(i)->section, section))
			return row_at(i)->table;
	return "-";
}

int pictures_write(const struct options *opts)
{
	const char *most = largest("prog"), *wired = largest("wire");
	FILE *f = open_data(opts, "largest");
	int err = f && fprintf(f, "%s\n", most) > 0 ? 0 : -EIO;

	if (f)
		fclose(f);
	err = err ?: bars(opts, "cost-random", "prog", most, "random");
	err = err ?: bars(opts, "cost-one", "prog", most, "one");
	err = err ?: bars(opts, "wire-one", "wire", "1", "60/1");
	err = err ?: bars(opts, "wire-full", "wire", "full", "60/1");
	err = err ?: curves_routes(opts, "prog", "random");
	err = err ?: curves_memory(opts);
	err = err ?: curves_sizes(opts, row_find("wire", "1", NULL, NULL, NULL) ? "1" : wired);
	err = err ?: latency(opts, wired);
	return err ?: changes(opts, wired);
}
