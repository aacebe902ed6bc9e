// SPDX-License-Identifier: GPL-2.0
/* Command words: see args.h. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/args.h"
#include "user/log.h"

const char *args_next(struct args *args)
{
	if (!args->count)
		return NULL;
	args->count--;
	return *args->words++;
}

static void list_names(char *buf, size_t size, const char *const *names, const char *prefix)
{
	size_t used = 0;

	*buf = '\0';
	for (; *names && used < size; names++) {
		if (!strncmp(*names, prefix, strlen(prefix)))
			used += snprintf(buf + used, size - used, "%s%s", used ? ", " : "", *names);
	}
}

int args_match(const char *what, const char *word, const char *const *names)
{
	size_t len = strlen(word);
	int found = -1, matches = 0;
	char list[256];

	for (int i = 0; names[i]; i++) {
		if (!strcmp(names[i], word))
			return i;
		if (len && !strncmp(names[i], word, len)) {
			found = i;
			matches++;
		}
	}
	if (matches == 1)
		return found;
	list_names(list, sizeof(list), names, matches ? word : "");
	if (matches)
		log_error("%s \"%s\" is ambiguous: %s", what, word, list);
	else
		log_error("unknown %s \"%s\" (known: %s)", what, word, list);
	return -1;
}

int args_number(const char *what, const char *word, unsigned long min, unsigned long max,
		unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(word, &end, 10);
	if (!isdigit((unsigned char)*word) || *end || errno || *value < min || *value > max) {
		log_error("%s \"%s\": not a number from %lu to %lu", what, word, min, max);
		return -1;
	}
	return 0;
}
