/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists for people and for programs from one call: each row is a JSON object, printed as an
 * element of an array (-j, -p) or as a line of the table whose columns are named here. Rows are
 * printed and freed as they come, but for the first of a table, so that a long list stays small.
 */
#ifndef XHOP_USER_OUT_H
#define XHOP_USER_OUT_H

#include <jansson.h>
#include <stdio.h>
#include "user/args.h"

struct out_column {
	const char *key;    /* member of the row */
	const char *header; /* what people read over it */
	bool left;	    /* text: aligned to the left */
	bool stats;	    /* only with -s */
};

#define OUT_COLUMNS 20	/* of one list */
#define OUT_KEPT    100 /* rows that are looked at before the columns' widths are chosen */

struct out {
	const struct options *options;
	const struct out_column *columns; /* ended by a NULL key */
	FILE *file;
	int rows, kept_count;
	json_t *kept[OUT_KEPT];
	int widths[OUT_COLUMNS];
};

/* Begin a list on standard output. */
void out_begin(struct out *out, const struct options *options, const struct out_column *columns);
/* Takes the reference to row. NULL: it could not be made, is left out, and that is noted. */
void out_row(struct out *out, json_t *row);
void out_end(struct out *out);

/* One object: printed as JSON. Takes the reference. */
void out_object(const struct options *options, json_t *object);

/* Standard output could be written to the end? 0, or -errno (a full disk, a closed pipe). */
int out_flush(void);

#endif
