/*
 * Builds the router and its far ends, injects frames and collects what they cause.
 *
 * Order is what makes the collection exact: a sentinel follows the frame into its port and is seen
 * by a packet socket in the router behind it; then one leaves each port of the router and is seen
 * at the far end. Both ways are first in, first out.
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/diff/lab.h"

static const char sysctls[] =
	"w() { v=$1; shift; for f; do echo $v > /proc/sys/net/$f; done; }\n"
	"w 1 ipv4/ip_forward ipv6/conf/all/forwarding\n"
	"w 0 ipv4/icmp_ratelimit ipv4/icmp_ratemask ipv6/icmp/ratelimit\n"
	"w 1000000 ipv4/icmp_msgs_per_sec ipv4/icmp_msgs_burst\n"
	"for d in all default; do\n"
	"w 0 ipv4/conf/$d/rp_filter ipv4/conf/$d/log_martians ipv4/conf/$d/accept_redirects\n"
	"w 0 ipv6/conf/$d/accept_ra ipv6/conf/$d/accept_redirects ipv6/conf/$d/accept_dad\n"
	"w 1 ipv4/conf/$d/send_redirects; done\n"
	"w 0 ipv6/conf/default/router_solicitations ipv6/conf/default/dad_transmits"
	" ipv6/conf/default/router_solicitation_delay "
	"ipv6/conf/default/mldv1_unsolicited_report_interval"
	" ipv6/conf/default/mldv2_unsolicited_report_interval\n"
	"w 0 ipv6/conf/default/ndisc_notify\n";

/*
 * Before Linux 6.3 a veth does not show XDP the tag that its far end left beside the frame, so xhop
 * keeps off far ends that may do that.
 */
static const char no_hidden_tags[] =
	"case $(uname -r) in 6.[012].*) for i in 1 2 3 4; do\n"
	"ethtool -K h$i txvlan off tx-vlan-stag-hw-insert off; done;; esac\n";

struct frame_env lab_env(unsigned int port)
{
	static char text[LAB_PORTS + 1][4][40];
	unsigned int next = port % LAB_PORTS + 1;
	char(*t)[40] = text[port];
	struct frame_env env = {
		.dmac = {2, 0, 0, 0, 1, port},
		.smac = {2, 0, 0, 0, 2, port},
		.src4 = t[0],
		.dst4 = t[1],
		.src6 = t[2],
		.dst6 = t[3],
	};

	snprintf(t[0], 40, "10.0.%u.2", port);
	snprintf(t[1], 40, "10.0.%u.2", next);
	snprintf(t[2], 40, "2001:db8:%u::2", port);
	snprintf(t[3], 40, "2001:db8:%u::2", next);
	memcpy(env.mac['r' - 'a'], env.dmac, 6);
	memcpy(env.mac['h' - 'a'], env.smac, 6);
	memset(env.mac['b' - 'a'], 0xff, 6);
	memcpy(env.mac['m' - 'a'], "\x01\0\x5e\0\0\x01", 6);
	memcpy(env.mac['n' - 'a'], "\x33\x33\0\0\0\x01", 6);
	/* another port of the router, another host, no address, LLDP, STP */
	memcpy(env.mac['o' - 'a'], (unsigned char[]){2, 0, 0, 0, 1, next}, 6);
	memcpy(env.mac['x' - 'a'], "\x02\0\0\0\x77\x01", 6);
	memcpy(env.mac['l' - 'a'], "\x01\x80\xc2\0\0\x0e", 6);
	memcpy(env.mac['s' - 'a'], "\x01\x80\xc2\0\0\0", 6);
	return env;
}

/*
 * The commands that make the ports. Both ends must not have the same index: the kernel would take
 * the veth for a plain device and report its carrier a second late (linkwatch_urgent_event()). For
 * `ip -batch`.
 */
