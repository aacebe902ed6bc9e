/*
 * TAP printing. The counters are the only state; stdout is flushed after each line so that a
 * program that dies leaves what it found.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/tap.h"

static unsigned int tests, failed;

static void tap_line(const char *status, const char *name, va_list ap)
{
	printf("%s %u - ", status, ++tests);
	vprintf(name, ap);
}

bool tap_result(bool passed, const char *name, ...)
{
	va_list ap;

	failed += !passed;
	va_start(ap, name);
	tap_line(passed ? "ok" : "not ok", name, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	return passed;
}

void tap_skip(const char *name, const char *why, ...)
{
	va_list ap;

	printf("ok %u - %s # SKIP ", ++tests, name);
	va_start(ap, why);
	vprintf(why, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

void tap_diag(const char *text, ...)
{
	char *all, *line, *rest;
	va_list ap;

	va_start(ap, text);
	if (vasprintf(&all, text, ap) < 0)
		all = NULL;
	va_end(ap);
	if (!all)
		return;
	for (rest = all; (line = strsep(&rest, "\n"));)
		if (*line || rest)
			printf("# %s\n", line);
	free(all);
	fflush(stdout);
}

void tap_bail(const char *why, ...)
{
	va_list ap;

	fputs("Bail out! ", stdout);
	va_start(ap, why);
	vprintf(why, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	failed++;
}

int tap_done(void)
{
	printf("1..%u\n", tests);
	fflush(stdout);
	return failed ? 1 : 0;
}

unsigned int tap_failed(void)
{
	return failed;
}
