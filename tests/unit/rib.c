/* user/rib.h on tries of their own: answers, classes, replace and delete, dumps, devices. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "user/rib.h"

#define CLASSES 8

struct fixture {
	struct rib *rib;
	struct trie *trie[2];
	void *memory[2];
	__u32 off; /* the last class that died */
};

static void class_off(void *data, __u32 index)
{
	struct fixture *f = data;

	f->off = index;
}

static int setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));
	struct rib_ops ops = {.data = f, .class_off = class_off};

	for (int i = 0; i < 2; i++) {
		int family = i ? AF_INET6 : AF_INET;
		size_t size = trie_size_min(family) + (1 << 20);

		f->memory[i] = aligned_alloc(4096, (size + 4095) & ~4095ul);
		f->trie[i] = trie_new(family, f->memory[i], size);
		assert_non_null(f->trie[i]);
	}
	f->rib = rib_new(&ops, f->trie[0], f->trie[1], CLASSES);
	assert_non_null(f->rib);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	rib_free(f->rib);
	for (int i = 0; i < 2; i++) {
		trie_free(f->trie[i]);
		free(f->memory[i]);
	}
	test_free(f);
	return 0;
}

/* A unicast route of main; "PREFIX/LEN", the next hop on a device of that number. */
static struct rib_change route(const char *prefix, __u32 oif)
{
	struct rib_change c = {.oif = oif, .key = {.type = 1, .oif = oif}};
	char text[64], *slash;

	strcpy(text, prefix);
	slash = strchr(text, '/');
	*slash = 0;
	c.len = atoi(slash + 1);
	c.key.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(c.key.family, text, c.addr), 1);
	c.ident = oif;
	return c;
}

static struct rib_change metric(struct rib_change c, __u32 value)
{
	c.metric = value;
	return c;
}

static struct rib_change local(struct rib_change c)
{
	c.key.local = 1;
	c.odd = true;
	return c;
}

static struct rib_change ecmp(struct rib_change c)
{
	c.ecmp = true;
	return c;
}

/* The device that the trie's answer leads to, 0: ask. */
static __u32 answer(struct fixture *f, const char *text)
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	__u8 addr[16];
	__u32 value;

	assert_int_equal(inet_pton(family, text, addr), 1);
	value = trie_get(f->trie[family == AF_INET6], addr);
	return value && rib_class(f->rib, value, NULL) ? rib_class_oif(f->rib, value) : 0;
}

static void add(struct fixture *f, struct rib_change c)
{
	assert_int_equal(rib_add(f->rib, &c, false), 0);
}

static void replace(struct fixture *f, struct rib_change c)
{
	assert_int_equal(rib_add(f->rib, &c, true), 0);
}

static void del(struct fixture *f, struct rib_change c)
{
	assert_int_equal(rib_del(f->rib, &c, false), 0);
}

static void longest_and_lowest(void **state)
{
	struct fixture *f = *state;

	add(f, route("10.0.0.0/8", 1));
	add(f, metric(route("10.1.0.0/16", 2), 20));
	add(f, metric(route("10.1.0.0/16", 3), 10));
	assert_int_equal(answer(f, "10.2.0.0"), 1);
	assert_int_equal(answer(f, "10.1.0.0"), 3);
	del(f, metric(route("10.1.0.0/16", 3), 10));
	assert_int_equal(answer(f, "10.1.0.0"), 2);
	del(f, metric(route("10.1.0.0/16", 2), 20));
	assert_int_equal(answer(f, "10.1.0.0"), 1);
	del(f, route("10.0.0.0/8", 1));
	assert_int_equal(answer(f, "10.1.0.0"), 0);
	assert_int_equal(rib_doubts(f->rib), 0);
}

static void asks(void **state)
{
	struct fixture *f = *state;
	struct rib_change c;

	add(f, route("10.0.0.0/8", 1));
	c = route("10.1.0.0/16", 2);
	c.odd = true;
	add(f, c);
	assert_int_equal(answer(f, "10.1.0.0"), 0);
	add(f, metric(route("10.1.0.0/16", 3), 5));
	assert_int_equal(answer(f, "10.1.0.0"), 0); /* the odd one is still the lower */
	c = metric(route("10.2.0.0/16", 2), 9);
	c.tos = 0x10;
	add(f, c);
	add(f, route("10.2.0.0/16", 2));
	assert_int_equal(answer(f, "10.2.0.0"), 0);
	del(f, c);
	assert_int_equal(answer(f, "10.2.0.0"), 2);
	add(f, route("10.2.0.0/16", 3)); /* appended: the order is not known */
	assert_int_equal(answer(f, "10.2.0.0"), 0);
	del(f, route("10.2.0.0/16", 2));
	assert_int_equal(answer(f, "10.2.0.0"), 3);
	c = route("10.3.0.0/16", 2);
	c.down = true;
	add(f, c);
	assert_int_equal(answer(f, "10.3.0.0"), 0);
}

