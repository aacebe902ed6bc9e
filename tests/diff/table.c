/*
 * The table of what is accelerated, made from what the named cases showed. Only frames that Linux
 * forwards count: all others are handed to it in any case.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/diff/diff.h"

#define ROWS_MAX     128
#define NAMES_IN_ROW 14

struct row {
	char *group;
	unsigned int fast, slow;
	char *names[2]; /* of the fast, of the slow */
};

static struct row rows[ROWS_MAX];
static unsigned int nrows;
static bool wanted;

void table_want(void)
{
	wanted = true;
}

static struct row *row_of(const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < nrows; i++)
		if (strlen(rows[i].group) == len && !memcmp(rows[i].group, name, len))
			return &rows[i];
	if (nrows == ROWS_MAX)
		return NULL;
	rows[nrows].group = strndup(name, len);
	return rows[nrows].group ? &rows[nrows++] : NULL;
}

void table_take(const char *line)
{
	const char *name = strstr(line, ": ");
	struct row *row;
	char *longer;
	bool fast;

	/* "10 group: case": taken, forwarded */
	if (!wanted || !name || line[1] != '1')
		return;
	row = row_of(line + 3, name - line - 3);
	if (!row)
		return;
	fast = line[0] == '1';
	*(fast ? &row->fast : &row->slow) += 1;
	if (asprintf(&longer, "%s%s%s", row->names[!fast] ? row->names[!fast] : "",
		     row->names[!fast] ? "; " : "", name + 2) < 0)
		return;
	free(row->names[!fast]);
	row->names[!fast] = longer;
}

static void print_cell(unsigned int n, const char *names)
{
	if (n && n <= NAMES_IN_ROW)
		printf(" %s |", names);
	else if (n)
		printf(" %u cases |", n);
	else
		printf(" none |");
}

void table_print(void)
{
	unsigned int i;

	printf("| Traffic that Linux forwards | by XDP | handed to Linux |\n|---|---|---|\n");
	for (i = 0; i < nrows; i++) {
		printf("| %s |", rows[i].group);
		print_cell(rows[i].fast, rows[i].slow ? rows[i].names[0] : "all");
		print_cell(rows[i].slow, rows[i].names[1]);
		putchar('\n');
	}
}
