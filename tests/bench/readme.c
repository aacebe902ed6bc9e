// SPDX-License-Identifier: GPL-2.0
/* The README's table against Linux, from the summary of the last full run: printed as Markdown. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "tests/bench/bench.h"

static const enum variant columns[] = {VARIANT_LINUX,  VARIANT_XDP_FORWARD, VARIANT_MINIMAL,
				       VARIANT_HELPER, VARIANT_MAPS,	    VARIANT_FLOOR};
#define COLUMNS ((int)(sizeof(columns) / sizeof(columns[0])))

struct line {
	const char *title, *section, *table, *what, *family;
	int decimals;
	bool times; /* show the ratio to Linux */
};

static const struct line lines[] = {
	{"Mpps, one route, IPv4", "wire", "1", "60/1", "IPv4", 2, true},
	{"Mpps, one route, IPv6", "wire", "1", "60/1", "IPv6", 2, true},
	{"Mpps, full table, IPv4", "wire", "full", "60/1", "IPv4", 2, true},
	{"Mpps, full table, IPv6", "wire", "full", "60/1", "IPv6", 2, true},
	{"Mpps, full table, two CPUs, IPv4", "wire", "full", "60/2", "IPv4", 2, true},
	{"Mpps, full table, two CPUs, IPv6", "wire", "full", "60/2", "IPv6", 2, true},
	{"ns, one route, IPv4", "prog", "1", "one", "IPv4", 0, false},
	{"ns, one route, IPv6", "prog", "1", "one", "IPv6", 0, false},
	{"ns, full table, IPv4", "prog", "full", "random", "IPv4", 0, false},
	{"ns, full table, IPv6", "prog", "full", "random", "IPv6", 0, false},
	{"us there and back, median, IPv4", "latency", "full", "light p50", "IPv4", 1, true},
	{"us there and back, median, IPv6", "latency", "full", "light p50", "IPv6", 1, true},
	{"us at 80 % load, p99, IPv4", "latency", "full", "own-80 p99", "IPv4", 0, true},
	{"us at 80 % load, p99, IPv6", "latency", "full", "own-80 p99", "IPv6", 0, true},
};

/* Rows of a summary.csv, as far as the table needs them. 0 or -errno. */
static int summary_read(const char *path)
{
	FILE *f = fopen(path, "re");
	char s[24], t[24], w[24], fam[24], v[24], u[24], line[256];
	double median;
	int err = 0;

	if (!f)
		return -errno;
	while (!err && fgets(line, sizeof(line), f)) {
		struct row_key key = {s, t, w, fam, v, u};

		if (sscanf(line, "%23[^,],%23[^,],%23[^,],%23[^,],%23[^,],%23[^,],%lf", s, t, w,
			   fam, v, u, &median) == 7)
			err = row_add(&key, &median, 1) ? 0 : -ENOMEM;
	}
	fclose(f);
	return err;
}

static const struct row *cell(const struct line *line, enum variant v)
{
	return row_find(line->section, line->table, line->what, line->family, variant_names[v]);
}

static bool column_used(enum variant v)
{
	for (unsigned int i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (cell(&lines[i], v))
			return true;
	return false;
}

static void put_line(const struct line *line)
{
	const struct row *base = cell(line, VARIANT_LINUX), *row;

	if (!cell(line, VARIANT_FLOOR) && !base)
		return;
	printf("| %s |", line->title);
	for (int c = 0; c < COLUMNS; c++) {
		if (!column_used(columns[c]))
			continue;
		row = cell(line, columns[c]);
		if (row)
			printf(" %.*f", line->decimals, row->value.median);
		if (row && base && row != base && line->times)
			printf(" (%.1f)", row->value.median / base->value.median);
		printf(" |");
	}
	putchar('\n');
}

int readme_print(const char *summary)
{
	int err = summary_read(summary);

	if (err) {
		fprintf(stderr, "bench: %s: %s\n", summary, strerror(-err));
		return err;
	}
	printf("| |");
	for (int c = 0; c < COLUMNS; c++)
		if (column_used(columns[c]))
			printf(" %s |", variant_names[columns[c]]);
	printf("\n|---|");
	for (int c = 0; c < COLUMNS; c++)
		if (column_used(columns[c]))
			printf("---|");
	putchar('\n');
	for (unsigned int i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		put_line(&lines[i]);
	return 0;
}
