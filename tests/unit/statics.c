// SPDX-License-Identifier: GPL-2.0
/* Static entries: what reaches the maps and the kernel's neighbours, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>
#include "user/statics.h"

static struct {
	unsigned int set, gone, resolved, installed, removed;
	__u32 eth0, eth1; /* indices */
	struct xhop_class via;
	__u16 state; /* of the only neighbour */
	int refuse;
	enum gateway says; /* of every address */
	unsigned int asked;
} world;

static int on_route(void *data, int family, const void *addr, int len, const struct xhop_class *via)
{
	(void)data;
	(void)family;
	(void)addr;
	(void)len;
	if (world.refuse && via)
		return world.refuse;
	world.set += via != NULL;
	world.gone += !via;
	if (via)
		world.via = *via;
	return 0;
}

static bool on_hop(void *data, __u32 *cursor, struct xhop_class *via)
{
	(void)data;
	*via = world.via;
	return !(*cursor)++ && world.set > world.gone;
}

static __u32 on_device(void *data, const char *name)
{
	(void)data;
	return !strcmp(name, "eth0") ? world.eth0 : !strcmp(name, "eth1") ? world.eth1 : 0;
}

static void on_list(struct neighbours *neighbours)
{
	*neighbours = (struct neighbours){.list = calloc(1, sizeof(*neighbours->list)), .count = 1};
	neighbours->list[0].key.ifindex = world.eth0;
	neighbours->list[0].key.family = AF_INET;
	memcpy(neighbours->list[0].key.addr, "\x0a\0\2\2", 4);
	neighbours->list[0].state = world.state;
}

static int on_resolve(__u32 ifindex, int family, const void *addr)
{
	(void)ifindex;
	(void)family;
	(void)addr;
	world.resolved++;
	return 0;
}

static int on_install(__u32 ifindex, int family, const void *addr, const __u8 lladdr[6])
{
	(void)lladdr;
	(void)on_resolve;
	assert_int_equal(ifindex, world.eth0);
	assert_int_equal(family, AF_INET);
	assert_non_null(addr);
	world.installed++;
	return 0;
}

static int on_remove(__u32 ifindex, int family, const void *addr)
{
	(void)ifindex;
	(void)family;
	(void)addr;
	world.removed++;
	return 0;
}

static enum gateway on_ask(__u32 ifindex, int family, const void *addr)
{
	assert_true(ifindex && family && addr);
	world.asked++;
	return world.says;
}

static const struct statics_kernel kernel = {on_list, on_resolve, on_install, on_remove, on_ask};

static int setup(void **state)
{
	const struct statics_ops ops = {
		.route = on_route, .hop = on_hop, .device = on_device, .kernel = &kernel};

	memset(&world, 0, sizeof(world));
	world.eth0 = 5;
	*state = statics_new(&ops);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	statics_free(*state);
	return 0;
}

static int put(struct statics *s, enum statics_verb verb, enum statics_source source,
	       const char *prefix, const char *via, const char *dev)
{
	const struct entry_words words = {prefix, via, dev, NULL, NULL};
	struct entry_route route;
	struct entry_why why;

	assert_int_equal(entry_route_read(&words, &route, &why), 0);
	return statics_route(s, verb, source, &route, &why);
}

static int take(struct statics *s, const char *prefix)
{
	const struct entry_words words = {.object = prefix};
	struct entry_why why;

	return statics_route_del(s, &words, &why);
}

static unsigned int count(struct statics *s)
{
	struct statics_count now;

	statics_count(s, &now);
	return now.routes;
}

static void test_add_replace_del(void **state)
{
	struct statics *s = *state;

	assert_int_equal(put(s, STATICS_ADD, STATICS_COMMAND, "10.0.0.0/8", "10.0.2.2", "eth0"), 0);
	assert_int_equal(put(s, STATICS_ADD, STATICS_COMMAND, "10.0.0.0/8", "10.0.2.2", "eth0"),
			 -EEXIST);
	assert_int_equal(put(s, STATICS_ADD, STATICS_COMMAND, "10.0.0.0/9", "10.0.2.2", "eth9"),
			 -ENODEV);
	assert_int_equal(put(s, STATICS_REPLACE, STATICS_COMMAND, "10.0.0.0/8", "10.0.2.3", "eth0"),
			 0);
	assert_int_equal(world.set, 2);
	assert_int_equal(world.gone, 0); /* never without an answer in between */
	assert_int_equal(world.via.addr[3], 3);
	assert_int_equal(world.via.ifindex, 5);
	assert_int_equal(take(s, "10.0.0.0/9"), -ENOENT);
	assert_int_equal(take(s, "10.0.0.0/8"), 0);
	assert_int_equal(world.gone, 1);
	assert_int_equal(count(s), 0);
	world.refuse = -ENOSPC;
	assert_int_equal(put(s, STATICS_ADD, STATICS_COMMAND, "10.0.0.0/8", "10.0.2.2", "eth0"),
			 -ENOSPC);
	assert_int_equal(count(s), 0);
}

