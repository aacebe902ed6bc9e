/* The list of all tables of named cases. */
#include "tests/diff/diff.h"

const struct test_group *const all_groups[] = {
	groups_l2,
	NULL,
};
