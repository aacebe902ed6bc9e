/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists for people and for programs from one call: each row is a JSON object, printed as an
 * element of an array (-j, -p) or as a line of the table whose columns are named here. A row is
 * printed and freed at once, so that a long list stays small.
 */
#ifndef XHOP_USER_OUT_H
#define XHOP_USER_OUT_H

#include <jansson.h>
#include <stdio.h>
#include "user/args.h"

struct out_column {
	const char *key;    /* member of the row */
	const char *header; /* what people read over it */
	int width;	    /* at least; negative: aligned to the left */
	bool stats;	    /* only with -s */
};

struct out {
	const struct options *options;
	const struct out_column *columns; /* ended by a NULL key */
	FILE *file;
	int rows;
};

/* Begin a list on standard output. */
void out_begin(struct out *out, const struct options *options, const struct out_column *columns);
/* Takes the reference to row. */
void out_row(struct out *out, json_t *row);
void out_end(struct out *out);

/* One object: printed as JSON. Takes the reference. */
void out_object(const struct options *options, json_t *object);

/* Standard output could be written to the end? 0, or -errno (a full disk, a closed pipe). */
int out_flush(void);

#endif
