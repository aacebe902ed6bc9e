/*
 * Builds the router and attaches the xhop that ships ($XHOP, default build/xhop), then opens what
 * runs on the ports by its ids. Everything is silent: no frame but the tests' own moves a counter.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/prog/prog.h"

struct router router;

static const char prelude[] =
	"w() { v=$1; shift; for f; do echo $v > /proc/sys/net/$f; done; }\n"
	"host() { nsenter --net=/run/netns/$H \"$@\"; }\n"
	"await() { n=0; until \"$@\" >/dev/null 2>&1; do n=$((n+1)); [ $n -lt 200 ]; sleep .05; "
	"done; }\n"
	"batch() { sed '/^route add/s/$/ proto 99/' | ip \"$@\" -batch -; }\n"
	"clean() { for f in -4 -6; do ip $f route flush table all proto 99 2>/dev/null || true; "
	"done\n"
	"ip nexthop flush >/dev/null 2>&1 || true; }\n"
	"running() { ip link show dev $1 | grep -q 'LOWER_UP.* state UP'; }\n"
	"neighbours() { for n in 2 3 4; do for a in 10.0.$1.$n 2001:db8:$1::$n fe80::$n; do\n"
	"echo neigh replace $a lladdr 02:00:00:00:0$n:0$1 dev p$1 nud permanent; done; done; }\n"
	"linkdown() { ip link show dev $1 | grep -q 'NO-CARRIER.* state "
	"LOWERLAYERDOWN\\|NO-CARRIER.* state DOWN'; }\n"
	"restore() { { echo link set p$1 up\n"
	"echo addr replace 10.0.$1.1/24 brd + dev p$1\n"
	"echo addr replace 2001:db8:$1::1/64 dev p$1 nodad\n"
	"neighbours $1\n"
	"echo route replace 10.10$1.0.0/16 via 10.0.$1.2\n"
	"echo route replace 2001:db8:10$1::/48 via 2001:db8:$1::2; } | ip -batch -; }\n";

static const char sysctls[] =
	"w 1 ipv4/ip_forward ipv6/conf/all/forwarding\n"
	"for d in all default; do\n"
	"w 0 ipv4/conf/$d/rp_filter ipv4/conf/$d/accept_redirects ipv4/conf/$d/log_martians\n"
	"w 0 ipv6/conf/$d/accept_ra ipv6/conf/$d/accept_redirects ipv6/conf/$d/accept_dad\n"
	"w 1 ipv4/conf/$d/send_redirects ipv6/conf/$d/keep_addr_on_down; done\n"
	"w 0 ipv6/conf/default/router_solicitations ipv6/conf/default/dad_transmits\n";

/* The hosts' ends, up and with GRO on afterwards: only then are the ports redirect targets. */
static const char links[] =
	"ip link set lo up\n"
	"host sh -ec 'w() { v=$1; shift; for f; do echo $v > /proc/sys/net/$f; done; }\n"
	"w 1 ipv6/conf/all/disable_ipv6 ipv6/conf/default/disable_ipv6'\n"
	"for i in 1 2 3 4 5; do ip link add p$i index 1$i address 02:00:00:00:01:0$i type veth "
	"peer "
	"name h$i index 2$i address 02:00:00:00:02:0$i netns $H\n"
	"host ip link set h$i arp off up; restore $i\n"
	"host ethtool -K h$i gro on txvlan off tx-vlan-stag-hw-insert off; done\n"
	"ip link add w1 index 16 address 02:00:00:00:01:06 type veth peer name w2 index 26\n"
	"w 1 ipv6/conf/w1/disable_ipv6 ipv6/conf/w2/disable_ipv6\n"
	"ip link set w1 arp off up; ip link set w2 arp off up\n"
	"ethtool -K w2 gro on txvlan off tx-vlan-stag-hw-insert off\n";

int router_sh(const char *script)
{
	return netns_sh(&router.ns, "H=%s\n%s%s", router.hosts.name, prelude, script);
}

struct frame_env router_env(unsigned int port)
{
	static char src4[16], src6[32];
	struct frame_env env = {
		.dmac = {2, 0, 0, 0, 1, port},
		.smac = {2, 0, 0, 0, 2, port},
		.src4 = src4,
		.dst4 = "10.0.2.2",
		.src6 = src6,
		.dst6 = "2001:db8:2::2",
	};

	snprintf(src4, sizeof(src4), "10.0.%u.2", port);
	snprintf(src6, sizeof(src6), "2001:db8:%u::2", port);
	memset(env.mac['b' - 'a'], 0xff, 6);
	memcpy(env.mac['m' - 'a'], "\x01\0\x5e\0\0\x01", 6);
	memcpy(env.mac['n' - 'a'], "\x33\x33\0\0\0\x01", 6);
	memcpy(env.mac['o' - 'a'], (unsigned char[]){2, 0, 0, 0, 1, port % PORTS + 1}, 6);
	return env;
}

