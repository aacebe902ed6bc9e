// SPDX-License-Identifier: GPL-2.0
/*
 * user/mirror.h against the kernel: after loads, changes and losses, the maps say for each
 * address what the kernel says, or ask.
 * mirror [ROUTES [CHANGES [SEED]]], or mirror --only PATTERN: the small cases of that name (a shell
 * pattern), or for figures mirror --table FILE [ADDRESSES]: a file of prefixes, a line each, and
 * how many addresses to compare at.
 */
#include <arpa/inet.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/mirror/cases.h"
#include "tests/mirror/lab.h"
#include "tests/lib/tap.h"

/* They want a mirror, but not its routes. */
static const struct {
	const char *name;
	void (*run)(void);
} small[] = {
	{"rules", case_rules},
	{"cached", case_cached},
	{"untold", case_untold},
	{"link down", case_link_down},
	{"nexthop gone", case_nexthop_gone},
	{"carrier", case_carrier},
	{"sources", case_sources},
	{"expires", case_expires},
	{"filling", case_filling},
};

static bool run_small(const char *only)
{
	bool any = false;

	for (unsigned int i = 0; i < sizeof(small) / sizeof(*small); i++) {
		if (fnmatch(only, small[i].name, 0))
			continue;
		small[i].run();
		any = true;
	}
	return any;
}

int main(int argc, char **argv)
{
	unsigned int routes = argc > 1 ? atoi(argv[1]) : 20000;
	unsigned int changes = argc > 2 ? atoi(argv[2]) : 300;

	srandom(argc > 3 ? atoi(argv[3]) : 1);
	lab_init();
	if (argc > 2 && !strcmp(argv[1], "--table")) {
		case_table(argv[2], argc > 3 ? atoi(argv[3]) : 200000);
		lab_end();
		return tap_done();
	}
	if (argc > 2 && !strcmp(argv[1], "--only")) {
		if (lab_mirror(0) || !lab_settle(5000) || !run_small(argv[2]))
			tap_bail("no mirror, or no case %s", argv[2]);
		lab_end();
		return tap_done();
	}
	case_load(routes);
	run_small("*");
	case_changes(changes);
	case_lost();
	case_congested();
	case_start();
	lab_end();
	return tap_done();
}
