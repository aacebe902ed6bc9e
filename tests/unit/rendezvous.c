// SPDX-License-Identifier: GPL-2.0
/* Slots of a group: shares by weight, and who loses slots when a hop goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "user/rendezvous.h"

#define HOPS 16

static void hops_make(struct rendezvous_hop *hops, unsigned int count, unsigned int set)
{
	for (unsigned int i = 0; i < count; i++)
		hops[i] = (struct rendezvous_hop){.identity = 0x9e3779b97f4a7c15ull *
							      (set * 100 + i + 1),
						  .weight = 1,
						  .value = i + 1};
}

static unsigned int share(const struct xhop_group *group, __u16 value)
{
	unsigned int n = 0;

	for (int s = 0; s < XHOP_GROUP_SLOTS; s++)
		n += group->member[s] == value;
	return n;
}

static void test_equal_weights_share_evenly(void **state)
{
	struct rendezvous_hop hops[2];
	struct xhop_group group;
	unsigned int sum = 0;

	(void)state;
	for (unsigned int set = 0; set < 200; set++) {
		unsigned int one;

		hops_make(hops, 2, set);
		rendezvous_fill(hops, 2, &group);
		one = share(&group, 1);
		assert_int_equal(one + share(&group, 2), XHOP_GROUP_SLOTS);
		assert_in_range(one, 128 - 20, 128 + 20); /* 8 %, four times the spread */
		sum += one;
	}
	assert_in_range(sum / 200, 126, 130);
}

static void test_weights_are_honoured(void **state)
{
	unsigned int sums[3] = {};
	struct rendezvous_hop hops[3];
	struct xhop_group group;

	(void)state;
	for (unsigned int set = 0; set < 200; set++) {
		hops_make(hops, 3, set);
		hops[1].weight = 2;
		hops[2].weight = 5;
		rendezvous_fill(hops, 3, &group);
		for (int i = 0; i < 3; i++)
			sums[i] += share(&group, i + 1);
	}
	assert_in_range(sums[0] / 200, 30, 34);	  /* 1/8 of 256 */
	assert_in_range(sums[1] / 200, 61, 67);	  /* 2/8 */
	assert_in_range(sums[2] / 200, 157, 163); /* 5/8 */
}

static void test_only_the_removed_hops_slots_move(void **state)
{
	struct rendezvous_hop hops[HOPS], fewer[HOPS];
	struct xhop_group before, after;

	(void)state;
	for (unsigned int set = 0; set < 50; set++) {
		unsigned int gone = set % HOPS, n = 0;

		hops_make(hops, HOPS, set);
		hops[3].weight = 7;
		rendezvous_fill(hops, HOPS, &before);
		for (unsigned int i = 0; i < HOPS; i++) {
			if (i != gone)
				fewer[n++] = hops[i];
		}
		rendezvous_fill(fewer, n, &after);
		for (int s = 0; s < XHOP_GROUP_SLOTS; s++) {
			if (before.member[s] != hops[gone].value)
				assert_int_equal(before.member[s], after.member[s]);
			assert_int_not_equal(after.member[s], hops[gone].value);
		}
	}
}

static void test_order_does_not_matter(void **state)
{
	struct rendezvous_hop hops[HOPS], back[HOPS];
	struct xhop_group one, two;

	(void)state;
	hops_make(hops, HOPS, 7);
	for (unsigned int i = 0; i < HOPS; i++)
		back[i] = hops[HOPS - 1 - i];
	rendezvous_fill(hops, HOPS, &one);
	rendezvous_fill(back, HOPS, &two);
	assert_memory_equal(&one, &two, sizeof(one));
	rendezvous_fill(hops, 1, &one);
	assert_int_equal(share(&one, 1), XHOP_GROUP_SLOTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_weights_share_evenly),
		cmocka_unit_test(test_weights_are_honoured),
		cmocka_unit_test(test_only_the_removed_hops_slots_move),
		cmocka_unit_test(test_order_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
