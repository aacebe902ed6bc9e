/* SPDX-License-Identifier: GPL-2.0 */
/* Command words: options, exact names or unambiguous prefixes, numbers without trailing junk. */
#ifndef XHOP_USER_ARGS_H
#define XHOP_USER_ARGS_H

#include <stdbool.h>

struct options {
	bool json, pretty, stats;
	bool only4, only6;
	const char *netns;
	const char *config; /* of run */
	bool check;	    /* of run */
};

/* The words that are left of a command line. */
struct args {
	const struct options *options;
	int count;
	char **words;
};

/* Takes the next word; NULL if there is none. */
const char *args_next(struct args *args);

/*
 * Index of word in the NULL-ended names: the exact name, or the only one that begins with word.
 * -1: none or several; prints an error that names what it may be. what: "command", "object", ...
 */
int args_match(const char *what, const char *word, const char *const *names);

/* A decimal number in [min, max]. Prints its own error. 0, or -1. */
int args_number(const char *what, const char *word, unsigned long min, unsigned long max,
		unsigned long *value);

#endif
