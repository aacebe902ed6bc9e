// SPDX-License-Identifier: GPL-2.0
/* Tables for reading, on stdout and in REPORT.md: rows by table and case, columns by program. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/bench/report.h"

#define COLUMNS_MOST 12
#define ROWS_MOST    64

/* What a cell shows. */
enum cell { VALUE, VALUE_RATIO, PLAIN, TIMES };

struct pivot {
	const char *section, *family, *title, *unit;
	enum cell cell;
	const char *against; /* TIMES: the program that the others are compared with */
	int decimals;
};

static int column(const char **list, int *n, int most, const char *name)
{
	for (int i = 0; i < *n; i++)
		if (!strcmp(list[i], name))
			return i;
	if (*n == most)
		return -1;
	list[*n] = name;
	return (*n)++;
}

static void put_cell(FILE *out, const struct pivot *p, const struct row *row)
{
	const struct row *base;
	struct spread s;
	char text[64] = "";
	int d = p->decimals;

	if (row && p->cell == TIMES) {
		base = row_find(p->section, row->table, row->what, row->family, p->against);
		if (base) {
			s = row_against(base, row);
			snprintf(text, sizeof(text), "%.2f (%.2f-%.2f)", s.median, s.q1, s.q3);
		}
	} else if (row && p->cell == PLAIN) {
		snprintf(text, sizeof(text), "%.*f", d, row->value.median);
	} else if (row) {
		snprintf(text, sizeof(text), "%.*f (%.*f-%.*f)", d, row->value.median, d,
			 row->value.q1, d, row->value.q3);
		if (p->cell == VALUE_RATIO && row->ratio.median)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %.2fx",
				 row->ratio.median);
	}
	fprintf(out, " %-23s |", text);
}

static void put_pivot(FILE *out, const struct pivot *p)
{
	const char *columns[COLUMNS_MOST];
	const struct row *lines[ROWS_MOST];
	int n = 0, many = 0;

	for (int i = 0; i < row_count(); i++) {
		const struct row *row = row_at(i);
		int known = 0;

		if (strcmp(row->section, p->section) || strcmp(row->family, p->family))
			continue;
		column(columns, &n, COLUMNS_MOST, row->variant);
		for (int l = 0; l < many; l++)
			known |= !strcmp(lines[l]->table, row->table) &&
				 !strcmp(lines[l]->what, row->what);
		if (!known && many < ROWS_MOST)
			lines[many++] = row;
	}
	if (!many)
		return;
	fprintf(out, "\n### %s, %s\n\n| %-7s | %-14s |", p->title, p->family, "routes", "case");
	for (int c = 0; c < n; c++)
		fprintf(out, " %-23s |", columns[c]);
	fputs("\n|---|---|", out);
	for (int c = 0; c < n; c++)
		fputs("---|", out);
	for (int l = 0; l < many; l++) {
		fprintf(out, "\n| %-7s | %-14s |", lines[l]->table, lines[l]->what);
		for (int c = 0; c < n; c++)
			put_cell(out, p,
				 row_find(p->section, lines[l]->table, lines[l]->what, p->family,
					  columns[c]));
	}
	fputc('\n', out);
}

struct chapter {
	const char *title, *text;
	struct pivot pivots[4];
};

#define BOTH(s, t, c, a, d)                                                                        \
	{.section = s, .family = "IPv4", .title = t, .cell = c, .against = a, .decimals = d},      \
	{                                                                                          \
		.section = s, .family = "IPv6", .title = t, .cell = c, .against = a, .decimals = d \
	}

