// SPDX-License-Identifier: GPL-2.0
/* Devices: see link.h. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <unistd.h>
#include "user/link.h"
#include "user/nl.h"

static void parse_xdp(struct link *link, const struct nlattr *nest)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested (attr, nest) {
		if (mnl_attr_get_type(attr) == IFLA_XDP_ATTACHED)
			link->xdp_mode = mnl_attr_get_u8(attr);
		else if (mnl_attr_get_type(attr) == IFLA_XDP_PROG_ID)
			link->xdp_prog = mnl_attr_get_u32(attr);
	}
}

static void parse_info(struct link *link, const struct nlattr *nest)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested (attr, nest) {
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			strncpy(link->kind, mnl_attr_get_str(attr), sizeof(link->kind) - 1);
	}
}

static void parse_attr(struct link *link, const struct nlattr *attr)
{
	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		strncpy(link->name, mnl_attr_get_str(attr), sizeof(link->name) - 1);
		break;
	case IFLA_MTU:
		link->mtu = mnl_attr_get_u32(attr);
		break;
	case IFLA_LINK:
		link->peer = mnl_attr_get_u32(attr);
		break;
	case IFLA_LINK_NETNSID:
		link->peer_elsewhere = true;
		break;
	case IFLA_MASTER:
		link->master = mnl_attr_get_u32(attr);
		break;
	case IFLA_CARRIER:
		link->carrier = mnl_attr_get_u8(attr);
		break;
	case IFLA_LINKINFO:
		parse_info(link, attr);
		break;
	case IFLA_XDP:
		parse_xdp(link, attr);
		break;
	}
}

static int link_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	struct links *links = data;
	const struct nlattr *attr;
	struct link *grown, *link;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	grown = realloc(links->list, (links->count + 1) * sizeof(*grown));
	if (!grown) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	links->list = grown;
	link = &grown[links->count++];
	memset(link, 0, sizeof(*link));
	link->ifindex = info->ifi_index;
	link->flags = info->ifi_flags;
	link->type = info->ifi_type;
	mnl_attr_for_each (attr, nlh, sizeof(*info))
		parse_attr(link, attr);
	return MNL_CB_OK;
}

static void program_name(struct link *link)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(link->xdp_prog);

	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		memcpy(link->xdp_name, info.name, sizeof(link->xdp_name) - 1);
	close(fd);
}

int links_get(struct links *links)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *info;
	int err;

	*links = (struct links){};
	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_DUMP;
	info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	err = nl_talk(NETLINK_ROUTE, nlh, link_cb, links);
	if (err) {
		links_free(links);
		return err;
	}
	for (int i = 0; i < links->count; i++) {
		if (links->list[i].xdp_prog)
			program_name(&links->list[i]);
	}
	return 0;
}

void links_free(struct links *links)
{
	free(links->list);
	*links = (struct links){};
}

const struct link *link_by_index(const struct links *links, unsigned int ifindex)
{
	for (int i = 0; i < links->count; i++) {
		if (links->list[i].ifindex == ifindex)
			return &links->list[i];
	}
	return NULL;
}

const struct link *link_by_name(const struct links *links, const char *name)
{
	for (int i = 0; i < links->count; i++) {
		if (!strcmp(links->list[i].name, name))
			return &links->list[i];
	}
	return NULL;
}
