// SPDX-License-Identifier: GPL-2.0
/*
 * Generations: when the maps have all that the kernel counted.
 *
 * IPv4 counts and tells under RTNL. IPv6 counts (fib_seq, then fib6_sernum) and tells under the
 * table's lock, which each piece of a dump takes, but for two: a multipath route is told after
 * its hops were added one by one (ip6_route_multipath_add()), and cached routes are not told.
 * So an IPv6 generation counts only when the events account for each step of fib6_sernum; else
 * a dump has to say what is there.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "user/mirror_priv.h"

__u32 mirror_sernum(const __u64 ip6[2])
{
	return ip6[0] >> 32;
}

/* Of the local table and the rules; the upper half is rt_genid, which IPv4 moves all the time. */
static __u32 sum6(const __u64 ip6[2])
{
	return ip6[1];
}

static bool same_tables6(const __u64 a[2], const __u64 b[2])
{
	return a[0] == b[0] && sum6(a) == sum6(b);
}

bool mirror_told(const struct mirror *m, const struct mirror_known *since, const __u64 ip6[2])
{
	bool moved = (__u32)since->ip6[0] != (__u32)ip6[0] || sum6(since->ip6) != sum6(ip6);

	return !moved || m->told != since->told;
}

static int receive(struct mirror *m, unsigned int seq,
		   int (*cb)(struct mirror *m, const struct nlmsghdr *nlh), bool dump)
{
	bool torn = false;
	int err = 0;

	for (;;) {
		ssize_t got = mnl_socket_recvfrom(m->asks, m->chunk, MIRROR_CHUNK);
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)m->chunk;
		int len = got, code;

		if (got < 0)
			return -errno;
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_seq != seq)
				continue;
			torn |= !!(nlh->nlmsg_flags & NLM_F_DUMP_INTR);
			if (nlh->nlmsg_type == NLMSG_DONE)
				return err ? err : torn ? -ESTALE : 0;
			if (nlh->nlmsg_type == NLMSG_ERROR) {
				if (mnl_nlmsg_get_payload_len(nlh) < sizeof(code))
					return -EBADMSG;
				memcpy(&code, mnl_nlmsg_get_payload(nlh), sizeof(code));
				return code;
			}
			if (!dump)
				return 0;
			if (!err && cb)
				err = cb(m, nlh);
		}
	}
}

static int request(struct mirror *m, struct nlmsghdr *nlh, int flags)
{
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++m->seq;
	return mnl_socket_sendto(m->asks, nlh, nlh->nlmsg_len) < 0 ? -errno : 0;
}

int mirror_ask(struct mirror *m, struct nlmsghdr *nlh,
	       int (*cb)(struct mirror *m, const struct nlmsghdr *nlh))
{
	int err = request(m, nlh, NLM_F_DUMP);

	return err < 0 ? err : receive(m, nlh->nlmsg_seq, cb, true);
}

/* A request that takes RTNL. */
static int barrier_rtnl(struct mirror *m)
{
	char buf[MNL_ALIGN(256)];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;
	int err;

	nlh->nlmsg_type = RTM_GETLINK;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = 1;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	err = request(m, nlh, 0);
	return err < 0 ? err : receive(m, nlh->nlmsg_seq, NULL, false);
}

/* The first piece of a dump, which the kernel makes before the request returns. */
static int barrier_table6(struct mirror *m, int table)
{
	char buf[MNL_ALIGN(256)];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct mnl_socket *nl = mirror_socket();
	struct rtmsg *rtm;
	int err = 0;

	if (!nl)
		return -errno;
	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = ++m->seq;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = AF_INET6;
	mnl_attr_put_u32(nlh, RTA_TABLE, table);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		err = -errno;
	mnl_socket_close(nl);
	return err;
}

int mirror_barrier(struct mirror *m, bool ip6)
{
	int err = barrier_rtnl(m);

	if (err < 0 || !ip6)
		return err;
	err = barrier_table6(m, RT_TABLE_MAIN);
	return err < 0 ? err : barrier_table6(m, RT_TABLE_LOCAL);
}