static struct rib_change source(struct rib_change c, __u32 ident)
{
	c.odd = c.source = true;
	c.ident = ident;
	return c;
}

static void sources(void **state)
{
	struct fixture *f = *state;

	/* In the kernel they win whatever their metric. */
	add(f, metric(route("2001::/16", 1), 10));
	add(f, metric(source(route("2001::/16", 2), 20), 1024));
	assert_int_equal(answer(f, "2001::"), 0);
	replace(f, metric(route("2001::/16", 3), 1024)); /* not in their place */
	assert_int_equal(answer(f, "2001::"), 0);
	del(f, metric(source(route("2001::/16", 2), 20), 1024));
	assert_int_equal(answer(f, "2001::"), 1);
	assert_int_equal(rib_doubts(f->rib), 0);
	/* Nor is one of other sources replaced. */
	add(f, source(route("2001::/16", 2), 20));
	replace(f, source(route("2001::/16", 2), 21));
	del(f, source(route("2001::/16", 2), 21));
	assert_int_equal(answer(f, "2001::"), 0);
	del(f, source(route("2001::/16", 2), 20));
	assert_int_equal(rib_doubts(f->rib), 1);
}

static void local_first(void **state)
{
	struct fixture *f = *state;

	add(f, route("2001:db8::/32", 1));
	add(f, route("2001:db8:1:2::/64", 2));
	add(f, local(route("2001:db8:1::/48", 9)));
	assert_int_equal(answer(f, "2001:db8:1::1"), 0);
	assert_int_equal(answer(f, "2001:db8:1:2::1"), 0); /* a longer one in main */
	assert_int_equal(answer(f, "2001:db8:2::1"), 1);
	add(f, route("2001:db8:1:3::/64", 3));
	assert_int_equal(answer(f, "2001:db8:1:3::1"), 0);
	del(f, local(route("2001:db8:1::/48", 9)));
	assert_int_equal(answer(f, "2001:db8:1:2::1"), 2);
	assert_int_equal(answer(f, "2001:db8:1:3::1"), 3);
	assert_int_equal(answer(f, "2001:db8:1::1"), 1);
	add(f, route("10.0.0.1/32", 1));
	add(f, local(route("10.0.0.1/32", 9)));
	assert_int_equal(answer(f, "10.0.0.1"), 0);
}

static void replaces(void **state)
{
	struct fixture *f = *state;

	replace(f, route("10.0.0.0/8", 1));
	assert_int_equal(answer(f, "10.0.0.1"), 1);
	replace(f, route("10.0.0.0/8", 2));
	assert_int_equal(answer(f, "10.0.0.1"), 2);
	replace(f, route("10.0.0.0/8", 2)); /* seen twice */
	add(f, route("10.0.0.0/8", 2));
	assert_int_equal(answer(f, "10.0.0.1"), 2);
	assert_int_equal(rib_doubts(f->rib), 0);
	/* Of two, the first goes: not known which. */
	add(f, route("10.0.0.0/8", 3));
	replace(f, route("10.0.0.0/8", 4));
	assert_int_equal(rib_doubts(f->rib), 1);
	del(f, route("10.0.0.0/8", 2));
	del(f, route("10.0.0.0/8", 3));
	assert_int_equal(answer(f, "10.0.0.1"), 0);
}

static void siblings(void **state)
{
	struct fixture *f = *state;

	add(f, ecmp(route("2001::/16", 1)));
	add(f, ecmp(route("2001::/16", 2)));
	assert_int_equal(answer(f, "2001::"), 0);
	del(f, ecmp(route("2001::/16", 1)));
	assert_int_equal(answer(f, "2001::"), 2);
	add(f, ecmp(route("2001::/16", 1)));
	replace(f, ecmp(route("2001::/16", 3))); /* in place of both */
	assert_int_equal(answer(f, "2001::"), 3);
	assert_int_equal(rib_doubts(f->rib), 0);
}

static void unknown_delete(void **state)
{
	struct fixture *f = *state;
	struct rib_change c = route("10.0.0.0/8", 2);

	add(f, route("10.0.0.0/8", 1));
	assert_int_equal(rib_del(f->rib, &c, true), 0);
	assert_int_equal(answer(f, "10.0.0.1"), 1); /* of a replay: gone before */
	del(f, c);
	assert_int_equal(answer(f, "10.0.0.1"), 0);
	assert_int_equal(rib_doubts(f->rib), 1);
	rib_dump_begin(f->rib, AF_INET, true);
	c = route("10.0.0.0/8", 1);
	assert_int_equal(rib_dump_route(f->rib, &c), 0);
	assert_int_equal(rib_dump_end(f->rib, AF_INET, false), 0);
	assert_int_equal(rib_doubts(f->rib), 0);
	assert_int_equal(answer(f, "10.0.0.1"), 1);
}

