// SPDX-License-Identifier: GPL-2.0
/* What the ports' devices cannot do or carry: qdiscs, XDP transmit (remarks.h). */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include "user/nl.h"
#include "user/remarks.h"

struct qdisc_look {
	const struct set *set;
	struct remarks *remarks;
};

static void qdisc_remark(struct qdisc_look *look, const struct tcmsg *tc, const char *kind)
{
	const struct port *port = set_port(look->set, tc->tcm_ifindex);
	struct remark *remark;

	if (!port)
		return;
	if (tc->tcm_parent == TC_H_INGRESS) { /* clsact stands there too */
		remark = remark_add(look->remarks, port->name, "tc-ingress", "tc %s on it", kind);
		snprintf(remark->fix, sizeof(remark->fix), "tc qdisc del dev %s %s", port->name,
			 kind);
		remark->closes = CLOSES_DEV;
	} else if (tc->tcm_parent == TC_H_ROOT && tc->tcm_handle) {
		remark = remark_add(look->remarks, port->name, "egress-qdisc",
				    "qdisc %s: what leaves here is left to Linux", kind);
		snprintf(remark->fix, sizeof(remark->fix), "tc qdisc del dev %s root", port->name);
	}
}

static int qdisc_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWQDISC)
		return MNL_CB_OK;
	mnl_attr_for_each (attr, nlh, sizeof(*tc)) {
		if (mnl_attr_get_type(attr) == TCA_KIND)
			qdisc_remark(data, tc, mnl_attr_get_str(attr));
	}
	return MNL_CB_OK;
}

void look_qdiscs(const struct set *set, struct remarks *remarks)
{
	struct qdisc_look look = {.set = set, .remarks = remarks};
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = RTM_GETQDISC;
	nlh->nlmsg_flags = NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct tcmsg));
	nl_talk(NETLINK_ROUTE, nlh, qdisc_cb, &look);
}

/* include/uapi/linux/netdev.h, Linux 6.3; Debian 12's headers have none. */
enum {
	NETDEV_CMD_DEV_GET = 1,
	NETDEV_A_DEV_IFINDEX = 1,
	NETDEV_A_DEV_XDP_FEATURES = 3,
	NETDEV_XDP_ACT_NDO_XMIT = 4,
};

static int attr_cb(const struct nlmsghdr *nlh, int wanted, void *out, size_t size)
{
	const struct nlattr *attr;

	mnl_attr_for_each (attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == wanted && mnl_attr_get_payload_len(attr) >= size)
			memcpy(out, mnl_attr_get_payload(attr), size);
	}
	return MNL_CB_OK;
}

static int family_cb(const struct nlmsghdr *nlh, void *data)
{
	return attr_cb(nlh, CTRL_ATTR_FAMILY_ID, data, sizeof(__u16));
}

static int features_cb(const struct nlmsghdr *nlh, void *data)
{
	return attr_cb(nlh, NETDEV_A_DEV_XDP_FEATURES, data, sizeof(__u64));
}

static struct nlmsghdr *genl_request(char *buf, __u16 family, __u8 command)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = family;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = command;
	genl->version = 1;
	return nlh;
}

/* The number of the generic netlink family "netdev"; 0: the kernel has none. */
static __u16 netdev_family(void)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = genl_request(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	__u16 family = 0;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, "netdev");
	return nl_talk(NETLINK_GENERIC, nlh, family_cb, &family) ? 0 : family;
}

static void xmit_remark(const struct link *link, const struct links *links, struct remarks *remarks)
{
	const struct link *peer = link->peer_elsewhere ? NULL : link_by_index(links, link->peer);
	struct remark *remark;

	if (strcmp(link->kind, "veth")) {
		remark_add(remarks, link->name, "egress-xdp",
			   "its driver cannot send redirected frames: what leaves here is left to "
			   "Linux");
		return;
	}
	remark = remark_add(
		remarks, link->name, "egress-xdp",
		"its peer does not take redirected frames (no NAPI): what leaves here is "
		"left to Linux");
	snprintf(remark->fix, sizeof(remark->fix),
		 "where the peer is, link up: ethtool -K %s gro off; ethtool -K %s gro on",
		 peer ? peer->name : "PEER", peer ? peer->name : "PEER");
}

void look_xdp_features(const struct set *set, const struct links *links, struct remarks *remarks)
{
	__u16 family = netdev_family();

	for (int i = 0; family && i < set->count; i++) {
		const struct link *link = link_by_index(links, set->ports[i].config.ifindex);
		char buf[NL_REQUEST_SIZE];
		struct nlmsghdr *nlh = genl_request(buf, family, NETDEV_CMD_DEV_GET);
		__u64 features = 0;

		if (!link)
			continue;
		mnl_attr_put_u32(nlh, NETDEV_A_DEV_IFINDEX, link->ifindex);
		if (nl_talk(NETLINK_GENERIC, nlh, features_cb, &features))
			continue;
		if (!(features & NETDEV_XDP_ACT_NDO_XMIT))
			xmit_remark(link, links, remarks);
	}
}
