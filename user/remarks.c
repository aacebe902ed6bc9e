// SPDX-License-Identifier: GPL-2.0
/* Preflight: see remarks.h. The sysctls and the devices; netlink's parts are in look_*.c. */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "user/log.h"
#include "user/remarks.h"

struct remark *remark_add(struct remarks *remarks, const char *dev, const char *reason,
			  const char *fmt, ...)
{
	static struct remark lost; /* out of memory: written to, never shown */
	struct remark *grown = realloc(remarks->list, (remarks->count + 1) * sizeof(*grown));
	struct remark *remark = &lost;
	va_list args;

	if (grown) {
		remarks->list = grown;
		remark = &grown[remarks->count++];
	}
	*remark = (struct remark){};
	snprintf(remark->dev, sizeof(remark->dev), "%s", dev ? dev : "");
	snprintf(remark->reason, sizeof(remark->reason), "%s", reason);
	va_start(args, fmt);
	vsnprintf(remark->text, sizeof(remark->text), fmt, args);
	va_end(args);
	return remark;
}

/* The sysctl's value; `missing` if there is none of that name. */
static int sysctl_get(int family, const char *dev, const char *name, int missing)
{
	char path[256];
	int value = missing;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv%d/conf/%s/%s", family, dev, name);
	file = fopen(path, "re");
	if (!file)
		return missing;
	if (fscanf(file, "%d", &value) != 1)
		value = missing;
	fclose(file);
	return value;
}

static bool device_strips_vlan(const char *dev)
{
	struct ethtool_value value = {.cmd = ETHTOOL_GFLAGS};
	struct ifreq request = {.ifr_data = (char *)&value};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool strips;

	if (fd < 0)
		return false;
	memcpy(request.ifr_name, dev, sizeof(request.ifr_name));
	strips = !ioctl(fd, SIOCETHTOOL, &request) && value.data & ETH_FLAG_RXVLAN;
	close(fd);
	return strips;
}

/* A sysctl that keeps something from being accelerated, and its value that would not. */
static void remark_sysctl(struct remarks *remarks, const char *dev, int family, const char *conf,
			  const char *name, int good, enum remark_closes closes)
{
	struct remark *remark =
		remark_add(remarks, dev, !strcmp(name, "forwarding") ? "forwarding" : "proxy-ndp",
			   "sysctl net/ipv%d/conf/%s/%s is %d", family, conf, name, !good);

	snprintf(remark->fix, sizeof(remark->fix), "sysctl -w net/ipv%d/conf/%s/%s=%d", family,
		 conf, name, good);
	remark->closes = closes;
}

static void look_forwarding(const struct set *set, struct remarks *remarks)
{
	int off = 0;

	for (int i = 0; i < set->count; i++)
		off += !sysctl_get(4, set->ports[i].name, "forwarding", 1);
	if (off == set->count)
		remark_sysctl(remarks, NULL, 4, "all", "forwarding", 1, CLOSES_IP4);
	for (int i = 0; i < set->count && off < set->count; i++) {
		const char *dev = set->ports[i].name;

		if (!sysctl_get(4, dev, "forwarding", 1))
			remark_sysctl(remarks, dev, 4, dev, "forwarding", 1, CLOSES_DEV);
	}
	if (!sysctl_get(6, "all", "forwarding", 1))
		remark_sysctl(remarks, NULL, 6, "all", "forwarding", 1, CLOSES_IP6);
	if (sysctl_get(6, "all", "proxy_ndp", 0) == 1)
		remark_sysctl(remarks, NULL, 6, "all", "proxy_ndp", 0, CLOSES_IP6);
}

/* VLAN tags taken out of the frame before XDP sees it: see gate_hidden_vlan() in bpf/. */
static void look_hidden_vlan(const struct port *port, const struct link *link,
			     struct remarks *remarks)
{
	struct remark *remark;