static void dumped(struct fixture *f, struct rib_change c)
{
	assert_int_equal(rib_dump_route(f->rib, &c), 0);
}

static void dumps(void **state)
{
	struct fixture *f = *state;

	add(f, route("10.0.0.0/8", 1));
	add(f, route("10.1.0.0/16", 2));
	add(f, route("10.2.0.0/16", 3));
	add(f, route("10.3.0.0/16", 4));
	rib_dump_begin(f->rib, AF_INET, true);
	dumped(f, route("10.0.0.0/8", 1));
	/* Events since: the dump's older news of these prefixes does not count. */
	del(f, route("10.1.0.0/16", 2));
	dumped(f, route("10.1.0.0/16", 2));
	add(f, route("10.4.0.0/16", 5));
	replace(f, route("10.3.0.0/16", 6));
	dumped(f, route("10.3.0.0/16", 4));
	assert_int_equal(rib_dump_end(f->rib, AF_INET, false), 0);
	assert_int_equal(answer(f, "10.1.0.0"), 1);
	assert_int_equal(answer(f, "10.2.0.0"), 1); /* not shown: gone */
	assert_int_equal(answer(f, "10.3.0.0"), 6);
	assert_int_equal(answer(f, "10.4.0.0"), 5);
	/* A dump with holes: asked for, and there again. */
	rib_dump_begin(f->rib, AF_INET, true);
	dumped(f, route("10.0.0.0/8", 1));
	assert_int_equal(rib_dump_end(f->rib, AF_INET, true), 0);
	assert_int_equal(answer(f, "10.4.0.0"), 0);
	assert_int_equal(answer(f, "10.5.0.0"), 1);
	assert_int_equal(rib_doubts(f->rib), 2);
}

/* So many of one node that the trie gathers them. */
static struct rib_change neighbour(int host)
{
	char text[32];

	snprintf(text, sizeof(text), "10.0.0.%d/32", host);
	return route(text, 1 + host % 3);
}

static void hosts_are(struct fixture *f, int hosts, __u32 other)
{
	char text[32];

	for (int host = 1; host < 10; host++) {
		snprintf(text, sizeof(text), "10.0.0.%d", host);
		assert_int_equal(answer(f, text), host < hosts ? 1u + host % 3 : other);
	}
}

/* Of a first dump nothing may be left to write when it ends, whatever came last. */
static void first_dumps(void **state)
{
	struct fixture *f = *state;

	for (int hosts = 10; hosts > 1; hosts -= 4) {
		rib_dump_begin(f->rib, AF_INET, false);
		dumped(f, route("10.0.0.0/24", 4)); /* before those within, or after them */
		for (int host = 1; host < hosts; host++)
			dumped(f, neighbour(host));
		dumped(f, route("10.0.0.0/20", 6)); /* elsewhere */
		dumped(f, route("10.0.0.0/25", 5));
		dumped(f, neighbour(250)); /* what waits at the end */
		assert_int_equal(rib_dump_end(f->rib, AF_INET, false), 0);
		hosts_are(f, hosts, 5);
		assert_int_equal(answer(f, "10.0.0.200"), 4);
		assert_int_equal(answer(f, "10.0.0.250"), 2);
		assert_int_equal(answer(f, "10.0.1.1"), 6);
	}
	del(f, route("10.0.0.0/25", 5));
	hosts_are(f, 2, 4);
}

/* Programs trust the maps meanwhile: a change is there at once. */
static void live_dumps(void **state)
{
	struct fixture *f = *state;

	add(f, route("10.0.0.0/24", 4));
	rib_dump_begin(f->rib, AF_INET, true);
	for (int host = 1; host < 10; host++) {
		add(f, neighbour(host));
		hosts_are(f, host + 1, 4);
	}
	for (int host = 9; host > 0; host--) {
		del(f, neighbour(host));
		hosts_are(f, host, 4);
	}
	dumped(f, route("10.0.0.0/24", 4));
	assert_int_equal(rib_dump_end(f->rib, AF_INET, false), 0);
	hosts_are(f, 1, 4);
}

static void devices(void **state)
{
	struct fixture *f = *state;
	struct rib_change c = route("10.0.0.0/8", 1);
	__u8 addr[4] = {10};
	__u32 before;

	add(f, c);
	before = trie_get(f->trie[0], addr);
	assert_int_equal(rib_oif_down(f->rib, 1), 0);
	assert_int_equal(f->off, before);
	assert_int_equal(answer(f, "10.0.0.0"), 0);
	add(f, route("10.1.0.0/16", 1));
	assert_int_equal(answer(f, "10.1.0.0"), 0);
	rib_oif_up(f->rib, 1);
	rib_dump_begin(f->rib, AF_INET, true);
	dumped(f, c);
	dumped(f, route("10.1.0.0/16", 1));
	assert_int_equal(rib_dump_end(f->rib, AF_INET, false), 0);
	assert_int_equal(answer(f, "10.0.0.0"), 1);
	assert_int_equal(answer(f, "10.1.0.0"), 1);
	assert_int_not_equal(trie_get(f->trie[0], addr), before);
}

