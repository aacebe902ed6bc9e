/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was measured: rows of samples with their medians, quartiles, and their ratio to another row
 * of the same run, round by round. Rows live until the program ends.
 */
#ifndef XHOP_BENCH_RESULT_H
#define XHOP_BENCH_RESULT_H

#include <stddef.h>
#include <stdio.h>

#define ROW_SAMPLES 64

/* Names of at most 23 bytes, no commas; "-" where one does not apply. */
struct row_key {
	const char *section; /* prog, wire, latency, scale, features */
	const char *table;   /* how many routes: 1, 100, ..., full */
	const char *what;    /* pattern of destinations, frame size, load, ... */
	const char *family;  /* IPv4, IPv6 */
	const char *variant; /* program */
	const char *unit;
};

struct spread {
	double median, q1, q3, least;
};

struct row {
	char section[24], table[24], what[24], family[24], variant[24], unit[24];
	int count;
	double samples[ROW_SAMPLES];
	struct spread value;
	struct spread ratio; /* to the row `base`; median 0: none */
	char base[24];	     /* variant of that row */
};

/* Median, quartiles and least of n samples; their order is lost. */
struct spread spread_of(double *samples, int n);

/* Adds a row; more than ROW_SAMPLES are thinned out evenly. NULL: no memory. */
struct row *row_add(const struct row_key *key, const double *samples, int n);
/* Where only the summary is worth keeping. */
struct row *row_add_spread(const struct row_key *key, const struct spread *value, int n);
/* Fills row->ratio from the samples taken in the same rounds. */
void row_ratio(struct row *row, const struct row *base);
struct spread row_against(const struct row *row, const struct row *base);

const struct row *row_find(const char *section, const char *table, const char *what,
			   const char *family, const char *variant);
int row_count(void);
struct row *row_at(int i);

/* All samples, one a line; all rows; the ratios of prog and wire. 0 or -errno. */
int rows_write_raw(const char *path);
int rows_write_summary(const char *path);
int rows_write_ratios(const char *path);

/* Reads what rows_write_ratios() wrote. *rows: free() it. Count, or -errno. */
int ratios_read(const char *path, struct row **rows);

/*
 * Ratios of two runs, row by row, to `out`. Returns how many rows moved beyond the noise, -errno
 * when a file cannot be read.
 */
int ratios_compare(const char *baseline, const char *now, FILE *out);

#endif
