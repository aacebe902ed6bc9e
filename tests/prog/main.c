/*
 * Tests of the shipped program with BPF_PROG_RUN. Usage: prog [--maps] [PATTERN], a shell pattern
 * for "group: case". --maps: with the daemon, so that its maps answer. Needs root. $XHOP: the xhop
 * to attach (build/xhop).
 */
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "tests/prog/prog.h"
#include "user/log.h"

/* Those whose settings outlive them (custom rules, iptables) come last. */
static const struct test_group *const groups[] = {
	groups_l2,    groups_ip4,    groups_ip6,   groups_l4,	     groups_addr,   groups_sweep,
	groups_route, groups_mtu,    groups_frags, groups_multipath, groups_source, groups_sysctl,
	groups_gate,  groups_egress, groups_moved, groups_live,	     groups_insns,  groups_hops,
	groups_neigh, groups_steps,  groups_last,
};

int main(int argc, char **argv)
{
	const char *only;
	cpu_set_t cpu;

	router.maps = argc > 1 && !strcmp(argv[1], "--maps");
	argv += router.maps;
	argc -= router.maps;
	only = argc > 1 ? argv[1] : NULL;
	/* What is learnt is learnt by each CPU. */
	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	if (router.maps && sched_setaffinity(0, sizeof(cpu), &cpu))
		perror("sched_setaffinity");
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
	if (router.maps && !only)
		tap_result(router.by_maps > 300, "the maps answered %llu frames",
			   (unsigned long long)router.by_maps);
	router_close();
	return tap_done();
}