static void test_many(void **state)
{
	struct statics_route_row row;
	struct statics *s = *state;
	unsigned int seen = 0;
	__u32 cursor = 0;
	char prefix[32];

	for (int i = 0; i < 20000; i++) {
		snprintf(prefix, sizeof(prefix), "10.%d.%d.0/24", i / 256, i % 256);
		assert_int_equal(put(s, STATICS_ADD, STATICS_COMMAND, prefix, "10.0.2.2", "eth0"),
				 0);
	}
	assert_int_equal(world.resolved, 1); /* not once a route */
	assert_int_equal(world.asked, 1);
	for (int i = 0; i < 20000; i += 2) {
		snprintf(prefix, sizeof(prefix), "10.%d.%d.0/24", i / 256, i % 256);
		assert_int_equal(take(s, prefix), 0);
	}
	while (statics_next(s, &cursor, &row))
		seen++;
	assert_int_equal(seen, 10000);
	cursor = UINT32_MAX;
	assert_false(statics_next(s, &cursor, &row));
	assert_int_equal(statics_route_flush(s, AF_UNSPEC), 10000);
	assert_int_equal(world.gone, world.set);
}

static void test_file_is_read_again(void **state)
{
	struct statics *s = *state;

	statics_file_begin(s);
	put(s, STATICS_REPLACE, STATICS_FILE, "1.0.0.0/8", "10.0.2.2", "eth0");
	put(s, STATICS_REPLACE, STATICS_FILE, "2.0.0.0/8", "10.0.2.2", "eth0");
	statics_file_end(s);
	put(s, STATICS_ADD, STATICS_COMMAND, "3.0.0.0/8", "10.0.2.2", "eth0");
	statics_file_begin(s);
	put(s, STATICS_REPLACE, STATICS_FILE, "2.0.0.0/8", "10.0.2.2", "eth0");
	statics_file_end(s);
	assert_int_equal(count(s), 2);
	assert_int_equal(take(s, "1.0.0.0/8"), -ENOENT);
	assert_int_equal(statics_route_flush(s, AF_UNSPEC), 1);
	assert_int_equal(count(s), 1);
}

/* The file as it is read: these prefixes by these hops. */
static void read_file(struct statics *s, const char *const (*lines)[2])
{
	statics_file_begin(s);
	for (; (*lines)[0]; lines++)
		assert_int_equal(
			put(s, STATICS_REPLACE, STATICS_FILE, (*lines)[0], (*lines)[1], "eth0"), 0);
	statics_file_end(s);
}

/* Last byte of the hop of 1.0.0.0/8, 0: there is none; and whose it is. */
static int hop_of(struct statics *s, enum statics_source *source)
{
	struct statics_route_row row;

	if (!statics_get(s, AF_INET, (const __u8 *)"\1\0\0\0", 8, &row))
		return 0;
	*source = row.source;
	return row.route.via[3];
}

