/* user/args.h: words of a command line, their prefixes, numbers with and without junk. */
#include <limits.h>
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

#include "user/args.h"

static char said[1024]; /* what went to stderr since listen_begin() */
static int old_stderr, pipe_end;

static void listen_begin(void)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	old_stderr = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	pipe_end = ends[0];
}

static void listen_end(void)
{
	ssize_t n;

	fflush(stderr);
	dup2(old_stderr, STDERR_FILENO);
	close(old_stderr);
	n = read(pipe_end, said, sizeof(said) - 1);
	said[n > 0 ? n : 0] = '\0';
	close(pipe_end);
}

static int match(const char *word, const char *const *names)
{
	int found;

	listen_begin();
	found = args_match("object", word, names);
	listen_end();
	return found;
}

static const char *const objects[] = {"status", "dev", "hop", "show", "showing", "reason", NULL};

static void next_takes_words_in_order(void **state)
{
	char a[] = "attach", b[] = "p1", *words[] = {a, b};
	struct args args = {.count = 2, .words = words};

	(void)state;
	assert_ptr_equal(args_next(&args), a);
	assert_int_equal(args.count, 1);
	assert_ptr_equal(args_next(&args), b);
	assert_null(args_next(&args));
	assert_null(args_next(&args));
	assert_int_equal(args.count, 0);
}

static void match_exact(void **state)
{
	(void)state;
	for (int i = 0; objects[i]; i++)
		assert_int_equal(match(objects[i], objects), i);
	assert_string_equal(said, "");
}

static void match_prefix(void **state)
{
	(void)state;
	assert_int_equal(match("st", objects), 0);
	assert_int_equal(match("d", objects), 1);
	assert_int_equal(match("reaso", objects), 5);
	assert_int_equal(match("showi", objects), 4);
	assert_string_equal(said, "");
}

/* An exact name wins over a longer one that it begins. */
static void match_exact_is_not_ambiguous(void **state)
{
	(void)state;
	assert_int_equal(match("show", objects), 3);
	assert_string_equal(said, "");
}

static void match_ambiguous(void **state)
{
	(void)state;
	assert_int_equal(match("sh", objects), -1);
	assert_string_equal(said, "xhop: object \"sh\" is ambiguous: show, showing\n");
	assert_int_equal(match("s", objects), -1);
	assert_string_equal(said, "xhop: object \"s\" is ambiguous: status, show, showing\n");
}

static void match_unknown(void **state)
{
	static const char *const wrong[] = {"x", "devs", "DEV", "hop ", " hop", "", "-", "reasons"};

	(void)state;
	for (unsigned int i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(match(wrong[i], objects), -1);
		assert_non_null(strstr(said, "unknown object"));
		assert_non_null(strstr(said, "status, dev, hop, show, showing, reason"));
	}
}

static void match_nothing(void **state)
{
	static const char *const none[] = {NULL};

	(void)state;
	assert_int_equal(match("a", none), -1);
	assert_non_null(strstr(said, "unknown object \"a\""));
}

/* More names than the message has room for: cut, not overrun. */
static void match_many_names(void **state)
{
	static char text[100][16];
	const char *names[101] = {NULL};

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(text[i], sizeof(text[i]), "name-%03d", i);
		names[i] = text[i];
	}
	assert_int_equal(match("name", names), -1);
	assert_non_null(strstr(said, "ambiguous: name-000, name-001"));
	assert_true(strlen(said) < 400);
	assert_int_equal(match("name-042", names), 42);
}

static int number(const char *word, unsigned long min, unsigned long max, unsigned long *value)
{
	int err;

	listen_begin();
	err = args_number("watch", word, min, max, value);
	listen_end();
	return err;
}

static void number_in_range(void **state)
{
	static const struct {
		const char *word;
		unsigned long min, max, value;
	} good[] = {
		{"1", 1, 86400, 1},
		{"86400", 1, 86400, 86400},
		{"0", 0, 0, 0},
		{"007", 0, 10, 7},
		{"10", 10, 10, 10},
		{"4294967296", 0, ULONG_MAX, 4294967296ul},
		{"18446744073709551615", 0, ULONG_MAX, ULONG_MAX},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		unsigned long value = 12345;

		assert_int_equal(number(good[i].word, good[i].min, good[i].max, &value), 0);
		assert_true(value == good[i].value);
		assert_string_equal(said, "");
	}
}

static void number_refused(void **state)
{
	static const struct {
		const char *word;
		unsigned long min, max;
	} bad[] = {
		{"", 0, 10},
		{" 1", 0, 10},
		{"1 ", 0, 10},
		{"+1", 0, 10},
		{"-1", 0, ULONG_MAX},
		{"1x", 0, 10},
		{"0x1", 0, 10},
		{"1.0", 0, 10},
		{"1e1", 0, 100},
		{"ten", 0, 10},
		{"0", 1, 10},
		{"11", 1, 10},
		{"\t5", 0, 10},
		{"5\n", 0, 10},
		{"--5", 0, 10},
		{"1,000", 0, 2000},
		{"18446744073709551616", 0, ULONG_MAX},
		{"99999999999999999999999999", 0, ULONG_MAX},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		unsigned long value = 12345;

		assert_int_equal(number(bad[i].word, bad[i].min, bad[i].max, &value), -1);
		assert_non_null(strstr(said, "xhop: watch \""));
		assert_non_null(strstr(said, "not a number from"));
	}
	assert_non_null(strstr(said, "not a number from 0 to 18446744073709551615\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(next_takes_words_in_order),
		cmocka_unit_test(match_exact),
		cmocka_unit_test(match_prefix),
		cmocka_unit_test(match_exact_is_not_ambiguous),
		cmocka_unit_test(match_ambiguous),
		cmocka_unit_test(match_unknown),
		cmocka_unit_test(match_nothing),
		cmocka_unit_test(match_many_names),
		cmocka_unit_test(number_in_range),
		cmocka_unit_test(number_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