static void print_links(FILE *f, const struct lab *lab, unsigned int mtu)
{
	unsigned int i;

	fprintf(f, "link set lo up\naddr add 10.255.0.1/32 dev lo\n"
		   "addr add 2001:db8:ff::1/128 dev lo\n");
	for (i = 1; i <= LAB_PORTS; i++)
		fprintf(f,
			"link add p%u index %u address 02:00:00:00:01:%02x mtu %u type veth peer "
			"name h%u "
			"index %u address 02:00:00:00:02:%02x mtu %u netns %s\n",
			i, 10 + i, i, mtu, i, 20 + i, i, mtu, lab->hosts.name);
}

static void print_addresses(FILE *f)
{
	unsigned int i, host;

	for (i = 1; i <= LAB_PORTS; i++)
		fprintf(f,
			"addr add 10.0.%u.1/24 brd + dev p%u\naddr add 2001:db8:%u::1/64 dev p%u "
			"nodad\n"
			"link set p%u up\n",
			i, i, i, i, i);
	for (i = 1; i <= LAB_PORTS; i++) {
		for (host = 2; host <= 4; host++)
			fprintf(f,
				"neigh add 10.0.%u.%u lladdr 02:00:00:00:%02x:%02x dev p%u\n"
				"neigh add 2001:db8:%u::%u lladdr 02:00:00:00:%02x:%02x dev p%u\n"
				"neigh add fe80::%u lladdr 02:00:00:00:%02x:%02x dev p%u\n",
				i, host, host, i, i, i, host, host, i, i, host, host, i, i);
		fprintf(f, "route add 10.10%u.0.0/16 via 10.0.%u.2\n", i, i);
		fprintf(f, "route add 2001:db8:10%u::/48 via 2001:db8:%u::2\n", i, i);
	}
}

static char *build_script(const struct lab *lab, const struct lab_setup *s)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	unsigned int i;

	if (!f)
		return NULL;
	fprintf(f, "R=%s H=%s\n%sip -batch - <<'EOF'\n", lab->router.name, lab->hosts.name,
		sysctls);
	print_links(f, lab, s->mtu ? s->mtu : 1500);
	fputs("EOF\n", f);
	/* An answer for another host would wait for a random time. */
	for (i = 1; i <= LAB_PORTS; i++)
		fprintf(f, "w 0 ipv4/neigh/p%u/proxy_delay ipv6/neigh/p%u/proxy_delay\n", i, i);
	/* The far ends are wires: they send nothing of their own. */
	fprintf(f, "nsenter --net=/run/netns/$H sh -e <<'EOF'\n"
		   "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6\n"
		   "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6\n"
		   "ip -batch - <<'EOB'\n");
	for (i = 1; i <= LAB_PORTS; i++)
		fprintf(f, "link set h%u arp off up\n", i);
	fprintf(f, "EOB\n%sEOF\n", no_hidden_tags);
	if (s->before)
		fprintf(f, "%s\n", s->before);
	fputs("ip -batch - <<'EOF'\n", f);
	print_addresses(f);
	fputs("EOF\n", f);
	if (!s->no_gro) {
		fputs("nsenter --net=/run/netns/$H sh -e <<'EOF'\n", f);
		for (i = 1; i <= LAB_PORTS; i++)
			fprintf(f, "ethtool -K h%u gro on\n", i);
		fputs("EOF\n", f);
	}
	if (s->setup)
		fprintf(f, "%s\n", s->setup);
	fclose(f);
	return text;
}

int lab_sh(struct lab *lab, const char *script)
{
	unsigned int i;

	for (i = 1; i <= LAB_PORTS; i++)
		lab->deaf[i] = false;
	return netns_sh(&lab->router, "R=%s H=%s DIFF=/proc/%d/exe PORTS='p1 p2%s'\n%s",
			lab->router.name, lab->hosts.name, getpid(), lab->two_ports ? "" : " p3 p4",
			script);
}

