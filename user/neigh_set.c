// SPDX-License-Identifier: GPL-2.0
/* Changes of the kernel's neighbour table: see neigh_set.h. */
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include "user/neigh.h"
#include "user/neigh_set.h"
#include "user/nl.h"

static struct ndmsg *request(struct nlmsghdr *nlh, int type, int flags, __u32 ifindex, int family,
			     const void *addr)
{
	struct ndmsg *ndm;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	ndm->ndm_family = family;
	ndm->ndm_ifindex = ifindex;
	mnl_attr_put(nlh, NDA_DST, family == AF_INET ? 4 : 16, addr);
	return ndm;
}

int neigh_resolve(__u32 ifindex, int family, const void *addr)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ndmsg *ndm =
		request(nlh, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, ifindex, family, addr);

	ndm->ndm_flags = NTF_USE;
	return nl_talk(NETLINK_ROUTE, nlh, NULL, NULL);
}

int neigh_install(__u32 ifindex, int family, const void *addr, const __u8 lladdr[6])
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ndmsg *ndm =
		request(nlh, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, ifindex, family, addr);

	ndm->ndm_state = NUD_PERMANENT;
	mnl_attr_put(nlh, NDA_LLADDR, 6, lladdr);
	mnl_attr_put_u8(nlh, NDA_PROTOCOL, NEIGH_PROTOCOL);
	return nl_talk(NETLINK_ROUTE, nlh, NULL, NULL);
}

int neigh_remove(__u32 ifindex, int family, const void *addr)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	request(nlh, RTM_DELNEIGH, 0, ifindex, family, addr);
	return nl_talk(NETLINK_ROUTE, nlh, NULL, NULL);
}

static bool is_left(const struct neighbour *neigh)
{
	return neigh->protocol == NEIGH_PROTOCOL && neigh->state & NUD_PERMANENT;
}

int neigh_remove_all(void)
{
	struct neighbours all;
	int count = 0;

	neighbours_get(&all);
	for (int i = 0; i < all.count; i++) {
		const struct xhop_hop_key *key = &all.list[i].key;

		if (is_left(&all.list[i]))
			count += !neigh_remove(key->ifindex, key->family, key->addr);
	}
	neighbours_free(&all);
	return count;
}

bool neigh_remove_left(__u32 ifindex, int family, const __u8 *addr)
{
	struct xhop_hop_key key = {.ifindex = ifindex, .family = family};
	const struct neighbour *is;
	struct neighbours all;
	bool removed;

	memcpy(key.addr, addr, family == AF_INET ? 4 : 16);
	neighbours_get(&all);
	is = neighbour_find(&all, &key);
	removed = is && is_left(is) && !neigh_remove(ifindex, family, addr);
	neighbours_free(&all);
	return removed;
}