static void test_commands_stay_until_the_line_changes(void **state)
{
	static const char *const two[][2] = {{"1.0.0.0/8", "10.0.2.2"}, {}};
	static const char *const five[][2] = {{"1.0.0.0/8", "10.0.2.5"}, {}};
	static const char *const none[][2] = {{}};
	struct statics *s = *state;
	enum statics_source from;

	read_file(s, two);
	put(s, STATICS_REPLACE, STATICS_COMMAND, "1.0.0.0/8", "10.0.2.3", "eth0");
	read_file(s, two);
	assert_int_equal(hop_of(s, &from), 3);
	assert_int_equal(from, STATICS_COMMAND);
	/* flush gives it back to the file; so does a changed line. */
	assert_int_equal(statics_route_flush(s, AF_UNSPEC), 1);
	assert_int_equal(hop_of(s, &from), 2);
	assert_int_equal(from, STATICS_FILE);
	assert_int_equal(world.gone, 0);
	put(s, STATICS_REPLACE, STATICS_COMMAND, "1.0.0.0/8", "10.0.2.3", "eth0");
	read_file(s, five);
	assert_int_equal(hop_of(s, &from), 5);
	assert_int_equal(from, STATICS_FILE);
	/* Deleted, and so it stays. */
	assert_int_equal(take(s, "1.0.0.0/8"), 0);
	assert_int_equal(world.gone, 1);
	assert_int_equal(take(s, "1.0.0.0/8"), -ENOENT);
	assert_int_equal(count(s), 0);
	read_file(s, five);
	assert_int_equal(hop_of(s, &from), 0);
	assert_int_equal(put(s, STATICS_ADD, STATICS_COMMAND, "1.0.0.0/8", "10.0.2.6", "eth0"), 0);
	assert_int_equal(count(s), 1);
	assert_int_equal(take(s, "1.0.0.0/8"), 0);
	read_file(s, two);
	assert_int_equal(hop_of(s, &from), 2);
	/* What the file does not name any more is the command's alone. */
	put(s, STATICS_REPLACE, STATICS_COMMAND, "1.0.0.0/8", "10.0.2.3", "eth0");
	read_file(s, none);
	assert_int_equal(hop_of(s, &from), 3);
	assert_int_equal(statics_route_flush(s, AF_UNSPEC), 1);
	assert_int_equal(count(s), 0);
	read_file(s, two);
	assert_int_equal(take(s, "1.0.0.0/8"), 0);
	read_file(s, none); /* forgets that it was deleted */
	read_file(s, two);
	assert_int_equal(hop_of(s, &from), 2);
}

static void test_flush_of_one_family(void **state)
{
	struct statics *s = *state;

	put(s, STATICS_ADD, STATICS_COMMAND, "1.0.0.0/8", "10.0.2.2", "eth0");
	put(s, STATICS_ADD, STATICS_COMMAND, "2001:db8::/32", "fe80::1", "eth0");
	assert_int_equal(statics_route_flush(s, AF_INET6), 1);
	assert_int_equal(count(s), 1);
	assert_int_equal(take(s, "1.0.0.0/8"), 0);
}

static const char *remark(struct statics *s)
{
	struct statics_route_row row;

	assert_true(statics_get(s, AF_INET, (const __u8 *)"\1\0\0\0", 8, &row));
	return statics_remark(&row);
}

static int ask_by_command(struct statics *s)
{
	statics_links(s);
	return put(s, STATICS_ADD, STATICS_COMMAND, "3.0.0.0/8", "10.0.2.2", "eth0");
}

static void test_hops_that_linux_refuses(void **state)
{
	const struct entry_words words = {"1.0.0.0/8", "10.0.2.2", "eth0", NULL, NULL};
	struct statics *s = *state;
	struct entry_route route;
	struct entry_why why;

	world.state = NUD_REACHABLE;
	entry_route_read(&words, &route, &why);
	for (enum gateway says = GATEWAY_DEVICE; says <= GATEWAY_MANY; says++) {
		world.says = says;
		assert_int_equal(statics_route(s, STATICS_ADD, STATICS_COMMAND, &route, &why),
				 -EINVAL);
		assert_non_null(strstr(why.text, gateway_text(says)));
		assert_non_null(strstr(why.text, "1.0.0.0/8: via 10.0.2.2 dev eth0: "));
		statics_file_begin(s); /* asked for once in each round */
	}
	assert_int_equal(count(s) + world.set, 0);
	world.says = GATEWAY_OFF_LINK; /* a note */
	assert_int_equal(statics_route(s, STATICS_ADD, STATICS_COMMAND, &route, &why), 0);
	assert_non_null(strstr(why.text, "onlink"));
	assert_string_equal(remark(s), gateway_text(GATEWAY_OFF_LINK));
	assert_int_equal(world.set, 1);
	/* The router gets that address itself, and loses it. */
	world.says = GATEWAY_LOCAL;
	statics_tick(s);
	assert_int_equal(world.gone, 1);
	assert_string_equal(remark(s), gateway_text(GATEWAY_LOCAL));
	world.says = GATEWAY_GOOD;
	statics_tick(s);
	assert_int_equal(world.set, 2);
	statics_look(s);
	assert_null(remark(s));
	world.state = NUD_FAILED;
	statics_look(s);
	assert_non_null(remark(s));
	/* The same, but a command asks first. */
	world.says = GATEWAY_LOCAL;
	assert_int_equal(ask_by_command(s), -EINVAL);
	assert_int_equal(world.gone, 1);
	statics_tick(s);
	assert_int_equal(world.gone, 2);
	world.says = GATEWAY_GOOD;
	assert_int_equal(ask_by_command(s), 0);
	assert_int_equal(world.set, 3);
	statics_tick(s);
	assert_int_equal(world.set, 4);
	/* A device with that name comes, which is none of Ethernet. */
	world.says = GATEWAY_DEVICE;
	assert_int_equal(put(s, STATICS_REPLACE, STATICS_FILE, "2.0.0.0/8", "10.0.2.2", "eth1"), 0);
	world.eth1 = 7;
	statics_links(s);
	assert_int_equal(world.set, 4);
	/* It becomes one, when the maps are full. */
	world.says = GATEWAY_GOOD;
	world.refuse = -ENOBUFS;
	statics_tick(s);
	assert_int_equal(world.set, 4);
	world.refuse = 0;
	statics_tick(s);
	assert_int_equal(world.set, 5);
	statics_tick(s);
	assert_int_equal(world.set, 5);
}

