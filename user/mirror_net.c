// SPDX-License-Identifier: GPL-2.0
/*
 * Links, addresses, nexthop objects and rules: what takes routes away without a word about the
 * routes (SEMANTICS: link down, address and nexthop delete), and what the lookup depends on.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include "user/mirror_priv.h"

static struct mirror_link *link_find(struct mirror *m, __u32 ifindex)
{
	struct mirror_link *links;

	for (unsigned int i = 0; i < m->link_count; i++) {
		if (m->links[i].ifindex == ifindex)
			return &m->links[i];
	}
	links = realloc(m->links, (m->link_count + 1) * sizeof(*links));
	if (!links)
		return NULL;
	m->links = links;
	links[m->link_count] = (struct mirror_link){.ifindex = ifindex, .up = true};
	return &links[m->link_count++];
}

int mirror_link_event(struct mirror *m, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	bool deleted = nlh->nlmsg_type == RTM_DELLINK, up;
	struct mirror_link *link;
	int err = 0;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi))
		return -EBADMSG;
	if (ifi->ifi_family != AF_UNSPEC) /* of a bridge's port */
		return 0;
	up = !deleted && ifi->ifi_flags & IFF_UP && ifi->ifi_flags & (IFF_RUNNING | IFF_LOWER_UP);
	link = link_find(m, ifi->ifi_index);
	if (!link)
		return -ENOMEM;
	if (up != link->up) {
		link->up = up;
		if (up) {
			rib_oif_up(m->rib, ifi->ifi_index);
		} else {
			err = rib_oif_down(m->rib, ifi->ifi_index);
			rib_off_nexthops(m->rib);
		}
		m->told++;
		m->want |= MIRROR_BOTH;
	}
	if (deleted) {
		*link = m->links[--m->link_count];
		rib_oif_up(m->rib, ifi->ifi_index);
	}
	if (m->ops.link)
		m->ops.link(m->ops.data, ifi->ifi_index, up, deleted);
	return err;
}

int mirror_addr_event(struct mirror *m, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa))
		return -EBADMSG;
	m->want |= mirror_bit(ifa->ifa_family);
	/* IPv4: a device's last address takes all its routes along (fib_disable_ip()). */
	rib_off_oif(m->rib, ifa->ifa_family, ifa->ifa_index);
	rib_off_nexthops(m->rib);
	if (ifa->ifa_family != AF_INET)
		return 0;
	mnl_attr_for_each (attr, nlh, sizeof(*ifa)) {
		if (mnl_attr_get_type(attr) == IFA_LOCAL && mnl_attr_get_payload_len(attr) == 4)
			rib_off_prefsrc(m->rib, AF_INET, mnl_attr_get_payload(attr));
	}
	return 0;
}

int mirror_nexthop_event(struct mirror *m, const struct nlmsghdr *nlh)
{
	struct rtmsg_nexthop nexthop, *list;
	unsigned int i;
	int err = rtmsg_nexthop(nlh, &nexthop);

	if (err < 0)
		return err;
	for (i = 0; i < m->nexthop_count && m->nexthops[i].id != nexthop.id; i++)
		;
	if (i < m->nexthop_count || nlh->nlmsg_type == RTM_DELNEXTHOP ||
	    nlh->nlmsg_flags & NLM_F_REPLACE) {
		rib_off_nexthops(m->rib);
		m->told++; /* its routes go without a word */
		m->want |= MIRROR_BOTH;
	}
	if (nlh->nlmsg_type == RTM_DELNEXTHOP) {
		if (i < m->nexthop_count)
			m->nexthops[i] = m->nexthops[--m->nexthop_count];
		return 0;
	}
	if (i == m->nexthop_count) {
		list = realloc(m->nexthops, (i + 1) * sizeof(*list));
		if (!list)
			return -ENOMEM;
		m->nexthops = list;
		m->nexthop_count++;
	}
	m->nexthops[i] = nexthop;
	return 0;
}

