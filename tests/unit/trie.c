/*
 * maps/trie.h: longest match under changes of every kind, memory that runs out, is moved and comes
 * back, readers beside a writer. XHOP_TRIE_OPS: how many random changes, for the longer proof.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
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

#define WATCHED 48
#define READERS 2
#define HISTORY 64 /* changes; readers are waited for more often */

/* Readers beside a writer: a lookup finds an answer that was right while it ran. */
static struct {
	struct trie *trie;
	uint8_t watched[WATCHED][16];
	uint32_t right[HISTORY][WATCHED]; /* after so many changes */
	unsigned int begun, done;	  /* changes; gathered ones are done when that ends */
	bool gathered;
	uint64_t lookups[READERS];
	bool stop, wrong;
} race;

static bool was_right(uint32_t got, unsigned int w, unsigned int first, unsigned int last)
{
	for (; first <= last; first++)
		if (__atomic_load_n(&race.right[first % HISTORY][w], __ATOMIC_ACQUIRE) == got)
			return true;
	return false;
}

static void *reader(void *arg)
{
	size_t me = (size_t)arg;

	for (unsigned int i = me * 7; !__atomic_load_n(&race.stop, __ATOMIC_ACQUIRE); i++) {
		unsigned int w = i % WATCHED, first, last;
		uint32_t got;

		first = __atomic_load_n(&race.done, __ATOMIC_SEQ_CST);
		got = trie_get(race.trie, race.watched[w]);
		last = __atomic_load_n(&race.begun, __ATOMIC_SEQ_CST);
		if (!was_right(got, w, first, last))
			__atomic_store_n(&race.wrong, true, __ATOMIC_RELEASE);
		__atomic_add_fetch(&race.lookups[me], 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* Each reader has ended the lookup it may be in. */
static void wait_for_readers(void)
{
	uint64_t seen[READERS];

	for (int i = 0; i < READERS; i++)
		seen[i] = __atomic_load_n(&race.lookups[i], __ATOMIC_ACQUIRE);
	for (int i = 0; i < READERS; i++)
		while (__atomic_load_n(&race.lookups[i], __ATOMIC_ACQUIRE) == seen[i])
			sched_yield();
}

static void race_change(struct routes *model, int bits)
{
	static const uint8_t lens[] = {0, 8, 15, 16, 17, 20, 23, 24, 25, 28, 31, 32};
	int len = lens[random32() % sizeof(lens)] * (bits / 32), at, err;
	bool gone;
	uint8_t addr[16];
	uint32_t value = 1 + random32() % (random32() % 3 ? 200u : 0x7fffffu);

	memcpy(addr, race.watched[random32() % WATCHED], sizeof(addr));
	len = random32() % 2 ? len : (int)(random32() % (bits + 1));
	if (model->count > ROUTES_MAX / 2) {
		at = random32() % model->count;
		memcpy(addr, model->route[at].addr, sizeof(addr));
		len = model->route[at].len;
	}
	at = routes_find(model, addr, len);
	gone = at >= 0 && (model->count > ROUTES_MAX / 2 || random32() % 2);
	if (gone)
		routes_del(model, at);
	else
		routes_set(model, addr, len, value);
	for (int w = 0; w < WATCHED; w++)
		__atomic_store_n(&race.right[(race.begun + 1) % HISTORY][w],
				 routes_get(model, race.watched[w]), __ATOMIC_RELEASE);
	__atomic_add_fetch(&race.begun, 1, __ATOMIC_SEQ_CST);
	err = gone ? trie_del(race.trie, addr, len) : trie_set(race.trie, addr, len, value);
	if (!race.gathered)
		__atomic_store_n(&race.done, race.begun, __ATOMIC_SEQ_CST);
	assert_int_equal(err, 0);
}

static void readers(int family)
{
	size_t size = trie_size_min(family) + (4 << 20);
	struct routes *model = calloc(1, sizeof(*model));
	void *mem = aligned_alloc(64, size);
	pthread_t threads[READERS];

	memset(&race, 0, sizeof(race));
	race.trie = trie_new(family, mem, size);
	model->bits = family == AF_INET ? 32 : 128;
	for (int w = 0; w < WATCHED; w++) /* near each other, so that they share nodes */
		for (int i = 0; i < model->bits / 8; i++)
			race.watched[w][i] = i ? random32() % 3 : 0x20u + w % 2;
	for (size_t i = 0; i < READERS; i++)
		pthread_create(&threads[i], NULL, reader, (void *)i);
	for (int i = 0; i < 3000 && !__atomic_load_n(&race.wrong, __ATOMIC_ACQUIRE); i++) {
		race_change(model, model->bits);
		if (i % 16)
			continue;
		race.gathered = !race.gathered;
		trie_gather(race.trie, race.gathered);
		__atomic_store_n(&race.done, race.begun, __ATOMIC_SEQ_CST);
		wait_for_readers();
		trie_quiesce(race.trie);
	}
	__atomic_store_n(&race.stop, true, __ATOMIC_RELEASE);
	for (int i = 0; i < READERS; i++)
		pthread_join(threads[i], NULL);
	trie_free(race.trie);
	free(model);
	free(mem);
	assert_false(race.wrong);
	assert_true(race.lookups[0] > 5000 && race.lookups[1] > 5000);
}

static void readers4(void **state)
{
	(void)state;
	readers(AF_INET);
}

static void readers6(void **state)
{
	(void)state;
	readers(AF_INET6);
}

/* How many nodes of some lines fit: /24s in a /16 each, or /32s that fill one node each. */
static int capacity(struct trie *t, bool large)
{
	uint8_t addr[4] = {};
	int count = 0, err = 0;

	for (; !err; count++) {
		addr[0] = count >> 8;
		addr[1] = count;
		for (int i = 0; i < (large ? 256 : 1) && !err; i++) {
			addr[2] = i;
			err = trie_set(t, addr, 24, large ? 1000 + i : 1);
			trie_quiesce(t);
		}
	}
	assert_int_equal(err, -ENOSPC);
	for (int n = 0; n < count; n++)
		for (int i = 0; i < 256; i++) {
			addr[0] = n >> 8;
			addr[1] = n;
			addr[2] = i;
			err = trie_del(t, addr, 24);
			trie_quiesce(t);
			assert_true(!err || err == -ENOENT);
		}
	return count;
}

/* What was in small pieces is one again. */
static void memory_joins(void **state)
{
	size_t size = trie_size_min(AF_INET) + 100 * 64;
	void *mem = aligned_alloc(64, size);
	struct trie *t = trie_new(AF_INET, mem, size);
	int small, large;

	(void)state;
	small = capacity(t, false);
	large = capacity(t, true);
	assert_int_equal(small, 101); /* the last one did not fit */
	assert_true(large > 4);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(capacity(t, i % 2), i % 2 ? large : small);
		assert_int_equal(capacity(t, i % 3), i % 3 ? large : small);
	}
	trie_free(t);
	free(mem);
}

/* The mapping is the caller's: sizes that are too small, families that are none. */
static void refusals(void **state)
{
	size_t size = trie_size_min(AF_INET);
	void *mem = aligned_alloc(64, size);
	uint8_t addr[16] = {10};
	struct trie *t;
	uint32_t value;

	(void)state;
	assert_null(trie_new(AF_INET, mem, size - 64));
	assert_null(trie_new(AF_UNIX, mem, size));
	t = trie_new(AF_INET, mem, size);
	assert_non_null(t);
	assert_int_equal(trie_set(t, addr, 33, 1), -EINVAL);
	assert_int_equal(trie_set(t, addr, -1, 1), -EINVAL);
	assert_int_equal(trie_set(t, addr, 8, 0x80000000), -EINVAL);
	assert_int_equal(trie_del(t, addr, 33), -EINVAL);
	assert_int_equal(trie_del(t, addr, 8), -ENOENT);
	assert_int_equal(trie_exact(t, addr, 8, &value), -ENOENT);
	/* the root alone is a table of /16 */
	assert_int_equal(trie_set(t, addr, 16, 7), 0);
	assert_int_equal(trie_set(t, addr, 17, 8), -ENOSPC);
	assert_int_equal(trie_get(t, addr), 7);
	assert_int_equal(trie_exact(t, addr, 17, &value), -ENOENT);
	assert_int_equal(trie_move(t, mem, size - 64), -EINVAL);
	trie_free(t);
	free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes4),	cmocka_unit_test(changes6),
		cmocka_unit_test(full4),	cmocka_unit_test(full6),
		cmocka_unit_test(readers4),	cmocka_unit_test(readers6),
		cmocka_unit_test(memory_joins), cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests_name("trie", tests, NULL, NULL);
}
