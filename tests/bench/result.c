// SPDX-License-Identifier: GPL-2.0
/* Rows of figures: see result.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tests/bench/result.h"

static struct row **rows;
static int count;

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(const double *sorted, int n, double q)
{
	double at = q * (n - 1);
	int low = at;

	if (low + 1 >= n)
		return sorted[n - 1];
	return sorted[low] + (at - low) * (sorted[low + 1] - sorted[low]);
}

struct spread spread_of(double *samples, int n)
{
	struct spread s = {};

	if (n <= 0)
		return s;
	qsort(samples, n, sizeof(*samples), compare);
	s.median = quantile(samples, n, 0.5);
	s.q1 = quantile(samples, n, 0.25);
	s.q3 = quantile(samples, n, 0.75);
	s.least = samples[0];
	return s;
}

static struct row *row_new(const struct row_key *key)
{
	struct row *row = calloc(1, sizeof(*row));
	struct row **more = reallocarray(rows, count + 1, sizeof(*rows));

	if (more)
		rows = more;
	if (!row || !more) {
		free(row);
		return NULL;
	}
	snprintf(row->section, sizeof(row->section), "%s", key->section);
	snprintf(row->table, sizeof(row->table), "%s", key->table);
	snprintf(row->what, sizeof(row->what), "%s", key->what);
	snprintf(row->family, sizeof(row->family), "%s", key->family);
	snprintf(row->variant, sizeof(row->variant), "%s", key->variant);
	snprintf(row->unit, sizeof(row->unit), "%s", key->unit);
	rows[count++] = row;
	return row;
}

struct row *row_add(const struct row_key *key, const double *samples, int n)
{
	struct row *row = row_new(key);
	double *copy = reallocarray(NULL, n ?: 1, sizeof(*copy));

	if (row && copy) {
		memcpy(copy, samples, n * sizeof(*copy));
		row->value = spread_of(copy, n);
		row->count = n < ROW_SAMPLES ? n : ROW_SAMPLES;
		for (int i = 0; i < row->count; i++)
			row->samples[i] = samples[(long)i * n / row->count];
	}
	free(copy);
	return row;
}

struct row *row_add_spread(const struct row_key *key, const struct spread *value, int n)
{
	struct row *row = row_new(key);

	if (row) {
		row->value = *value;
		row->count = 0;
	}
	(void)n;
	return row;
}

struct spread row_against(const struct row *row, const struct row *base)
{
	double ratios[ROW_SAMPLES];
	int n = row->count < base->count ? row->count : base->count;

	for (int i = 0; i < n; i++)
		ratios[i] = base->samples[i] > 0 ? row->samples[i] / base->samples[i] : 0;
	return spread_of(ratios, n);
}

void row_ratio(struct row *row, const struct row *base)
{
	row->ratio = row_against(row, base);
	snprintf(row->base, sizeof(row->base), "%s", base->variant);
}

static int is(const char *want, const char *have)
{
	return !want || !strcmp(want, have);
}

const struct row *row_find(const char *section, const char *table, const char *what,
			   const char *family, const char *variant)
{
	for (int i = 0; i < count; i++)
		if (is(section, rows[i]->section) && is(table, rows[i]->table) &&
		    is(what, rows[i]->what) && is(family, rows[i]->family) &&
		    is(variant, rows[i]->variant))
			return rows[i];
	return NULL;
}

int row_count(void)
{
	return count;
}

struct row *row_at(int i)
{
	return rows[i];
}

static void write_key(FILE *f, const struct row *row)
{
	fprintf(f, "%s,%s,%s,%s,%s", row->section, row->table, row->what, row->family,
		row->variant);
}

int rows_write_raw(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return -errno;
	fputs("section,routes,what,family,program,unit,round,value\n", f);
	for (int i = 0; i < count; i++) {
		for (int n = 0; n < rows[i]->count; n++) {
			write_key(f, rows[i]);
			fprintf(f, ",%s,%d,%.6g\n", rows[i]->unit, n, rows[i]->samples[n]);
		}
	}
	return fclose(f) ? -errno : 0;
}

int rows_write_summary(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return -errno;
	fputs("section,routes,what,family,program,unit,median,q1,q3,least,ratio,ratio_to\n", f);
	for (int i = 0; i < count; i++) {
		const struct spread *s = &rows[i]->value;

		write_key(f, rows[i]);
		fprintf(f, ",%s,%.6g,%.6g,%.6g,%.6g,%.3f,%s\n", rows[i]->unit, s->median, s->q1,
			s->q3, s->least, rows[i]->ratio.median, rows[i]->base);
	}
	return fclose(f) ? -errno : 0;
}

int rows_write_ratios(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return -errno;
	fputs("section,routes,what,family,program,ratio_to,ratio,q1,q3\n", f);
	for (int i = 0; i < count; i++) {
		if (strcmp(rows[i]->section, "prog") && strcmp(rows[i]->section, "wire"))
			continue;
		write_key(f, rows[i]);
		fprintf(f, ",%s,%.3f,%.3f,%.3f\n", rows[i]->base, rows[i]->ratio.median,
			rows[i]->ratio.q1, rows[i]->ratio.q3);
	}
	return fclose(f) ? -errno : 0;
}
