// SPDX-License-Identifier: GPL-2.0
/* Who closes the gate: netfilter chains and IPsec policies, asked over netlink (remarks.h). */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "user/nl.h"
#include "user/remarks.h"

struct chain_look {
	const struct set *set;
	struct remarks *remarks;
};

static const char *family_name(int family)
{
	switch (family) {
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_NETDEV:
		return "netdev";
	default:
		return NULL; /* arp and bridge do not see what is routed */
	}
}

static bool is_port_name(const struct set *set, const char *name)
{
	for (int i = 0; i < set->count; i++) {
		if (!strcmp(set->ports[i].name, name))
			return true;
	}
	return false;
}

struct chain {
	const char *table, *name, *dev;
	int hook; /* -1: a chain of its own, on no hook */
};

static void chain_hook(const struct nlattr *nest, struct chain *chain)
{
	const struct nlattr *attr, *dev;

	mnl_attr_for_each_nested (attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case NFTA_HOOK_HOOKNUM:
			chain->hook = ntohl(mnl_attr_get_u32(attr));
			break;
		case NFTA_HOOK_DEV:
			chain->dev = mnl_attr_get_str(attr);
			break;
		case NFTA_HOOK_DEVS:
			mnl_attr_for_each_nested (dev, attr)
				chain->dev = mnl_attr_get_str(dev);
			break;
		}
	}
}

static void chain_remark(struct chain_look *look, int family, const struct chain *chain)
{
	const char *words = family_name(family);
	struct remark *remark;
	bool netdev = family == NFPROTO_NETDEV;

	if (!words || chain->hook < 0)
		return;
	if (netdev) {
		if (!chain->dev || !is_port_name(look->set, chain->dev))
			return;
	} else if (chain->hook != NF_INET_PRE_ROUTING && chain->hook != NF_INET_FORWARD &&
		   chain->hook != NF_INET_POST_ROUTING) {
		return;
	}
	remark = remark_add(look->remarks, netdev ? chain->dev : NULL,
			    !netdev			       ? "netfilter"
			    : chain->hook == NF_NETDEV_INGRESS ? "netdev-ingress"
							       : "egress-hook",
			    "nftables table %s %s, chain %s", words, chain->table, chain->name);
	snprintf(remark->fix, sizeof(remark->fix), "nft delete chain %s %s %s", words, chain->table,
		 chain->name);
	remark->closes = netdev && chain->hook != NF_NETDEV_INGRESS ? CLOSES_NOTHING
			 : netdev				    ? CLOSES_DEV
			 : family == NFPROTO_IPV4		    ? CLOSES_IP4
			 : family == NFPROTO_IPV6		    ? CLOSES_IP6
								    : CLOSES_ALL;
}

static int chain_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nfgenmsg *msg = mnl_nlmsg_get_payload(nlh);
	struct chain chain = {.hook = -1};
	const struct nlattr *attr;

	if ((nlh->nlmsg_type & 0xff) != NFT_MSG_NEWCHAIN)
		return MNL_CB_OK;
	mnl_attr_for_each (attr, nlh, sizeof(*msg)) {
		switch (mnl_attr_get_type(attr)) {
		case NFTA_CHAIN_TABLE:
			chain.table = mnl_attr_get_str(attr);
			break;
		case NFTA_CHAIN_NAME:
			chain.name = mnl_attr_get_str(attr);
			break;
		case NFTA_CHAIN_HOOK:
			chain_hook(attr, &chain);
			break;
		}
	}
	if (chain.table && chain.name)
		chain_remark(data, msg->nfgen_family, &chain);
	return MNL_CB_OK;
}

/* Tables of the old iptables register on the hooks even while they are empty. */
static void look_legacy(const char *path, const char *command, enum remark_closes closes,
			struct remarks *remarks)
{
	struct remark *remark;
	char table[64];
	FILE *file = fopen(path, "re");

	if (!file)
		return;
	while (fscanf(file, "%63s", table) == 1) {
		remark = remark_add(remarks, NULL, "netfilter", "%s table %s", command, table);
		remark->closes = closes;
	}
	fclose(file);
}

void look_netfilter(const struct set *set, struct remarks *remarks)
{
	struct chain_look look = {.set = set, .remarks = remarks};
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *msg;

	nlh->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN;
	nlh->nlmsg_flags = NLM_F_DUMP;
	msg = mnl_nlmsg_put_extra_header(nlh, sizeof(*msg));
	msg->nfgen_family = AF_UNSPEC;
	msg->version = NFNETLINK_V0;
	nl_talk(NETLINK_NETFILTER, nlh, chain_cb, &look);
	look_legacy("/proc/net/ip_tables_names", "iptables-legacy", CLOSES_IP4, remarks);
	look_legacy("/proc/net/ip6_tables_names", "ip6tables-legacy", CLOSES_IP6, remarks);
}

static int spd_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each (attr, nlh, sizeof(__u32)) {
		if (mnl_attr_get_type(attr) == XFRMA_SPD_INFO &&
		    mnl_attr_get_payload_len(attr) >= sizeof(struct xfrmu_spdinfo))
			memcpy(data, mnl_attr_get_payload(attr), sizeof(struct xfrmu_spdinfo));
	}
	return MNL_CB_OK;
}

void look_xfrm(struct remarks *remarks)
{
	struct xfrmu_spdinfo spd = {};
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct remark *remark;

	nlh->nlmsg_type = XFRM_MSG_GETSPDINFO;
	*(__u32 *)mnl_nlmsg_put_extra_header(nlh, sizeof(__u32)) = ~0U;
	if (nl_talk(NETLINK_XFRM, nlh, spd_cb, &spd))
		return;
	if (spd.outcnt || spd.fwdcnt) {
		remark = remark_add(remarks, NULL, "xfrm", "IPsec policies: %u out, %u forward",
				    spd.outcnt, spd.fwdcnt);
		snprintf(remark->fix, sizeof(remark->fix), "ip xfrm policy shows them");
		remark->closes = CLOSES_ALL;
	}
}
