/* SPDX-License-Identifier: GPL-2.0 */
/* Routes as `ip route` prints them, one a line. No system calls but those of the stream. */
#ifndef XHOP_USER_IMPORT_H
#define XHOP_USER_IMPORT_H

#include <stdio.h>
#include "user/entry.h"

/*
 * One line; it is cut into words. 1: a route with one gateway, and its metric. 0: empty, or a route
 * of another kind, which *other then names (NULL: nothing to count). -EINVAL: not a route.
 */
int import_line(char *line, struct entry_route *route, unsigned long *metric, const char **other,
		struct entry_why *why);

struct import {
	struct entry_route *routes; /* by prefix, one each: that of the lowest metric */
	size_t count;
	size_t skipped; /* routes of other kinds, or behind one of a lower metric */
};

/* A whole stream. Prints its own errors with name and line. 0 or -errno. import_free() after 0. */
int import_read(FILE *file, const char *name, struct import *import);
void import_free(struct import *import);

#endif