static int open_sockets(struct lab *lab)
{
	unsigned int i;
	char name[8];

	for (i = 1; i <= LAB_PORTS; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		lab->tap[i] = netns_socket(&lab->router, name);
		name[0] = 'h';
		lab->host[i] = netns_socket(&lab->hosts, name);
		lab->offload[i] = netns_socket(&lab->hosts, name);
		if (lab->tap[i] < 0 || lab->host[i] < 0 || lab->offload[i] < 0)
			return -EIO;
		if (wire_offload(lab->offload[i]))
			return -EIO;
	}
	return 0;
}

/* The link-local addresses come up a while after the links, and until then answers differ. */
static void wait_addresses(const struct lab *lab)
{
	unsigned int tries, scope, flags, ready = 0;
	char line[128];
	FILE *f;

	for (tries = 0; tries < 200 && ready < LAB_PORTS; tries++, usleep(5000)) {
		if (netns_enter(&lab->router))
			return;
		f = fopen("/proc/self/net/if_inet6", "r");
		for (ready = 0; f && fgets(line, sizeof(line), f);)
			ready += sscanf(line, "%*s %*x %*x %x %x p", &scope, &flags) == 2 &&
				 scope == 0x20 && !(flags & IFA_F_TENTATIVE);
		if (f)
			fclose(f);
		netns_leave();
	}
}

/* A fresh link says so for a while (MLD, gratuitous ND): let that pass before anything is measured.
 */
static void drain(struct lab *lab)
{
	struct outcome out;
	struct frame f;

	if (!frame_build(&f, NULL, "eth type=0x88b7 data n=46"))
		lab_send(lab, 1, &f, &out);
	outcome_free(&out);
}

/* A command of the switch, in the background. Its process, or -errno. */
static int lab_spawn(struct lab *lab, const char *command)
{
	return netns_spawn(&lab->router, "R=%s H=%s PORTS='p1 p2%s'\n%s", lab->router.name,
			   lab->hosts.name, lab->two_ports ? "" : " p3 p4", command);
}

static int lab_switch_on(struct lab *lab, const struct lab_switch *on)
{
	int err;

	if (on->stays) {
		lab->stays = lab_spawn(lab, on->stays);
		if (lab->stays < 0)
			return lab->stays;
	}
	err = lab_sh(lab, on->on);
	if (!err && on->churn) {
		lab->churn = lab_spawn(lab, on->churn);
		if (lab->churn < 0)
			return lab->churn;
	}
	return err;
}

int lab_open(struct lab *lab, const char *name, const struct lab_setup *setup,
	     const struct lab_switch *on)
{
	char text[24], *script;
	unsigned int i;
	int err;

	memset(lab, 0, sizeof(*lab));
	for (i = 0; i <= LAB_PORTS; i++)
		lab->tap[i] = lab->host[i] = lab->offload[i] = -1;
	lab->off = on ? on->off : NULL;
	lab->two_ports = setup->two_ports;
	snprintf(text, sizeof(text), "%sr", name);
	err = netns_add(&lab->router, text);
	snprintf(text, sizeof(text), "%sh", name);
	if (!err)
		err = netns_add(&lab->hosts, text);
	script = err ? NULL : build_script(lab, setup);
	if (script) {
		err = netns_sh(&lab->router, "%s", script);
		free(script);
	}
	if (!err)
		wait_addresses(lab);
	if (!err)
		err = open_sockets(lab);
	if (!err && on)
		err = lab_switch_on(lab, on);
	if (err)
		lab_close(lab);
	else
		drain(lab);
	return err;
}

void lab_close(struct lab *lab)
{
	unsigned int i;

	netns_stop(lab->churn);
	netns_stop(lab->stays);
	lab->stays = lab->churn = 0;
	if (lab->off)
		lab_sh(lab, lab->off);
	lab->off = NULL;
	for (i = 0; i <= LAB_PORTS; i++) {
		if (lab->tap[i] >= 0)
			close(lab->tap[i]);
		if (lab->host[i] >= 0)
			close(lab->host[i]);
		if (lab->offload[i] >= 0)
			close(lab->offload[i]);
		lab->tap[i] = lab->host[i] = lab->offload[i] = -1;
	}
	netns_del(&lab->hosts);
	netns_del(&lab->router);
}
