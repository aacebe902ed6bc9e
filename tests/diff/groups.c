/* The list of all tables of named cases. */
#include "tests/diff/diff.h"

const struct test_group *const all_groups[] = {
	groups_l2,     groups_ip4,    groups_addr4,  groups_ip6,  groups_addr6,
	groups_route4, groups_route6, groups_mtu,    groups_ecmp, groups_sysctl,
	groups_filter, groups_tc,     groups_device, NULL,
};