static void test_device_comes_and_goes(void **state)
{
	struct statics *s = *state;

	assert_int_equal(put(s, STATICS_REPLACE, STATICS_FILE, "1.0.0.0/8", "10.0.2.2", "eth1"), 0);
	assert_int_equal(world.set, 0);
	world.eth1 = 7;
	statics_links(s);
	assert_int_equal(world.set, 1);
	assert_int_equal(world.via.ifindex, 7);
	world.eth1 = 9; /* deleted and made anew */
	statics_links(s);
	assert_int_equal(world.via.ifindex, 9);
	assert_int_equal(world.gone, 1);
	world.eth1 = 0;
	statics_links(s);
	assert_int_equal(world.gone, 2);
	assert_int_equal(count(s), 1);
}

static void test_hops_are_resolved(void **state)
{
	struct statics *s = *state;
	struct statics_count now;

	put(s, STATICS_ADD, STATICS_COMMAND, "1.0.0.0/8", "10.0.2.2", "eth0");
	assert_int_equal(world.resolved, 1);
	world.state = NUD_INCOMPLETE;
	statics_tick(s);
	assert_int_equal(world.resolved, 2);
	statics_count(s, &now);
	assert_int_equal(now.unresolved, 1);
	world.state = NUD_REACHABLE;
	statics_tick(s);
	assert_int_equal(world.resolved, 2);
	statics_neigh_event(s, 5, AF_INET, "\x0a\0\2\2", NUD_STALE);
	assert_int_equal(world.resolved, 3);
	statics_neigh_event(s, 5, AF_INET, "\x0a\0\2\3", NUD_STALE);
	statics_neigh_event(s, 5, AF_INET, "\x0a\0\2\2", NUD_REACHABLE);
	assert_int_equal(world.resolved, 3);
}

static void test_neighbours(void **state)
{
	const struct entry_words words = {.object = "10.0.2.2", .dev = "eth0"};
	struct entry_neigh neigh = {.family = AF_INET,
				    .addr = {10, 0, 2, 2},
				    .lladdr = {2, 0, 0, 0, 0, 1},
				    .dev = "eth0"};
	struct statics *s = *state;
	struct entry_why why;

	assert_int_equal(statics_neigh(s, STATICS_ADD, STATICS_COMMAND, &neigh, &why), 0);
	assert_int_equal(statics_neigh(s, STATICS_ADD, STATICS_COMMAND, &neigh, &why), -EEXIST);
	assert_int_equal(world.installed, 1);
	world.state = NUD_FAILED; /* flushed with the device */
	statics_tick(s);
	assert_int_equal(world.installed, 2);
	assert_int_equal(statics_neigh_del(s, &words, &why), 0);
	assert_int_equal(world.removed, 1);
	world.state = NUD_PERMANENT; /* somebody else's */
	assert_int_equal(statics_neigh(s, STATICS_ADD, STATICS_COMMAND, &neigh, &why), -EEXIST);
	assert_int_equal(statics_neigh(s, STATICS_REPLACE, STATICS_COMMAND, &neigh, &why), 0);
	/* The device gets another name. */
	world.eth0 = 0;
	statics_links(s);
	assert_int_equal(world.removed, 2);
	world.eth0 = 6;
	statics_links(s);
	assert_int_equal(world.removed, 2);
	assert_int_equal(world.installed, 4);
}