	if (port->config.flags & XHOP_PORT_VETH_PEER) {
		remark = remark_add(
			remarks, link->name, "rx-vlan",
			"while its peer offloads VLAN tags, which XDP cannot see here, its "
			"packets are left to Linux");
		snprintf(
			remark->fix, sizeof(remark->fix),
			"where the peer is: ethtool -K PEER txvlan off tx-vlan-stag-hw-insert off");
	} else if (device_strips_vlan(link->name)) {
		remark = remark_add(
			remarks, link->name, "rx-vlan",
			"it takes VLAN tags out of frames (offload): its packets are left "
			"to Linux");
		snprintf(remark->fix, sizeof(remark->fix), "ethtool -K %s rxvlan off", link->name);
		remark->closes = CLOSES_DEV;
	}
}

static void look_port(const struct port *port, const struct links *links, struct remarks *remarks)
{
	const struct link *link = link_by_index(links, port->config.ifindex);
	const struct link *master = link ? link_by_index(links, link->master) : NULL;
	struct remark *remark;

	if (!link)
		return;
	if (!(link->flags & IFF_UP)) {
		remark = remark_add(remarks, link->name, "egress-down", "the device is down");
		snprintf(remark->fix, sizeof(remark->fix), "ip link set %s up", link->name);
	} else if (!link->carrier) {
		remark_add(remarks, link->name, "egress-down", "no carrier");
	}
	if (master) {
		remark = remark_add(remarks, link->name,
				    !strcmp(master->kind, "vrf") ? "vrf" : "rx-handler",
				    "belongs to the %s %s: its packets are left to Linux",
				    *master->kind ? master->kind : "device", master->name);
		snprintf(remark->fix, sizeof(remark->fix), "ip link set %s nomaster", link->name);
		remark->closes = CLOSES_DEV;
	}
	if (port->config.generic)
		remark_add(remarks, link->name, "forwarded",
			   "generic mode: forwards, but slower than in the driver");
	if (port->config.flags & XHOP_PORT_HIDDEN_VLAN)
		look_hidden_vlan(port, link, remarks);
	if (port->config.flags & XHOP_PORT_HIDDEN_SUM)
		remark_add(
			remarks, link->name, "skb-checksum",
			"cannot show open checksums (offload at the sender): what looks like one "
			"is left to Linux");
}

void remarks_collect(const struct set *set, const struct links *links, struct remarks *remarks)
{
	*remarks = (struct remarks){};
	if (!set->count)
		return;
	look_netfilter(set, remarks);
	look_xfrm(remarks);
	look_forwarding(set, remarks);
	look_qdiscs(set, remarks);
	look_xdp_features(set, links, remarks);
	for (int i = 0; i < set->count; i++)
		look_port(&set->ports[i], links, remarks);
}

void remarks_free(struct remarks *remarks)
{
	free(remarks->list);
	*remarks = (struct remarks){};
}

const char *remarks_gate(const struct remarks *remarks)
{
	bool closed[CLOSES_DEV + 1] = {};

	for (int i = 0; i < remarks->count; i++)
		closed[remarks->list[i].closes] = true;
	if (closed[CLOSES_ALL] || (closed[CLOSES_IP4] && closed[CLOSES_IP6]))
		return "closed";
	return closed[CLOSES_IP4] || closed[CLOSES_IP6] || closed[CLOSES_DEV] ? "partly closed"
									      : "open";
}

const char *remark_scope(const struct remark *remark, char *buf, int size)
{
	switch (remark->closes) {
	case CLOSES_IP4:
		return "IPv4: ";
	case CLOSES_IP6:
		return "IPv6: ";
	default:
		if (!*remark->dev)
			return "";
		snprintf(buf, size, "%s: ", remark->dev);
		return buf;
	}
}

void remarks_print(const struct set *set)
{
	char scope[IFNAMSIZ + 2];
	struct links links;
	struct remarks remarks;

	if (links_get(&links))
		return;
	remarks_collect(set, &links, &remarks);
	for (int i = 0; i < remarks.count; i++) {
		const struct remark *r = &remarks.list[i];

		log_note("%s%s%s%s%s%s", r->closes ? "not accelerated: " : "",
			 remark_scope(r, scope, sizeof(scope)), r->text, *r->fix ? " (" : "",
			 r->fix, *r->fix ? ")" : "");
	}
	remarks_free(&remarks);
	links_free(&links);
}
