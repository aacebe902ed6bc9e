// SPDX-License-Identifier: GPL-2.0
/* Lines of text: see text.h. */
#include <errno.h>
#include <string.h>
#include "user/text.h"

int text_line(FILE *file, char *line, size_t size)
{
	size_t used = 0;
	int c;

	errno = 0;
	while ((c = getc_unlocked(file)) != EOF && c != '\n') {
		if (!c)
			return -EILSEQ;
		if (used + 1 == size)
			return -E2BIG;
		line[used++] = c;
	}
	line[used] = '\0';
	if (c == EOF && ferror(file))
		return errno ? -errno : -EIO;
	return c == '\n' || used;
}

const char *text_error(int err)
{
	return err == -E2BIG	? "longer than a line of text"
	       : err == -EILSEQ ? "not text"
				: strerror(-err);
}
