/* user/out.h: the same rows as a table, as JSON and as pretty JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "user/out.h"

static const struct out_column columns[] = {
	{"name", "NAME", true, false},
	{"packets", "PACKETS", false, false},
	{"bytes", "BYTES", false, true},
	{"up", "UP", true, false},
	{},
};

static json_t *row(const char *name, json_int_t packets, int up)
{
	return json_pack("{s:s, s:I, s:I, s:b}", "name", name, "packets", packets, "bytes",
			 packets * 100, "up", up);
}

/* What a list of so many rows prints; the caller frees it. */
static char *printed(const struct options *options, int rows)
{
	char *text = NULL;
	struct out out;
	size_t size;
	FILE *file = open_memstream(&text, &size), *own = stdout;

	assert_non_null(file);
	stdout = file;
	out_begin(&out, options, columns);
	if (rows > 1)
		out_row(&out, row("\xff", 1, 1)); /* cannot be said: left out */
	if (rows > 0)
		out_row(&out, row("p1", 7, 1));
	if (rows > 1)
		out_row(&out, row("long-name", 123456789012, 0));
	out_end(&out);
	stdout = own;
	fclose(file);
	return text;
}

static void expect(const struct options *options, int rows, const char *want)
{
	char *text = printed(options, rows);

	assert_string_equal(text, want);
	free(text);
}

static void table(void **state)
{
	const struct options plain = {}, stats = {.stats = true};

	(void)state;
	expect(&plain, 0, "");
	expect(&plain, 1,
	       "NAME  PACKETS  UP\n"
	       "p1          7  yes\n");
	expect(&plain, 2,
	       "NAME            PACKETS  UP\n"
	       "p1                    7  yes\n"
	       "long-name  123456789012  no\n");
	expect(&stats, 1,
	       "NAME  PACKETS  BYTES  UP\n"
	       "p1          7    700  yes\n");
}

/* Rows behind those that chose the widths are printed all the same, in order, once. */
static void table_of_many_rows(void **state)
{
	const struct options plain = {};
	const int sizes[] = {OUT_KEPT - 1, OUT_KEPT, OUT_KEPT + 1, 3 * OUT_KEPT};

	(void)state;
	for (unsigned int s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		char *text = NULL, *line, *rest, want[64];
		struct out out;
		size_t size;
		FILE *file = open_memstream(&text, &size), *own = stdout;
		int n = -1;

		stdout = file;
		out_begin(&out, &plain, columns);
		for (int i = 0; i < sizes[s]; i++)
			out_row(&out, row("p", i, 0));
		out_end(&out);
		stdout = own;
		fclose(file);
		for (rest = text; (line = strsep(&rest, "\n")) && *line; n++) {
			snprintf(want, sizeof(want), "p     %7d  no", n);
			assert_string_equal(line, n < 0 ? "NAME  PACKETS  UP" : want);
		}
		assert_int_equal(n, sizes[s]);
		free(text);
	}
}

static void table_has_no_blanks_at_line_ends(void **state)
{
	const struct options plain = {};
	char *text = printed(&plain, 2);

	(void)state;
	assert_null(strstr(text, " \n"));
	free(text);
}

static void json(void **state)
{
	const struct options compact = {.json = true};

	(void)state;
	expect(&compact, 0, "[]\n");
	expect(&compact, 1, "[{\"name\":\"p1\",\"packets\":7,\"bytes\":700,\"up\":true}]\n");
	expect(&compact, 2,
	       "[{\"name\":\"p1\",\"packets\":7,\"bytes\":700,\"up\":true},"
	       "{\"name\":\"long-name\",\"packets\":123456789012,\"bytes\":12345678901200,"
	       "\"up\":false}]\n");
}