struct xhop_hop_key router_hop(unsigned int out, const char *via)
{
	struct xhop_hop_key key = {.ifindex = router.ifindex[out]};

	key.family = strchr(via, ':') ? AF_INET6 : AF_INET;
	inet_pton(key.family, via, key.addr);
	key.lladdr[0] = 2;
	key.lladdr[4] = key.addr[key.family == AF_INET6 ? 15 : 3];
	key.lladdr[5] = out;
	return key;
}

int router_control(unsigned int port, struct xhop_port_control control)
{
	const struct port *p = set_port(&router.set, router.ifindex[port]);

	return bpf_map_update_elem(router.set.maps[SET_PORT_CONTROLS], &p->config.slot, &control,
				   BPF_ANY)
		       ? -errno
		       : 0;
}

/* Loading takes its time on a slow machine: no limit but that of the whole run. */
static int xhop(const char *arguments)
{
	const char *path = getenv("XHOP");
	char command[512];

	snprintf(command, sizeof(command), "exec %s -n %s %s >&2", path ? path : "build/xhop",
		 router.ns.name, arguments);
	return system(command) ? -EIO : 0;
}

#define READY                                                                              \
	"for i in $(seq 100); do [ \"$(%s -n %s -j show 2>/dev/null | jq -r .daemon)\" = " \
	"following ] && exit 0; sleep .1; done; exit 1"
#define READY_TURNS 30 /* a slow machine loads for minutes, a script may take one */

static int daemon_start(void)
{
	const char *path = getenv("XHOP");
	struct kernel kernel;
	int err;

	if (!path)
		path = "build/xhop";
	router.daemon = netns_spawn(&router.ns, "exec %s run p1 p2 p3 w1", path);
	if (router.daemon < 0)
		return router.daemon;
	err = -EAGAIN;
	for (int turn = 0; turn < READY_TURNS && err; turn++)
		err = netns_sh(NULL, READY, path, router.ns.name);
	if (!err)
		err = kernel_probe(&kernel);
	if (err)
		return err;
	router.generation = generation_open(&kernel);
	return router.generation ? 0 : -errno;
}

void router_follow(void)
{
	struct xhop_route_control control;
	struct xhop_generation_now now;
	__u32 zero = 0;

	for (int tries = 0; tries < 500; tries++, usleep(2000)) {
		if (generation_read(router.generation, &now) ||
		    bpf_map_lookup_elem(router.set.route_maps[ROUTE_MAP_CONTROL], &zero, &control))
			return;
		if (!memcmp(&now.generation, &control.generation, sizeof(now.generation)))
			return;
	}
}

static int programs_open(void)
{
	char name[IFNAMSIZ];
	struct links all;
	int err = links_get(&all);

	if (err)
		return err;
	err = set_find(&router.set, &all);
	for (unsigned int i = 1; i <= PORT_PAIR && !err; i++) {
		const struct link *link;

		snprintf(name, sizeof(name), i == PORT_PAIR ? "w1" : "p%u", i);
		link = link_by_name(&all, name);
		if (!link) {
			err = -ENODEV;
			break;
		}
		router.ifindex[i] = link->ifindex;
		/* Behind libxdp's dispatcher it is the dispatcher that can be run. */
		if (set_port(&router.set, link->ifindex))
			router.prog[i] = bpf_prog_get_fd_by_id(link->xdp_prog);
		if ((router.prog[i] < 0) != (i == 4))
			err = -ENOENT;
	}
	links_free(&all);
	if (!err)
		router.hidden = set_port(&router.set, router.ifindex[1])->config.flags &
				XHOP_PORT_HIDDEN_SUM;
	return err;
}

static int fail(const char *what, int err)
{
	tap_diag("%s: %s\n%s", what, strerror(-err), netns_output());
	return err;
}

int router_open(void)
{
	int err = netns_init("xp");

	memset(router.prog, -1, sizeof(router.prog));
	if (!err)
		err = netns_add(&router.ns, "r");
	if (!err)
		err = netns_add(&router.hosts, "h");
	if (err)
		return fail("namespaces", err);
	err = router_sh(sysctls);
	if (!err)
		err = router_sh(links);
	if (err)
		return fail("links", err);
	err = router.maps ? daemon_start() : xhop("attach p1 p2 p3 w1");
	if (!err)
		err = xhop("attach p5 xdp generic");
	if (!err)
		err = netns_enter(&router.ns);
	if (!err)
		err = programs_open();
	return err ? fail("attach", err) : 0;
}

void router_close(void)
{
	for (unsigned int i = 1; i <= PORT_PAIR; i++)
		if (router.prog[i] >= 0)
			close(router.prog[i]);
	set_close(&router.set);
	generation_close(router.generation);
	netns_leave();
	netns_stop(router.daemon);
	if (router.ns.name[0])
		xhop("detach all");
	netns_del(&router.ns);
	netns_del(&router.hosts);
}
