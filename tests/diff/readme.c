/*
 * The README's table of what is accelerated: compared with what this run showed, or written anew.
 * It stands between two lines, the first of which names the kernel that it is of.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "tests/diff/diff.h"
#include "tests/lib/tap.h"

#define BEGIN "<!-- accelerated, as `make readme-table` found on Linux "
#define END   "<!-- /accelerated -->\n"

static char *read_file(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = fopen(path, "re");

	if (f && getdelim(&text, &size, '\0', f) < 0) {
		free(text);
		text = NULL;
	}
	if (f)
		fclose(f);
	return text;
}

/* Where the table stands in TEXT, and the kernel it is of. False: nowhere. */
static bool find_block(char *text, char **from, char **to, char *kernel, size_t size)
{
	char *begin = text ? strstr(text, BEGIN) : NULL, *line = begin ? strchr(begin, '\n') : NULL;
	const char *version = begin ? begin + strlen(BEGIN) : NULL;

	*from = line ? line + 1 : NULL;
	*to = line ? strstr(line, END) : NULL;
	if (!*to)
		return false;
	snprintf(kernel, size, "%.*s", (int)strcspn(version, " \n"), version);
	return true;
}

/* "6.18" of 6.18.44-anything. */
static void running_kernel(char *kernel, size_t size)
{
	struct utsname u;
	const char *dot;

	uname(&u);
	dot = strchr(u.release, '.');
	snprintf(kernel, size, "%.*s",
		 dot ? (int)(dot + 1 - u.release + strspn(dot + 1, "0123456789")) : 0, u.release);
}

void readme_check(const char *path)
{
	char *text = read_file(path), *table = table_text(), *from, *to;
	char recorded[16], running[16];
	const char *name = "the README's table of what is accelerated";

	running_kernel(running, sizeof(running));
	if (!find_block(text, &from, &to, recorded, sizeof(recorded))) {
		tap_result(false, "%s", name);
		tap_diag("%s: no such table", path);
	} else if (strcmp(recorded, running)) {
		tap_skip(name, "it is of Linux %s", recorded);
	} else {
		*to = '\0';
		tap_result(!strcmp(from, table), "%s", name);
		if (strcmp(from, table))
			tap_diag("`make readme-table` writes what this run showed:\n%s", table);
	}
	free(table);
	free(text);
}

int readme_write(const char *path)
{
	char *text = read_file(path), *table = table_text(), *from, *to;
	char recorded[16], running[16];
	FILE *f = NULL;
	int err = -1;

	running_kernel(running, sizeof(running));
	if (find_block(text, &from, &to, recorded, sizeof(recorded)))
		f = fopen(path, "we");
	if (f) {
		*strstr(text, BEGIN) = '\0';
		fprintf(f, "%s" BEGIN "%s -->\n%s%s", text, running, table, to);
		err = fclose(f);
	}
	free(table);
	free(text);
	return err;
}
