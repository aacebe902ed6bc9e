/* user/neigh.h: the state of a next hop, from a list as the kernel tells it. */
#include <arpa/inet.h>
#include <linux/neighbour.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "user/neigh.h"

static struct xhop_hop_key key(unsigned int ifindex, const char *addr, unsigned int mac)
{
	struct xhop_hop_key k = {.ifindex = ifindex, .lladdr = {2, 0, 0, 0, mac >> 8, mac}};

	k.family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(k.family, addr, k.addr), 1);
	return k;
}

/* neighbour_state() wants the list by device and address: compare by bytes, as it does. */
static int by_key(const void *a, const void *b)
{
	const struct xhop_hop_key *x = a, *y = b;
	int diff = memcmp(x, y, offsetof(struct xhop_hop_key, lladdr));

	return diff ? diff : (int)x->family - (int)y->family;
}

static const char *state_of(struct neighbour *list, int count, struct xhop_hop_key hop)
{
	struct neighbours neighbours = {.list = list, .count = count};

	if (count)
		qsort(list, count, sizeof(*list), by_key);
	return neighbour_state(&neighbours, &hop);
}

static void each_state(void **state)
{
	static const struct {
		unsigned int nud;
		const char *word;
	} states[] = {
		{NUD_INCOMPLETE, "incomplete"},
		{NUD_REACHABLE, "reachable"},
		{NUD_STALE, "stale"},
		{NUD_DELAY, "delay"},
		{NUD_PROBE, "probe"},
		{NUD_FAILED, "failed"},
		{NUD_NOARP, "noarp"},
		{NUD_PERMANENT, "permanent"},
		{NUD_NONE, "none"},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct neighbour one = {.key = key(3, "10.0.0.2", 7), .state = states[i].nud};

		assert_string_equal(state_of(&one, 1, key(3, "10.0.0.2", 7)), states[i].word);
	}
}

/* Another MAC than the hop's: the neighbour moved, if its MAC is one at all. */
static void moved(void **state)
{
	static const struct {
		unsigned int nud;
		const char *word;
	} states[] = {
		{NUD_REACHABLE, "moved"}, {NUD_STALE, "moved"},		  {NUD_PERMANENT, "moved"},
		{NUD_DELAY, "moved"},	  {NUD_PROBE, "moved"},		  {NUD_NOARP, "moved"},
		{NUD_FAILED, "failed"},	  {NUD_INCOMPLETE, "incomplete"},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct neighbour one = {.key = key(3, "10.0.0.2", 7), .state = states[i].nud};

		assert_string_equal(state_of(&one, 1, key(3, "10.0.0.2", 8)), states[i].word);
	}
}

static void gone(void **state)
{
	struct neighbour list[] = {
		{.key = key(3, "10.0.0.2", 7), .state = NUD_STALE},
		{.key = key(4, "10.0.0.3", 7), .state = NUD_STALE},
		{.key = key(3, "fe80::1", 7), .state = NUD_STALE},
	};

	(void)state;
	assert_string_equal(state_of(NULL, 0, key(3, "10.0.0.2", 7)), "gone");
	assert_string_equal(state_of(list, 3, key(4, "10.0.0.2", 7)), "gone");
	assert_string_equal(state_of(list, 3, key(3, "10.0.0.3", 7)), "gone");
	assert_string_equal(state_of(list, 3, key(4, "fe80::1", 7)), "gone");
	assert_string_equal(state_of(list, 3, key(3, "fe80::1", 7)), "stale");
}

/* 10.0.0.2 and a00:2:: have the same bytes: the family tells them apart. */
static void same_bytes_in_both_families(void **state)
{
	struct neighbour list[] = {
		{.key = key(3, "a00:2::", 7), .state = NUD_PROBE},
		{.key = key(3, "10.0.0.2", 7), .state = NUD_STALE},
	};

	(void)state;
	assert_string_equal(state_of(list, 2, key(3, "10.0.0.2", 7)), "stale");
	assert_string_equal(state_of(list, 2, key(3, "a00:2::", 7)), "probe");
	assert_string_equal(state_of(list, 1, key(3, "a00:2::", 7)), "gone");
}

static void finds_each_of_many(void **state)
{
	static struct neighbour list[1000];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		list[i] = (struct neighbour){.key = key(i % 5 * 257 + 1, "10.0.0.0", i),
					     .state = i & 1 ? NUD_STALE : NUD_DELAY};
		list[i].key.addr[2] = i >> 8;
		list[i].key.addr[3] = i;
	}
	qsort(list, 1000, sizeof(list[0]), by_key);
	for (int i = 0; i < 1000; i++) {
		struct neighbours all = {.list = list, .count = 1000};

		assert_string_equal(neighbour_state(&all, &list[i].key),
				    list[i].state == NUD_STALE ? "stale" : "delay");
	}
}

static void free_twice(void **state)
{
	struct neighbours neighbours = {.list = malloc(sizeof(struct neighbour)), .count = 1};

	(void)state;
	neighbours_free(&neighbours);
	assert_null(neighbours.list);
	assert_int_equal(neighbours.count, 0);
	neighbours_free(&neighbours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_state),
		cmocka_unit_test(moved),
		cmocka_unit_test(gone),
		cmocka_unit_test(same_bytes_in_both_families),
		cmocka_unit_test(finds_each_of_many),
		cmocka_unit_test(free_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
