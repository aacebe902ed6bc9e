// SPDX-License-Identifier: GPL-2.0
/* The hops of a group: see show_group.h. */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include "user/entry.h"
#include "user/nl.h"
#include "user/rtmsg.h"
#include "user/show_group.h"

#define HOPS_MAX 256

struct hops {
	const char *prefix;
	struct rib_hop list[HOPS_MAX];
	unsigned int count;
};

static void take(struct hops *hops, const struct rib_hop *hop)
{
	if (hops->count < HOPS_MAX)
		hops->list[hops->count++] = *hop;
}

static int on_change(void *data, const struct rib_change *c, unsigned int hop)
{
	struct rib_hop one = {
		.via = {.ifindex = c->oif, .family = c->key.gw_family},
		.weight = c->key.flow + 1, /* rtmsg.c */
		.down = c->down,
	};
	struct hops *hops = data;
	char prefix[ENTRY_TEXT];

	(void)hop;
	entry_prefix_text(c->key.family, c->addr, c->len, prefix);
	if (strcmp(prefix, hops->prefix))
		return 0; /* the kernel has a longer one now */
	for (unsigned int i = 0; i < c->hop_count; i++)
		take(hops, &c->hops[i]);
	memcpy(one.via.addr, c->key.gateway, sizeof(one.via.addr));
	if (!c->hop_count && c->key.family == AF_INET6)
		take(hops, &one);
	return 0;
}

static int on_message(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg_to to = {.data = data, .change = on_change};

	if (nlh->nlmsg_type == RTM_NEWROUTE)
		rtmsg_route(nlh, &to);
	return MNL_CB_OK;
}

/* The hops of the kernel's route for addr. */
static void kernel_hops(const char *addr, struct hops *hops)
{
	__u8 bytes[16], family;

	if (!entry_address(addr, AF_UNSPEC, bytes, &family))
		nl_route_get(family, bytes, 0, RTM_F_FIB_MATCH, on_message, hops);
}

static const char *member(const json_t *hop, const char *key)
{
	const char *value = json_string_value(json_object_get(hop, key));

	return value ? value : "";
}

static bool is_shared(const json_t *shared, const char *via, const char *dev)
{
	const json_t *hop;
	size_t i;

	json_array_foreach (shared, i, hop) {
		if (!strcmp(member(hop, "via"), via) && !strcmp(member(hop, "dev"), dev))
			return true;
	}
	return false;
}

static void add_left_out(json_t *all, const json_t *shared, const struct rib_hop *hop)
{
	char via[ENTRY_TEXT] = "", dev[IFNAMSIZ] = "";

	if (hop->via.family)
		inet_ntop(hop->via.family, hop->via.addr, via, sizeof(via));
	if (!if_indextoname(hop->via.ifindex, dev))
		snprintf(dev, sizeof(dev), "if%u", hop->via.ifindex);
	if (is_shared(shared, via, dev))
		return;
	json_array_append_new(all,
			      json_pack("{s:s?, s:s, s:i, s:b, s:s}", "via", *via ? via : NULL,
					"dev", dev, "weight", (int)hop->weight, "used", 0, "why",
					hop->down ? "its link is down"
					: !*via	  ? "no gateway"
						  : "not yet in the maps"));
}

json_t *group_all(const json_t *shared, const char *prefix, const char *addr)
{
	struct hops hops = {.prefix = prefix};
	json_t *all = json_array();
	const json_t *hop;
	size_t i;

	json_array_foreach (shared, i, hop)
		json_array_append_new(
			all, json_pack("{s:s, s:s, s:I, s:b, s:n}", "via", member(hop, "via"),
				       "dev", member(hop, "dev"), "weight",
				       json_integer_value(json_object_get(hop, "weight")), "used",
				       1, "why"));
	kernel_hops(addr, &hops);
	for (unsigned int n = 0; n < hops.count; n++)
		add_left_out(all, shared, &hops.list[n]);
	return all;
}