int mirror_neigh_event(struct mirror *m, const struct nlmsghdr *nlh)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	struct mirror_neigh neigh = {.deleted = nlh->nlmsg_type == RTM_DELNEIGH};
	const struct nlattr *attr;
	unsigned int len;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ndm))
		return -EBADMSG;
	if (!m->ops.neigh || (ndm->ndm_family != AF_INET && ndm->ndm_family != AF_INET6))
		return 0;
	neigh.ifindex = ndm->ndm_ifindex;
	neigh.family = ndm->ndm_family;
	neigh.state = ndm->ndm_state;
	neigh.flags = ndm->ndm_flags;
	mnl_attr_for_each (attr, nlh, sizeof(*ndm)) {
		len = mnl_attr_get_payload_len(attr);
		if (mnl_attr_get_type(attr) == NDA_DST && len <= sizeof(neigh.addr)) {
			memcpy(neigh.addr, mnl_attr_get_payload(attr), len);
		} else if (mnl_attr_get_type(attr) == NDA_LLADDR && len == sizeof(neigh.lladdr)) {
			memcpy(neigh.lladdr, mnl_attr_get_payload(attr), len);
			neigh.has_lladdr = true;
		}
	}
	m->ops.neigh(m->ops.data, &neigh);
	return 0;
}

static int on_rule(struct mirror *m, const struct nlmsghdr *nlh)
{
	struct rtmsg_rule rule, *list;
	int err;

	if (nlh->nlmsg_type != RTM_NEWRULE)
		return 0;
	err = rtmsg_rule(nlh, &rule);
	if (err < 0)
		return err;
	list = realloc(m->rules, (m->rule_count + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	m->rules = list;
	list[m->rule_count++] = rule;
	if (rule.family == AF_INET6)
		m->rules_hash = rib_hash(m->rules_hash, mnl_nlmsg_get_payload(nlh),
					 mnl_nlmsg_get_payload_len(nlh));
	return 0;
}

int mirror_rules(struct mirror *m)
{
	__u32 hash = m->rules_hash;
	char buf[MNL_ALIGN(256)];
	struct fib_rule_hdr *hdr;
	struct nlmsghdr *nlh;
	int err = 0;

	m->rule_count = 0;
	m->rules_hash = 0;
	for (int i = 0; i < 2 && !err; i++) {
		nlh = mnl_nlmsg_put_header(buf);
		nlh->nlmsg_type = RTM_GETRULE;
		hdr = mnl_nlmsg_put_extra_header(nlh, sizeof(*hdr));
		hdr->family = i ? AF_INET6 : AF_INET;
		err = mirror_ask(m, nlh, on_rule);
	}
	if (err < 0)
		m->rule_count = 0;
	m->told += m->rules_hash != hash;
	return err;
}

int mirror_follow_rules(struct mirror *m)
{
	unsigned int changed = m->rules_changed;
	int err = changed ? mirror_rules(m) : 0;

	if (!changed || err < 0)
		return err;
	m->rules_changed = 0;
	for (int i = 0; i < 2 && m->ops.rules; i++) {
		if (changed & 1 << i)
			m->ops.rules(m->ops.data, i ? AF_INET6 : AF_INET);
	}
	return 0;
}

bool mirror_rules_plain(const struct mirror *m, int family, const char *ifname)
{
	bool local = false, main_table = false;

	for (unsigned int i = 0; i < m->rule_count; i++) {
		const struct rtmsg_rule *rule = &m->rules[i];

		if (rule->family != family)
			continue;
		if (rule->plain && rule->table == RT_TABLE_LOCAL && rule->priority == 0)
			local = true;
		else if (rule->plain && rule->table == RT_TABLE_MAIN && rule->priority == 32766)
			main_table = true;
		else if (rule->plain && rule->table == RT_TABLE_DEFAULT && rule->priority == 32767)
			;
		else if (!rule->iif[0] || rule->inverted || !strcmp(rule->iif, ifname))
			return false;
	}
	return local && main_table && !m->rules_changed;
}

int mirror_links(struct mirror *m)
{
	char buf[MNL_ALIGN(256)];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = RTM_GETLINK;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return mirror_ask(m, nlh, mirror_link_event);
}

int mirror_nexthops(struct mirror *m)
{
	char buf[MNL_ALIGN(256)];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	m->nexthop_count = 0;
	nlh->nlmsg_type = RTM_GETNEXTHOP;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nhmsg));
	return mirror_ask(m, nlh, mirror_nexthop_event);
}
