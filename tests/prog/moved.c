/*
 * A program that meets another device than its own: another port, the same number in another
 * namespace, its own device moved away. And next hops that the kernel may have learnt from ICMP
 * redirects, which takes a real ICMP error to the router.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prog/prog.h"

static const struct expect moved = {.reason = XHOP_MOVED};

static void other_port(void)
{
	int own = router.prog[2];
	char *why;

	router.prog[2] = router.prog[1];
	why = run_text(2, "ip4 dst=10.0.3.2 udp", &moved);
	router.prog[2] = own;
	result(why, "moved: the program of another port");
}

static void other_namespace(void)
{
	struct netns other = {};
	char *why = NULL;

	if (netns_add(&other, "m") ||
	    netns_sh(&other,
		     "ip link add q1 index %u address 02:00:00:00:01:01 type veth peer name q2; "
		     "ip link set q1 up",
		     router.ifindex[1])) {
		tap_diag("%s", netns_output());
		why = strdup("the other namespace cannot be made");
	}
	if (!why && !netns_enter(&other)) {
		why = run_text(1, "ip4 udp", &moved);
		netns_enter(&router.ns);
	}
	result(why, "moved: a device of the same number in another namespace");
	netns_del(&other);
}

static void own_device(void)
{
	struct netns other = {};
	char *why = NULL;

	if (netns_add(&other, "m") || netns_sh(&router.ns, "ip link set w1 netns %s", other.name))
		why = strdup(netns_output());
	if (!why && !netns_enter(&other)) {
		why = run_text(PORT_PAIR, "ip6 udp", &moved);
		netns_enter(&router.ns);
		if ((netns_sh(&other, "ip link set w1 netns %s", router.ns.name) ||
		     router_sh("ip link set w1 up; await running w1")) &&
		    !why)
			why = strdup(netns_output());
	}
	result(why, "moved: the device itself in another namespace");
	netns_del(&other);
}

static void run_moved(void)
{
	other_port();
	other_namespace();
	own_device();
}

struct learn {
	const char *name, *error, *known, *on, *off, *frame;
};

static const struct learn learns[] = {
	{.name = "IPv4",
	 .error = "ip4 src=10.0.2.2 dst=10.0.2.1 icmp type=3 code=4 rest=1300 "
		  "ip4 src=10.0.2.1 dst=10.60.0.5 df=1 icmp type=0 data n=8",
	 .known = "mtu() { ip route get 10.60.0.5 | grep -q 'mtu 1300'; }; await mtu",
	 .on = "w 1 ipv4/conf/p2/accept_redirects",
	 .off = "w 0 ipv4/conf/p2/accept_redirects",
	 .frame = "ip4 dst=10.60.0.5 udp"},
	{.name = "IPv6",
	 .error = "ip6 src=2001:db8:2::2 dst=2001:db8:2::1 icmp6 type=2 rest=1300 "
		  "ip6 src=2001:db8:2::1 dst=2001:db8:60::5 icmp6 data n=8",
	 .known = "mtu() { ip route get 2001:db8:60::5 | grep -q 'mtu 1300'; }; await mtu",
	 .on = "w 0 ipv6/conf/p2/forwarding; w 1 ipv6/conf/p2/accept_redirects",
	 .off = "w 1 ipv6/conf/p2/forwarding; w 0 ipv6/conf/p2/accept_redirects",
	 .frame = "ip6 dst=2001:db8:60::5 udp"},
};

static void run_learned(void)
{
	const struct expect forwarded = {.reason = XHOP_FORWARDED},
			    learned = {.reason = XHOP_LEARNED};

	for (unsigned int i = 0; i < sizeof(learns) / sizeof(learns[0]); i++) {
		const struct learn *l = &learns[i];
		char *why = run_text(1, l->frame, &forwarded);

		if (!why)
			why = host_send(2, l->error);
		if (!why && router_sh(l->known))
			why = strdup("the kernel did not learn the MTU");
		if (!why)
			why = run_text(1, l->frame, &forwarded);
		if (!why && router_sh(l->on))
			why = strdup(netns_output());
		if (!why)
			why = run_text(1, l->frame, &learned);
		router_sh(l->off);
		if (!why)
			why = run_text(1, l->frame, &forwarded);
		result(why, "learned: %s, while redirects are accepted", l->name);
	}
}

const struct test_group groups_moved[] = {
	GROUP_RUN("moved", run_moved),
	GROUP_RUN("learned", run_learned,
		  .setup = "batch <<'EOF'\nroute add 10.60.0.0/24 via 10.0.2.2\n"
			   "route add 2001:db8:60::/64 via 2001:db8:2::2\nEOF\n",
		  .undo = "clean"),
	GROUPS_END,
};