static void classes(void **state)
{
	struct fixture *f = *state;
	struct rib_usage u;
	char text[32];

	for (int i = 1; i <= CLASSES + 1; i++) {
		snprintf(text, sizeof(text), "10.%d.0.0/16", i);
		add(f, route(text, i));
	}
	rib_usage(f->rib, &u);
	assert_int_equal(u.classes, CLASSES);
	assert_int_equal(u.unclassed, 1);
	assert_int_equal(answer(f, "10.9.0.0"), 0); /* none left */
	/* An index is free only when no program can answer by it any more. */
	del(f, route("10.1.0.0/16", 1));
	add(f, route("10.20.0.0/16", 20));
	assert_int_equal(answer(f, "10.20.0.0"), 0);
	rib_quiesce(f->rib);
	add(f, route("10.21.0.0/16", 21));
	assert_int_equal(answer(f, "10.21.0.0"), 21);
	/* The same treatment is the same class. */
	add(f, route("10.22.0.0/16", 21));
	assert_int_equal(answer(f, "10.22.0.0"), 21);
}

static void overlays(void **state)
{
	struct fixture *f = *state;
	__u8 list[2][16] = {{0x20, 1, [15] = 1}, {0x20, 1, [15] = 2}};

	add(f, route("2001::/16", 1));
	assert_int_equal(rib_overlay(f->rib, (const __u8(*)[16])list, 2), 0);
	assert_int_equal(answer(f, "2001::1"), 0);
	assert_int_equal(answer(f, "2001::3"), 1);
	assert_int_equal(rib_overlay(f->rib, (const __u8(*)[16])list, 1), 0);
	assert_int_equal(answer(f, "2001::1"), 0);
	assert_int_equal(answer(f, "2001::2"), 1);
	/* A dump leaves them. */
	rib_dump_begin(f->rib, AF_INET6, false);
	dumped(f, route("2001::/16", 1));
	assert_int_equal(rib_dump_end(f->rib, AF_INET6, false), 0);
	assert_int_equal(answer(f, "2001::1"), 0);
	assert_int_equal(rib_overlay(f->rib, NULL, 0), 0);
	assert_int_equal(answer(f, "2001::1"), 1);
}

/* The same route, now with an expiry, now without. */
static void expiries(void **state)
{
	struct fixture *f = *state;
	struct rib_change c = route("2001:1::/32", 1), odd = c;

	odd.odd = true;
	add(f, route("2001::/16", 2));
	add(f, c);
	assert_int_equal(answer(f, "2001:1::"), 1);
	replace(f, odd);
	assert_int_equal(answer(f, "2001:1::"), 0);
	replace(f, c);
	assert_int_equal(answer(f, "2001:1::"), 1);
	rib_dump_begin(f->rib, AF_INET6, true);
	dumped(f, odd);
	dumped(f, route("2001::/16", 2));
	assert_int_equal(rib_dump_end(f->rib, AF_INET6, false), 0);
	assert_int_equal(answer(f, "2001:1::"), 0);
	del(f, c);
	assert_int_equal(answer(f, "2001:1::"), 2);
	for (int i = 10; i < 10 + CLASSES - 1; i++) { /* its class is free again */
		rib_quiesce(f->rib);
		add(f, metric(route("2001::/16", i), i));
	}
	del(f, route("2001::/16", 2));
	assert_int_equal(answer(f, "2001:1::"), 10);
}

static void cursors(void **state)
{
	struct fixture *f = *state;
	__u32 cursor = UINT32_MAX;
	struct rib_row row;

	add(f, route("10.0.0.0/8", 1));
	assert_false(rib_next(f->rib, AF_INET, &cursor, &row));
	cursor = 0;
	assert_true(rib_next(f->rib, AF_INET, &cursor, &row));
	assert_false(rib_next(f->rib, AF_INET, &cursor, &row));
	assert_false(rib_next(f->rib, AF_INET, &cursor, &row));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(longest_and_lowest), TEST(asks),	    TEST(sources),	  TEST(local_first),
		TEST(replaces),		  TEST(siblings),   TEST(unknown_delete), TEST(dumps),
		TEST(first_dumps),	  TEST(live_dumps), TEST(devices),	  TEST(classes),
		TEST(overlays),		  TEST(expiries),   TEST(cursors),
	};

	return cmocka_run_group_tests_name("rib", tests, NULL, NULL);
}