/* Whatever the options: valid, with all members in every row, also those of -s. */
static void json_is_valid(void **state)
{
	(void)state;
	for (int o = 1; o < 8; o++) {
		const struct options options = {.json = o & 1, .pretty = o & 2, .stats = o & 4};

		if (!options.json && !options.pretty)
			continue;
		for (int rows = 0; rows <= 2; rows++) {
			char *text = printed(&options, rows);
			json_t *list = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

			assert_non_null(list);
			assert_true(json_is_array(list));
			assert_int_equal(json_array_size(list), rows);
			for (int i = 0; i < rows; i++)
				assert_int_equal(json_object_size(json_array_get(list, i)), 4);
			assert_int_equal(text[strlen(text) - 1], '\n');
			json_decref(list);
			free(text);
		}
	}
}

/* Names from outside: nothing in them may end the string or the line. */
static void json_escapes(void **state)
{
	const struct options options = {.json = true};
	char *text = NULL;
	struct out out;
	size_t size;
	FILE *file = open_memstream(&text, &size), *own = stdout;
	json_t *list;

	(void)state;
	stdout = file;
	out_begin(&out, &options, columns);
	out_row(&out, row("a\"b\\c\n\x01", 1, 1));
	out_end(&out);
	stdout = own;
	fclose(file);
	list = json_loads(text, 0, NULL);
	assert_non_null(list);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "name")),
			    "a\"b\\c\n\x01");
	json_decref(list);
	free(text);
}

/* Kinds of values in a table: a missing member and null are a dash. */
static void table_values(void **state)
{
	static const struct out_column kinds[] = {
		{"real", "REAL", false, false},
		{"null", "NULL", false, false},
		{"none", "NONE", false, false},
		{"negative", "NEG", false, false},
		{},
	};
	const struct options options = {};
	char *text = NULL;
	struct out out;
	size_t size;
	FILE *file = open_memstream(&text, &size), *own = stdout;

	(void)state;
	stdout = file;
	out_begin(&out, &options, kinds);
	out_row(&out, json_pack("{s:f, s:n, s:i}", "real", 99.96, "null", "negative", -3));
	out_end(&out);
	stdout = own;
	fclose(file);
	assert_string_equal(text, " REAL  NULL  NONE  NEG\n100.0     -     -   -3\n");
	free(text);
}

/* A row is freed when it is printed. */
static void rows_are_freed(void **state)
{
	const struct options options = {};
	json_t *kept = row("p1", 1, 1);
	char *text = NULL;
	struct out out;
	size_t size;
	FILE *file = open_memstream(&text, &size), *own = stdout;

	(void)state;
	stdout = file;
	out_begin(&out, &options, columns);
	out_row(&out, json_incref(kept));
	out_end(&out);
	stdout = own;
	fclose(file);
	free(text);
	assert_int_equal(kept->refcount, 1);
	json_decref(kept);
}

static void object(void **state)
{
	const struct options compact = {.json = true}, pretty = {.pretty = true};
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size), *own = stdout;

	(void)state;
	stdout = file;
	out_object(&compact, json_pack("{s:i}", "ports", 2));
	out_object(&pretty, json_pack("{s:i}", "ports", 2));
	stdout = own;
	fclose(file);
	assert_string_equal(text, "{\"ports\":2}\n{\n  \"ports\": 2\n}\n");
	free(text);
}

static void flush_tells_of_a_full_disk(void **state)
{
	FILE *own = stdout, *full = fopen("/dev/full", "w");
	int err;

	(void)state;
	assert_int_equal(out_flush(), 0);
	assert_non_null(full);
	stdout = full;
	fputs("x", stdout);
	err = out_flush();
	stdout = own;
	fclose(full);
	assert_true(err < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(table_of_many_rows),
		cmocka_unit_test(table_has_no_blanks_at_line_ends),
		cmocka_unit_test(json),
		cmocka_unit_test(json_is_valid),
		cmocka_unit_test(json_escapes),
		cmocka_unit_test(table_values),
		cmocka_unit_test(rows_are_freed),
		cmocka_unit_test(object),
		cmocka_unit_test(flush_tells_of_a_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