static const struct chapter chapters[] = {
	{"ns a packet",
	 "Whole programs under BPF_PROG_RUN, frames of 60 bytes, headers restored for each packet "
	 "(that is in every column). Median (quartiles) of interleaved runs, each behind 131,072 "
	 "packets that do not count where destinations are many, since the run before has taken "
	 "the "
	 "caches; then the ratio to the floor: the same program without any lookup. one: one "
	 "destination; few: 64; zipf: 262,144 "
	 "draws from 262,144 hosts by Zipf's law; random: 262,144 hosts at random. fib-lookup "
	 "calls "
	 "bpf_fib_lookup() and asks nothing else, as xdp-forward does; fib-lookup-alone is the "
	 "same "
	 "before xhop was loaded, whose tracepoint every lookup of the machine pays for.",
	 {BOTH("prog", "ns a packet", VALUE_RATIO, NULL, 0),
	  BOTH("prog", "Times as fast as xhop-helper", TIMES, "xhop-helper", 0)}},
	{"Packets a second over veth",
	 "Mpps, median (quartiles), then the ratio to Linux. Case: bytes a frame / CPUs. Source, "
	 "router and sink share the CPU, so the floor is what a forwarder could reach at most. "
	 "Each "
	 "run counts only if 97 % of the frames arrived. Destinations: one for one route, else "
	 "random. Frames over 3,072 bytes cannot be sent this way.",
	 {BOTH("wire", "Mpps", VALUE_RATIO, NULL, 2),
	  BOTH("wire-share", "Share forwarded by XDP", PLAIN, NULL, 3)}},
	{"Round trip",
	 "Microseconds from source to sink and back, twice through the router; ratio to Linux. "
	 "light: no other traffic; own-80: 80 % of what this program carries; linux-80: 80 % of "
	 "what Linux carries.",
	 {BOTH("latency", "us", VALUE_RATIO, NULL, 1),
	  BOTH("latency-lost", "Share of probes lost", PLAIN, NULL, 4)}},
	{"Changes of routes",
	 "Microseconds from the netlink request to the first packet on the new path, seen on the "
	 "wire. churn: 5,000 other changes a second meanwhile. Then routes a second, when 10,000 "
	 "change at once.",
	 {BOTH("change", "us to the new path", PLAIN, NULL, 0),
	  BOTH("rate", "Routes a second", PLAIN, NULL, 0)}},
	{"Filling and memory",
	 "Seconds for what this step added to the table; MiB for the table so far. linux: growth "
	 "of "
	 "the machine's slab, rough where others work too.",
	 {BOTH("fill", "s", PLAIN, NULL, 2), BOTH("memory", "MiB", PLAIN, NULL, 1)}},
	{"Filling and memory, both families",
	 "xhop-maps: from the dump of the kernel's tables to ready maps, and what all maps take, "
	 "with room to grow; xhop-run: the same from the command on, loading and attaching "
	 "included; "
	 "xhop-daemon: its own memory.",
	 {{.section = "fill",
	   .family = "both",
	   .title = "Seconds to ready maps",
	   .cell = PLAIN,
	   .decimals = 2},
	  {.section = "memory", .family = "both", .title = "MiB", .cell = PLAIN, .decimals = 1},
	  {},
	  {}}},
	{"What the checks cost",
	 "The shipped program with one setting of its rodata, or of the router, changed. all: as "
	 "it "
	 "ships; the other rows are the difference to that, in nanoseconds a packet and in "
	 "instructions, after the verifier has removed what is off.",
	 {BOTH("features", "ns", VALUE, NULL, 1), BOTH("insns", "Instructions", PLAIN, NULL, 0)}},
};

static void put_all(FILE *out)
{
	for (unsigned int i = 0; i < sizeof(chapters) / sizeof(chapters[0]); i++) {
		const struct chapter *c = &chapters[i];
		int any = 0;

		for (int p = 0; p < 4; p++)
			any |= c->pivots[p].section && row_find(c->pivots[p].section, NULL, NULL,
								c->pivots[p].family, NULL);
		if (!any)
			continue;
		fprintf(out, "\n## %s\n\n%s\n", c->title, c->text);
		for (int p = 0; p < 4; p++)
			if (c->pivots[p].section)
				put_pivot(out, &c->pivots[p]);
	}
}

static int to_file(const struct options *opts, const char *name, int (*write)(const char *))
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", opts->dir, name);
	return write(path);
}

int report_write(const struct lab *lab, const struct options *opts, double seconds)
{
	char path[256];
	FILE *f;
	int err;

	snprintf(path, sizeof(path), "%s/REPORT.md", opts->dir);
	f = fopen(path, "we");
	if (!f)
		return -errno;
	fputs("# Benchmark of xhop\n\n", f);
	machine_describe(f, lab, opts, seconds);
	put_all(f);
	err = fclose(f) ? -errno : 0;
	err = err ?: to_file(opts, "raw.csv", rows_write_raw);
	err = err ?: to_file(opts, "summary.csv", rows_write_summary);
	err = err ?: to_file(opts, "ratios.csv", rows_write_ratios);
	err = err ?: pictures_write(opts);
	if (err)
		fprintf(stderr, "bench: cannot write into %s: %s\n", opts->dir, strerror(-err));
	return err;
}

void report_print(const struct lab *lab, const struct options *opts)
{
	if (!opts->ratios)
		put_all(stdout);
	printf("\nWritten: %s/REPORT.md, raw.csv, summary.csv, ratios.csv\n", opts->dir);
	if (lab->tracers)
		fputs("bench: another version of xhop runs on this machine, whose tracing programs "
		      "every lookup of the kernel pays for: figures of kernel lookups are too "
		      "high\n",
		      stderr);
}
