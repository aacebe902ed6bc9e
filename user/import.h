/* SPDX-License-Identifier: GPL-2.0 */
/* Routes as `ip route` prints them, one a line. No system calls but those of the stream. */
#ifndef XHOP_USER_IMPORT_H
#define XHOP_USER_IMPORT_H

#include <stdio.h>
#include "user/entry.h"

struct import_line {
	struct entry_route route;
	unsigned long metric;
	const char *other;   /* what kind of route it is instead; NULL: nothing to count */
	const char *unknown; /* the first word that is not known, NULL: none */
};

/*
 * One line; it is cut into words, to which the answer points. 1: a route with one gateway. 0:
 * empty, or a route of another kind. -EINVAL: not a route.
 */
int import_line(char *line, struct import_line *read, struct entry_why *why);

struct import_route {
	struct entry_route entry;
	unsigned long line;
};

struct import {
	struct import_route *routes; /* by prefix, one each: that of the lowest metric */
	size_t count;
	size_t other;		    /* routes of other kinds */
	size_t worse;		    /* routes behind one of a lower metric */
	size_t unknown;		    /* lines with a word that is not known */
	unsigned long unknown_line; /* the first of them, and its word */
	char unknown_word[40];
};

/*
 * A whole stream. Prints its own errors with name and line, at most TEXT_ERRORS. 0 or -errno.
 * import_free() after 0.
 */
int import_read(FILE *file, const char *name, struct import *import);
void import_free(struct import *import);

#endif
