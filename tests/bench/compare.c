// SPDX-License-Identifier: GPL-2.0
/*
 * Two runs' ratios against each other. A row moved when its median lies outside what noise
 * explains: more than MOVED of its size, and the quartiles of both runs do not meet. One row in
 * many does that by chance; a change in a program moves most rows of that program the same way:
 * a program is called slower or faster by the median of its rows. Only xhop's own programs decide
 * the result; the others, which no change in xhop touches, show how quiet the machine was.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/bench/result.h"

#define MOVED 0.10 /* of a row */
#define SHIFT 0.05 /* of the median of a program's rows */

int ratios_read(const char *path, struct row **out)
{
	FILE *f = fopen(path, "re");
	struct row *list = NULL, *more, r;
	char line[256];
	int n = 0;

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		memset(&r, 0, sizeof(r));
		if (sscanf(line, "%23[^,],%23[^,],%23[^,],%23[^,],%23[^,],%23[^,],%lf,%lf,%lf",
			   r.section, r.table, r.what, r.family, r.variant, r.base, &r.ratio.median,
			   &r.ratio.q1, &r.ratio.q3) != 9)
			continue;
		more = reallocarray(list, n + 1, sizeof(*list));
		if (!more) {
			free(list);
			fclose(f);
			return -ENOMEM;
		}
		list = more;
		list[n++] = r;
	}
	fclose(f);
	*out = list;
	return n;
}

static const struct row *same(const struct row *list, int n, const struct row *key)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i].section, key->section) && !strcmp(list[i].table, key->table) &&
		    !strcmp(list[i].what, key->what) && !strcmp(list[i].family, key->family) &&
		    !strcmp(list[i].variant, key->variant) && !strcmp(list[i].base, key->base))
			return &list[i];
	return NULL;
}

/* 1: larger than noise explains, -1: smaller, 0: neither. */
static int moved(const struct row *was, const struct row *is)
{
	double by = is->ratio.median / was->ratio.median - 1;

	if (by > MOVED && is->ratio.q1 > was->ratio.q3)
		return 1;
	if (by < -MOVED && is->ratio.q3 < was->ratio.q1)
		return -1;
	return 0;
}

struct judged {
	const char *section, *variant;
	double by[512];
	int rows, up, down;
};

static struct judged *judged_of(struct judged *list, int *n, const struct row *row)
{
	for (int i = 0; i < *n; i++)
		if (!strcmp(list[i].section, row->section) &&
		    !strcmp(list[i].variant, row->variant))
			return &list[i];
	if (*n == 32)
		return NULL;
	list[*n] = (struct judged){.section = row->section, .variant = row->variant};
	return &list[(*n)++];
}

/* Does the program as a whole differ? Says so. */
static int judge(struct judged *j, FILE *out)
{
	struct spread s = spread_of(j->by, j->rows);
	/* prog counts time, where more is worse; wire counts packets. */
	const char *worse = strcmp(j->section, "wire") ? "slower" : "faster";
	const char *better = strcmp(j->section, "wire") ? "faster" : "slower";
	int most = j->rows / 2, beyond = 0;

	if ((s.median > SHIFT && j->up > most) || (s.median < -SHIFT && j->down > most))
		beyond = 1;
	fprintf(out,
		"%-8s %-14s %4d rows  %+6.1f %%  (quartiles %+.1f %+.1f), %d up, %d down: %s\n",
		j->section, j->variant, j->rows, 100 * s.median, 100 * s.q1, 100 * s.q3, j->up,
		j->down,
		!beyond	       ? "within the noise"
		: s.median > 0 ? worse
			       : better);
	return beyond && !strncmp(j->variant, "xhop", 4);
}

int ratios_compare(const char *baseline, const char *now, FILE *out)
{
	static struct judged list[32];
	struct row *was = NULL, *is = NULL;
	int had = ratios_read(baseline, &was), have = ratios_read(now, &is), n = 0, beyond = 0;

	for (int i = 0; had >= 0 && i < have; i++) {
		const struct row *old = same(was, had, &is[i]);
		struct judged *j = old ? judged_of(list, &n, old) : NULL;
		int m;

		if (!j || j->rows == 512 || !strcmp(is[i].variant, is[i].base))
			continue;
		j->by[j->rows++] = is[i].ratio.median / old->ratio.median - 1;
		m = moved(old, &is[i]);
		j->up += m > 0;
		j->down += m < 0;
		if (m)
			fprintf(out, "  %s %s %s %s %s: %.2f -> %.2f (%+.0f %%)\n", old->section,
				old->family, old->table, old->what, old->variant, old->ratio.median,
				is[i].ratio.median, 100 * j->by[j->rows - 1]);
	}
	for (int i = 0; i < n; i++)
		beyond += judge(&list[i], out);
	if (had >= 0 && have >= 0 && !n)
		fputs("no row is in both runs\n", out);
	free(was);
	free(is);
	return had < 0 ? had : have < 0 ? have : beyond;
}
