/*
 * work: splits a run over processes. Each worker is bound to one CPU, so that a frame is through
 * the router when send() returns, and writes result lines; the parent alone numbers and prints
 * them.
 *
 * Result lines: "ok NAME", "not ok NAME", "# TEXT" (below the result it belongs to), and
 * "@ TAKEN-PLAIN REASON|NAME" for the table.
 */
#ifndef TESTS_DIFF_WORK_H
#define TESTS_DIFF_WORK_H

#include <stdio.h>

#include "tests/diff/diff.h"

typedef void work_fn(const struct options *o, unsigned int self, FILE *out, void *arg);

/* Runs FN in o->jobs processes; returns how many times they called worker_flush(). */
unsigned int run_workers(const struct options *o, work_fn *fn, void *arg);
/* A worker calls this where its results make a whole: those of others do not come in between. */
void worker_flush(FILE *out);
/* TEXT as "# " lines. */
void worker_comment(FILE *out, const char *text);
/* The difference V found, as "# " lines. */
void worker_difference(FILE *out, const struct verdict *v);

/* counters.c: does xhop's count agree with what came out? One result, called NAME. */
void counters_check(const struct options *o, struct pair *p, const char *name, FILE *out);

#endif
