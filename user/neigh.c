// SPDX-License-Identifier: GPL-2.0
/* Neighbours: see neigh.h. */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "user/neigh.h"
#include "user/nl.h"

/* Device and address stand first in the key, the MAC behind them, the family at the end. */
static int compare(const void *a, const void *b)
{
	const struct xhop_hop_key *x = a, *y = b;
	int diff = memcmp(x, y, offsetof(struct xhop_hop_key, lladdr));

	return diff ? diff : (int)x->family - (int)y->family;
}

static int neigh_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct ndmsg *msg = mnl_nlmsg_get_payload(nlh);
	struct neighbours *neighbours = data;
	struct neighbour *grown, neighbour = {.state = msg->ndm_state};
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWNEIGH ||
	    (msg->ndm_family != AF_INET && msg->ndm_family != AF_INET6))
		return MNL_CB_OK;
	neighbour.key.ifindex = msg->ndm_ifindex;
	neighbour.key.family = msg->ndm_family;
	mnl_attr_for_each (attr, nlh, sizeof(*msg)) {
		__u16 len = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) == NDA_DST && len <= sizeof(neighbour.key.addr))
			memcpy(neighbour.key.addr, mnl_attr_get_payload(attr), len);
		else if (mnl_attr_get_type(attr) == NDA_LLADDR &&
			 len == sizeof(neighbour.key.lladdr))
			memcpy(neighbour.key.lladdr, mnl_attr_get_payload(attr), len);
		else if (mnl_attr_get_type(attr) == NDA_PROTOCOL && len == 1)
			neighbour.protocol = mnl_attr_get_u8(attr);
	}
	grown = realloc(neighbours->list, (neighbours->count + 1) * sizeof(*grown));
	if (!grown) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	neighbours->list = grown;
	grown[neighbours->count++] = neighbour;
	return MNL_CB_OK;
}

void neighbours_get(struct neighbours *neighbours)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	*neighbours = (struct neighbours){};
	nlh->nlmsg_type = RTM_GETNEIGH;
	nlh->nlmsg_flags = NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ndmsg));
	nl_talk(NETLINK_ROUTE, nlh, neigh_cb, neighbours);
	if (neighbours->count)
		qsort(neighbours->list, neighbours->count, sizeof(*neighbours->list), compare);
}

void neighbours_free(struct neighbours *neighbours)
{
	free(neighbours->list);
	*neighbours = (struct neighbours){};
}

const struct neighbour *neighbour_find(const struct neighbours *neighbours,
				       const struct xhop_hop_key *hop)
{
	if (!neighbours->count)
		return NULL;
	return bsearch(hop, neighbours->list, neighbours->count, sizeof(*neighbours->list),
		       compare);
}

const char *neighbour_state_name(__u16 state)
{
	static const struct {
		__u16 bit;
		const char *name;
	} states[] = {
		{NUD_PERMANENT, "permanent"},	{NUD_NOARP, "noarp"},
		{NUD_REACHABLE, "reachable"},	{NUD_STALE, "stale"},
		{NUD_DELAY, "delay"},		{NUD_PROBE, "probe"},
		{NUD_INCOMPLETE, "incomplete"}, {NUD_FAILED, "failed"},
	};

	for (unsigned int i = 0; i < sizeof(states) / sizeof(*states); i++) {
		if (state & states[i].bit)
			return states[i].name;
	}
	return "none";
}

const char *neighbour_state(const struct neighbours *neighbours, const struct xhop_hop_key *hop)
{
	const struct neighbour *found = neighbour_find(neighbours, hop);

	if (!found)
		return "gone";
	if (found->state & NEIGHBOUR_VALID &&
	    memcmp(found->key.lladdr, hop->lladdr, sizeof(hop->lladdr)))
		return "moved";
	return neighbour_state_name(found->state);
}
