/*
 * maps/: the list of reasons as the CLI, JSON and the man page need it, the layout that programs of
 * different builds share, and the helpers that add reasons up.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "maps/types.h"
#include "user/set.h"
#include "user/show.h"

/* A metric label, a JSON value, a word that people type: lower case, one word. */
static void reason_words(void **state)
{
	(void)state;
	for (int r = 0; r < XHOP_REASON_COUNT; r++) {
		const char *word = reason_texts[r].word;

		assert_non_null(word);
		assert_in_range(strlen(word), 2, 14); /* a column of `xhop show reason` */
		assert_true(islower(word[0]));
		for (const char *c = word; *c; c++)
			assert_true(islower(*c) || isdigit(*c) || (*c == '-' && isalnum(c[1])));
	}
}

static void reason_words_are_unique(void **state)
{
	(void)state;
	for (int a = 0; a < XHOP_REASON_COUNT; a++)
		for (int b = a + 1; b < XHOP_REASON_COUNT; b++) {
			assert_string_not_equal(reason_texts[a].word, reason_texts[b].word);
			assert_string_not_equal(reason_texts[a].sentence, reason_texts[b].sentence);
		}
}

static void reason_sentences(void **state)
{
	(void)state;
	for (int r = 0; r < XHOP_REASON_COUNT; r++) {
		const char *sentence = reason_texts[r].sentence;
		size_t len = strlen(sentence);

		assert_in_range(len, 10, 80);
		assert_null(strpbrk(sentence, "\n\r\t"));
		assert_null(strstr(sentence, "  "));
		assert_false(isspace(sentence[0]));
		assert_false(isspace(sentence[len - 1]));
		assert_int_not_equal(sentence[len - 1], '.');
	}
}

/* A program that says nothing says 0, and the verdict's test is reason == 0. */
static void forwarded_is_zero(void **state)
{
	(void)state;
	assert_int_equal(XHOP_FORWARDED, 0);
	assert_string_equal(reason_texts[0].word, "forwarded");
	assert_int_equal(XHOP_ERROR, XHOP_REASON_COUNT - 1);
	assert_in_range(XHOP_REASON_COUNT, 2, XHOP_REASON_SLOTS);
	/* The program masks with it. */
	assert_int_equal(XHOP_REASON_SLOTS & (XHOP_REASON_SLOTS - 1), 0);
}

/* What detach of another build reads stands where it always stood. */
static void config_layout(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct xhop_config), 88);
	assert_int_equal(offsetof(struct xhop_config, magic), 0);
	assert_int_equal(offsetof(struct xhop_config, abi), 4);
	assert_int_equal(offsetof(struct xhop_config, netns_cookie), 8);
	assert_int_equal(offsetof(struct xhop_config, ifindex), 16);
	assert_memory_equal(&(__u32){XHOP_MAGIC}, "XHOP", 4);
}

/* Keys are compared and hashed as bytes: no hidden padding. */
static void key_layout(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct xhop_hop_key), 28);
	assert_int_equal(offsetof(struct xhop_hop_key, addr), 4);
	assert_int_equal(offsetof(struct xhop_hop_key, lladdr), 20);
	assert_int_equal(offsetof(struct xhop_hop_key, family), 26);
	assert_int_equal(sizeof(struct xhop_hop_cached), sizeof(struct xhop_hop_key) + 4);
	assert_int_equal(sizeof(struct xhop_dev_key), 16);
}

/* Counters are summed as arrays of u64, and arrays round a value up to 8 bytes. */
static void counter_layout(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct xhop_port_counters), 8 * (XHOP_REASON_SLOTS + 2));
	assert_int_equal(sizeof(struct xhop_hop_counters), 16);
	assert_int_equal(sizeof(struct xhop_dev_errors), 16);
	assert_int_equal(sizeof(struct xhop_hop_next) % 8, 0);
	assert_int_equal(sizeof(struct xhop_port_control) % 8, 0);
	assert_int_equal(XHOP_HOP_CACHE & (XHOP_HOP_CACHE - 1), 0);
}

static void counters_add_up(void **state)
{
	struct xhop_port_counters counters = {};
	__u64 all = 0;

	(void)state;
	assert_true(counters_forwarded(&counters) == 0 && counters_passed(&counters) == 0);
	for (int r = 0; r < XHOP_REASON_COUNT; r++) {
		counters.reason[r] = (__u64)(r + 1) << 33;
		all += counters.reason[r];
	}
	assert_true(counters_forwarded(&counters) == 1ull << 33);
	assert_true(counters_forwarded(&counters) + counters_passed(&counters) == all);
}

/* Each reason but the first counts as passed, once. */
static void each_reason_is_one_verdict(void **state)
{
	(void)state;
	for (int r = 0; r < XHOP_REASON_COUNT; r++) {
		struct xhop_port_counters counters = {.rx_bytes = 1000};

		counters.reason[r] = 5;
		assert_true(counters_forwarded(&counters) == (r ? 0 : 5));
		assert_true(counters_passed(&counters) == (r ? 5 : 0));
	}
}

static void slots(void **state)
{
	struct port ports[3] = {{.config = {.slot = 0, .ifindex = 7}},
				{.config = {.slot = 1, .ifindex = 9}},
				{.config = {.slot = 3, .ifindex = 8}}};
	struct set set = {.ports = ports, .count = 3};

	(void)state;
	assert_int_equal(set_free_slot(&set), 2);
	set.count = 2;
	assert_int_equal(set_free_slot(&set), 2);
	set.count = 0;
	assert_int_equal(set_free_slot(&set), 0);
	set.count = 3;
	assert_ptr_equal(set_port(&set, 9), &ports[1]);
	assert_ptr_equal(set_port(&set, 8), &ports[2]);
	assert_null(set_port(&set, 1));
}

static void slots_run_out(void **state)
{
	static struct port ports[XHOP_PORTS_MAX];
	struct set set = {.ports = ports, .count = XHOP_PORTS_MAX};

	(void)state;
	for (int i = 0; i < XHOP_PORTS_MAX; i++)
		ports[i].config.slot = i;
	assert_int_equal(set_free_slot(&set), -1);
	set.count--;
	assert_int_equal(set_free_slot(&set), XHOP_PORTS_MAX - 1);
}

/* The names in the BPF object: the kernel cuts a map's name off at 15 characters. */
static void map_names(void **state)
{
	(void)state;
	for (int m = 0; m < SET_MAP_COUNT; m++) {
		assert_non_null(set_map_names[m]);
		assert_in_range(strlen(set_map_names[m]), 1, 15);
		for (int other = 0; other < m; other++)
			assert_string_not_equal(set_map_names[m], set_map_names[other]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reason_words),
		cmocka_unit_test(reason_words_are_unique),
		cmocka_unit_test(reason_sentences),
		cmocka_unit_test(forwarded_is_zero),
		cmocka_unit_test(config_layout),
		cmocka_unit_test(key_layout),
		cmocka_unit_test(counter_layout),
		cmocka_unit_test(counters_add_up),
		cmocka_unit_test(each_reason_is_one_verdict),
		cmocka_unit_test(slots),
		cmocka_unit_test(slots_run_out),
		cmocka_unit_test(map_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
