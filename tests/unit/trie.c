/*
 * maps/trie.h: longest match under changes of every kind, memory that runs out, is moved and comes
 * back, readers beside a writer. XHOP_TRIE_OPS: how many random changes, for the longer proof.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "maps/trie.h"
#include "tests/lib/routes.h"

static uint64_t seed = 0x9e3779b97f4a7c15;

static uint32_t random32(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed >> 16;
}

/* Streams of different lengths, so that small and large tables both get their share. */
static void compare(int family, size_t lines, unsigned int *full, unsigned int *moved)
{
	const char *text = getenv("XHOP_TRIE_OPS"), *wrong;
	size_t left = (text ? strtoul(text, NULL, 10) : 100000) / 4, ops;
	static uint8_t data[4000 * ROUTES_OP];

	while (left) {
		ops = 1 + random32() % (random32() % 4 ? 200 : 4000);
		ops = ops < left ? ops : left;
		left -= ops;
		for (size_t i = 0; i < ops * ROUTES_OP; i++)
			data[i] = random32();
		wrong = routes_compare(family, data, ops * ROUTES_OP, lines, full, moved);
		if (wrong)
			fail_msg("%s", wrong);
	}
}

static void changes4(void **state)
{
	unsigned int moved = 0, full = 0;

	(void)state;
	compare(AF_INET, 100000, &full, &moved);
	assert_int_equal(full, 0);
	assert_true(moved);
}

static void changes6(void **state)
{
	unsigned int moved = 0, full = 0;

	(void)state;
	compare(AF_INET6, 100000, &full, &moved);
	assert_int_equal(full, 0);
	assert_true(moved);
}

static void full4(void **state)
{
	unsigned int full = 0;

	(void)state;
	compare(AF_INET, 150, &full, NULL);
	assert_true(full > 100);
}

static void full6(void **state)
{
	unsigned int full = 0;

	(void)state;
	compare(AF_INET6, 150, &full, NULL);
	assert_true(full > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes4),
		cmocka_unit_test(changes6),
		cmocka_unit_test(full4),
		cmocka_unit_test(full6),
	};

	return cmocka_run_group_tests_name("trie", tests, NULL, NULL);
}