static int on_cached(struct mirror *m, const struct nlmsghdr *nlh)
{
	struct mirror_overlay *o = &m->overlay;
	__u8 addr[16], (*grown)[16];
	int is = nlh->nlmsg_type == RTM_NEWROUTE ? rtmsg_cached(nlh, addr) : 0;

	if (is <= 0)
		return is;
	if (o->count == o->room) {
		grown = realloc(o->addrs, (o->room + 256) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		o->addrs = grown;
		o->room += 256;
	}
	memcpy(o->addrs[o->count++], addr, 16);
	return 0;
}

/* Cached IPv6 routes of the namespace: rt6_stats' fifth number, hexadecimal; -1: unknown. */
static long cached_count(const struct mirror *m)
{
	char line[128] = "";
	unsigned int count;

	if (m->rt6_stats < 0 || pread(m->rt6_stats, line, sizeof(line) - 1, 0) <= 0 ||
	    sscanf(line, "%*x %*x %*x %*x %x", &count) != 1)
		return -1;
	return count;
}

int mirror_overlay(struct mirror *m)
{
	char buf[MNL_ALIGN(256)];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;
	int err = 0;

	m->overlay = (struct mirror_overlay){.shown = m->overlay.shown};
	if (cached_count(m)) {
		nlh->nlmsg_type = RTM_GETROUTE;
		rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
		rtm->rtm_family = AF_INET6;
		rtm->rtm_flags = RTM_F_CLONED;
		err = mirror_ask(m, nlh, on_cached);
	}
	if (!err && (m->overlay.count || m->overlay.shown)) {
		err = rib_overlay(m->rib, m->overlay.addrs, m->overlay.count);
		m->overlay.shown = m->overlay.count;
	}
	free(m->overlay.addrs);
	return err;
}

/* Whether the events account for the generation; else a resync has to. */
static bool explained6(struct mirror *m, const struct xhop_generation *g)
{
	if (mirror_sernum(g->ip6) - mirror_sernum(m->known.ip6) == m->credit &&
	    mirror_told(m, &m->known, g->ip6))
		return true;
	m->stats.unexplained += !(m->want & MIRROR_6) && !m->resync.running;
	m->want |= MIRROR_6;
	return false;
}

static void publish(struct mirror *m, const struct xhop_generation *g, bool ip4, bool ip6)
{
	if (ip4)
		memcpy(m->published.ip4, g->ip4, sizeof(g->ip4));
	if (ip6)
		memcpy(m->published.ip6, g->ip6, sizeof(g->ip6));
	m->valid[0] = ip4;
	m->valid[1] = ip6;
}

static bool same4(const struct xhop_generation *a, const struct xhop_generation *b)
{
	return !memcmp(a->ip4, b->ip4, sizeof(a->ip4));
}

static bool same6(const struct xhop_generation *a, const struct xhop_generation *b)
{
	return !memcmp(a->ip6, b->ip6, sizeof(a->ip6));
}

/* All that the tables count in g is in the maps. */
static bool follow6(struct mirror *m, const struct xhop_generation *g, bool moved)
{
	if (moved && !explained6(m, g))
		return false;
	memcpy(m->known.ip6, g->ip6, sizeof(g->ip6));
	m->known.told = m->told;
	m->credit = 0;
	return true;
}

/* Rules may be counted before they are told. */
static int follow_rules(struct mirror *m, const struct xhop_generation *g)
{
	int err;

	if (sum6(g->ip6) != m->rules_sum)
		m->rules_changed |= MIRROR_6;
	err = mirror_follow_rules(m);
	if (!err)
		m->rules_sum = sum6(g->ip6);
	return err;
}

static int sync_once(struct mirror *m)
{
	struct xhop_generation before, after;
	bool ip4, ip6, moved6, tables6;
	int err = m->ops.generation(m->ops.data, &before);

	if (err < 0)
		return err;
	moved6 = !m->valid[1] || !same6(&before, &m->published);
	if (m->valid[0] && same4(&before, &m->published) && !moved6 && !m->stale)
		return 0;
	tables6 = !same_tables6(before.ip6, m->known.ip6);
	err = mirror_barrier(m, tables6);
	err = err ? err : mirror_drain(m, 1024);
	err = err == -EBUSY ? -EAGAIN : err ? err : follow_rules(m, &before);
	/* New ones are found by a resync, since no event accounts for them. */
	if (!err && moved6 && m->overlay.shown && !cached_count(m))
		err = mirror_overlay(m);
	err = err ? err : m->ops.generation(m->ops.data, &after);
	if (err < 0)
		return err;
	ip4 = !(m->stale & MIRROR_4) && same4(&before, &after);
	ip6 = !(m->stale & MIRROR_6) && same_tables6(before.ip6, after.ip6) &&
	      follow6(m, &after, tables6) && same6(&before, &after);
	publish(m, &after, ip4, ip6);
	return ip4 && ip6 ? 0 : -EAGAIN;
}

int mirror_sync(struct mirror *m, struct xhop_generation *published, bool valid[2])
{
	int err = -EAGAIN;

	for (int i = 0; i < 3 && err == -EAGAIN; i++) {
		err = sync_once(m);
		if (m->stale == MIRROR_BOTH)
			break;
	}
	if (err < 0 && err != -EAGAIN)
		m->valid[0] = m->valid[1] = false;
	*published = m->published;
	memcpy(valid, m->valid, sizeof(m->valid));
	return err;
}
