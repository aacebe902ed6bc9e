/*
 * Tests of the shipped program with BPF_PROG_RUN. Usage: prog [PATTERN], a shell pattern for
 * "group: case". Needs root. $XHOP: the xhop to attach (build/xhop).
 */
#include <stdio.h>

#include "tests/prog/prog.h"
#include "user/log.h"

/* Those whose settings outlive them (custom rules, iptables) come last. */
static const struct test_group *const groups[] = {
	groups_l2,     groups_ip4,    groups_ip6,  groups_l4,	  groups_addr,
	groups_sweep,  groups_route,  groups_mtu,  groups_frags,  groups_multipath,
	groups_source, groups_sysctl, groups_gate, groups_egress, groups_moved,
	groups_live,   groups_insns,  groups_hops, groups_neigh,  groups_last,
};

int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL;

	log_init();
	if (router_open()) {
		router_close();
		tap_bail("the router cannot be built");
		return 1;
	}
	for (unsigned int i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		groups_run(groups[i], only);
	if (!only)
		coverage_run();
	router_close();
	return tap_done();
}
