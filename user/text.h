/* SPDX-License-Identifier: GPL-2.0 */
/* Lines of a file that people or programs write: of bounded length, text only. */
#ifndef XHOP_USER_TEXT_H
#define XHOP_USER_TEXT_H

#include <stdio.h>
#include <sys/types.h>

#define TEXT_LINE   65536 /* bytes of a line, with what ends it */
#define TEXT_ERRORS 20	  /* of one file: no more are reported */

/*
 * The next line without its newline, ended by a NUL. 1; 0: the file ends; -E2BIG: longer than
 * size, -EILSEQ: a NUL is in it, or the -errno of the stream. After an error there is no next one.
 */
int text_line(FILE *file, char *line, size_t size);

/* What text_line() refused, for people. */
const char *text_error(int err);

#endif
