// SPDX-License-Identifier: GPL-2.0
/*
 * user/mirror.h against the kernel: after loads, changes and losses, the maps say for each
 * address what the kernel says, or ask.
 * mirror [ROUTES [CHANGES [SEED]]], or for figures mirror --table FILE [ADDRESSES]: a file of
 * prefixes, a line each, and how many addresses to compare at.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/mirror/cases.h"
#include "tests/mirror/lab.h"
#include "tests/lib/tap.h"

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
	case_load(routes);
	case_rules();
	case_cached();
	case_untold();
	case_changes(changes);
	case_lost();
	case_congested();
	case_start();
	lab_end();
	return tap_done();
}
