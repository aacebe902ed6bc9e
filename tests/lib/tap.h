/*
 * tap: results in the Test Anything Protocol.
 * One line a test on stdout, diagnostics as '#' lines below it, the plan at the end.
 * Not thread safe; nothing to free.
 */
#ifndef TESTS_LIB_TAP_H
#define TESTS_LIB_TAP_H

#include <stdbool.h>

#define TAP_PRINTF(n) __attribute__((format(printf, n, n + 1)))

/* "ok N - name" or "not ok N - name"; returns PASSED. */
bool tap_result(bool passed, const char *name, ...) TAP_PRINTF(2);
/* "ok N - name # SKIP why" */
void tap_skip(const char *name, const char *why, ...) TAP_PRINTF(2);
/* One or more '#' lines; newlines within TEXT start a new one. */
void tap_diag(const char *text, ...) TAP_PRINTF(1);
/* "Bail out! why" */
void tap_bail(const char *why, ...) TAP_PRINTF(1);
/* Prints the plan; returns the exit status: 0 when nothing failed, else 1. */
int tap_done(void);

unsigned int tap_failed(void);

#endif