static int neigh_of_file(struct statics *s, const char *mac)
{
	const struct entry_words words = {.object = "10.0.2.2", .dev = "eth0", .lladdr = mac};
	struct entry_neigh neigh;
	struct entry_why why;
	int err;

	assert_int_equal(entry_neigh_read(&words, &neigh, &why), 0);
	statics_file_begin(s);
	err = statics_neigh(s, STATICS_REPLACE, STATICS_FILE, &neigh, &why);
	statics_file_end(s);
	return err;
}

static unsigned int neighs(struct statics *s)
{
	struct statics_count now;

	statics_count(s, &now);
	return now.neighs;
}

static void test_neighbours_of_the_file(void **state)
{
	const struct entry_words words = {.object = "10.0.2.2", .dev = "eth0"};
	struct entry_neigh neigh = {.family = AF_INET,
				    .addr = {10, 0, 2, 2},
				    .lladdr = {2, 0, 0, 0, 0, 9},
				    .dev = "eth0"};
	struct statics_neigh_row row;
	struct statics *s = *state;
	struct entry_why why;
	__u32 cursor = 0;

	assert_int_equal(neigh_of_file(s, "2:0:0:0:0:1"), 0);
	assert_int_equal(statics_neigh(s, STATICS_REPLACE, STATICS_COMMAND, &neigh, &why), 0);
	assert_int_equal(neigh_of_file(s, "2:0:0:0:0:1"), 0);
	assert_int_equal(world.installed, 2); /* not the file's again */
	assert_true(statics_neigh_next(s, &cursor, &row));
	assert_int_equal(row.neigh.lladdr[5], 9);
	assert_int_equal(row.source, STATICS_COMMAND);
	assert_false(statics_neigh_next(s, &cursor, &row));
	assert_int_equal(statics_neigh_del(s, &words, &why), 0);
	assert_int_equal(statics_neigh_del(s, &words, &why), -ENOENT);
	assert_int_equal(neigh_of_file(s, "2:0:0:0:0:1"), 0);
	assert_int_equal(neighs(s), 0);
	assert_int_equal(neigh_of_file(s, "2:0:0:0:0:2"), 0); /* the line changes */
	assert_int_equal(neighs(s), 1);
	statics_file_begin(s);
	statics_file_end(s);
	assert_int_equal(neighs(s), 0);
	assert_int_equal(world.removed, 2);
}

static void test_neighbours_that_are_none(void **state)
{
	struct entry_neigh neigh = {.family = AF_INET,
				    .addr = {10, 0, 2, 80},
				    .lladdr = {2, 0, 0, 0, 0, 1},
				    .dev = "eth0"};
	struct statics *s = *state;
	struct entry_why why;

	for (enum gateway says = GATEWAY_DEVICE; says <= GATEWAY_MANY; says++) {
		world.says = says;
		assert_int_equal(statics_neigh(s, STATICS_ADD, STATICS_COMMAND, &neigh, &why),
				 -EINVAL);
		assert_non_null(strstr(why.text, gateway_text(says)));
	}
	strcpy(neigh.dev, "eth1"); /* which comes later, as one without Ethernet */
	assert_int_equal(statics_neigh(s, STATICS_REPLACE, STATICS_FILE, &neigh, &why), 0);
	assert_non_null(strstr(why.text, "no such device"));
	world.says = GATEWAY_DEVICE;
	world.eth1 = 7;
	statics_links(s);
	statics_tick(s);
	assert_int_equal(world.installed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_add_replace_del, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_file_is_read_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_commands_stay_until_the_line_changes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_flush_of_one_family, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hops_that_linux_refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_device_comes_and_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hops_are_resolved, setup, teardown),
		cmocka_unit_test_setup_teardown(test_neighbours, setup, teardown),
		cmocka_unit_test_setup_teardown(test_neighbours_of_the_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_neighbours_that_are_none, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
