/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages to people, all on stderr, all one line: "xhop: WHAT OBJECT: why (what to do)".
 * What libbpf and libxdp say is kept and shown only when something failed, or with -v.
 */
#ifndef XHOP_USER_LOG_H
#define XHOP_USER_LOG_H

extern int log_verbose; /* number of -v: 1 libraries' warnings, 2 everything */

void log_init(void); /* routes the libraries' messages here */
/* Errors begin with this from now on: "FILE:LINE: "; NULL: not any more. The text is not copied. */
void log_context(const char *where);
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Forget, or print, what the libraries said since; printing shows the last lines only. */
void log_library_clear(void);
void log_library_show(void);

/* The kernel's own words for the last refusal (extended ack), "" if it gave none. */
const char *log_library_reason(void);

#endif
