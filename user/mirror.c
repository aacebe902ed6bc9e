// SPDX-License-Identifier: GPL-2.0
/*
 * The mirror's sockets and events: see mirror.h. Lost events make the maps stale at once; what
 * an event leaves open is asked for (rib_doubt()) until a resync in the background.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "user/mirror_priv.h"

#define START_TRIES 10
#define START_WAIT  500 /* ms between two tries, at most */

struct mirror *mirror_new(const struct mirror_ops *ops, struct trie *trie4, struct trie *trie6,
			  __u32 classes_max)
{
	struct rib_ops rib_ops = {ops->data, ops->class_new, ops->class_off, ops->grow,
				  ops->group_new};
	struct mirror *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->ops = *ops;
	m->buffer = MIRROR_BUFFER;
	m->rt6_stats = -1;
	m->rib = rib_new(&rib_ops, trie4, trie6, classes_max);
	m->batch = malloc(MIRROR_BATCH * MIRROR_EVENT);
	m->chunk = malloc(MIRROR_CHUNK);
	if (m->rib && m->batch && m->chunk)
		return m;
	mirror_free(m);
	return NULL;
}

void mirror_free(struct mirror *m)
{
	struct mnl_socket *sockets[3];

	if (!m)
		return;
	sockets[0] = m->events;
	sockets[1] = m->asks;
	sockets[2] = m->resync.nl;
	for (int i = 0; i < 3; i++) {
		if (sockets[i])
			mnl_socket_close(sockets[i]);
	}
	if (m->rt6_stats >= 0)
		close(m->rt6_stats);
	rib_free(m->rib);
	free(m->batch);
	free(m->chunk);
	free(m->queue.data);
	free(m->links);
	free(m->nexthops);
	free(m->rules);
	free(m);
}

void mirror_set_buffer(struct mirror *m, unsigned int bytes)
{
	m->buffer = bytes ? bytes : MIRROR_BUFFER;
}

__u64 mirror_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

void mirror_stale(struct mirror *m, unsigned int families)
{
	for (int i = 0; i < 2; i++) {
		if (!(families & ~m->stale & 1 << i))
			continue;
		m->stale |= 1 << i;
		m->valid[i] = false;
		if (m->ops.stale)
			m->ops.stale(m->ops.data, i ? AF_INET6 : AF_INET, true);
	}
	m->want |= families;
}

int mirror_queue_add(struct mirror *m, const struct nlmsghdr *nlh)
{
	struct mirror_queue *q = &m->queue;
	size_t len = NLMSG_ALIGN(nlh->nlmsg_len);

	if (q->used + len > q->room) {
		size_t room = q->room ? 2 * q->room : 65536;
		char *data = room <= MIRROR_QUEUE ? realloc(q->data, room) : NULL;

		if (!data)
			return -ENOBUFS;
		q->data = data;
		q->room = room;
		return mirror_queue_add(m, nlh);
	}
	memcpy(q->data + q->used, nlh, nlh->nlmsg_len);
	q->used += len;
	return 0;
}

struct route_event {
	struct mirror *m;
	enum mirror_how how;
	bool new, replace;
	unsigned int before; /* routes with the same key */
};

static bool plain(void *data, __u32 nh_id)
{
	const struct route_event *e = data;

	for (unsigned int i = 0; i < e->m->nexthop_count; i++) {
		if (e->m->nexthops[i].id == nh_id)
			return e->m->nexthops[i].plain;
	}
	return false;
}

static int on_change(void *data, const struct rib_change *c, unsigned int hop)
{
	struct route_event *e = data;

	if (e->how == MIRROR_DUMP)
		return rib_dump_route(e->m->rib, c);
	if (!e->new)
		return rib_del(e->m->rib, c, e->how == MIRROR_REPLAY);
	if (!hop)
		e->before = rib_count(e->m->rib, c);
	return rib_add(e->m->rib, c, e->replace && !hop);
}

/* Each route that comes, and each hop of a multipath route, counts fib6_sernum up by one. */
static void account6(struct mirror *m, const struct route_event *e, unsigned int hops)
{
	unsigned int credit = 1;

	m->deletes += !e->new || e->replace;
	if (!e->new)
		return;
	if (hops > 1) /* the message has those too that were there */
		credit = e->replace || e->before > hops ? hops : hops - e->before;
	m->credit += credit;
	m->resync.credit += credit;
}

int mirror_route(struct mirror *m, const struct nlmsghdr *nlh, enum mirror_how how)
{
	struct route_event e = {
		.m = m,
		.how = how,
		.new = nlh->nlmsg_type == RTM_NEWROUTE,
		.replace = nlh->nlmsg_flags &NLM_F_REPLACE,
	};
	struct rtmsg_to to = {.plain = plain, .change = on_change, .data = &e};
	__u64 doubts = rib_doubts(m->rib);
	int hops = rtmsg_route(nlh, &to);
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);

	if (hops < 0)
		return hops;
	if (how != MIRROR_DUMP && rtm->rtm_family == AF_INET6) {
		account6(m, &e, hops);
		m->told += hops > 0;
	}
	if (rib_doubts(m->rib) > doubts)
		m->want |= mirror_bit(rtm->rtm_family);
	return 0;
}

static int on_event(struct mirror *m, const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm;

	switch (nlh->nlmsg_type) {
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		rtm = mnl_nlmsg_get_payload(nlh);
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm))
			return -EBADMSG;
		/* What comes before the dump begins is in the dump. */
		if (m->stale & mirror_bit(rtm->rtm_family))
			return m->resync.running ? mirror_queue_add(m, nlh) : 0;
		return mirror_route(m, nlh, MIRROR_LIVE);
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return mirror_link_event(m, nlh);
	case RTM_DELADDR:
		return mirror_addr_event(m, nlh);
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		return mirror_nexthop_event(m, nlh);
	case RTM_NEWRULE:
	case RTM_DELRULE:
		m->rules_changed = MIRROR_BOTH;
		return 0;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		return mirror_neigh_event(m, nlh);
	}
	return 0;
}

static int on_buffer(struct mirror *m, const char *data, int len)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)data;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		int err = on_event(m, nlh);

		m->stats.events++;
		if (err < 0)
			return err;
	}
	return 0;
}

int mirror_drain(struct mirror *m, int max)
{
	struct sockaddr_nl from[MIRROR_BATCH];
	struct mmsghdr msg[MIRROR_BATCH];
	struct iovec iov[MIRROR_BATCH];
	int n, err;

	while (max--) {
		memset(msg, 0, sizeof(msg));
		for (int i = 0; i < MIRROR_BATCH; i++) {
			iov[i] = (struct iovec){m->batch + i * MIRROR_EVENT, MIRROR_EVENT};
			msg[i].msg_hdr.msg_iov = &iov[i];
			msg[i].msg_hdr.msg_iovlen = 1;
			msg[i].msg_hdr.msg_name = &from[i];
			msg[i].msg_hdr.msg_namelen = sizeof(from[i]);
		}
		n = recvmmsg(mnl_socket_get_fd(m->events), msg, MIRROR_BATCH, MSG_DONTWAIT, NULL);
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0 && errno == ENOBUFS) {
			m->stats.losses++;
			mirror_lost(m);
			continue;
		}
		if (n < 0)
			return -errno;
		for (int i = 0; i < n; i++) {
			if (from[i].nl_pid) /* not from the kernel */
				continue;
			err = msg[i].msg_hdr.msg_flags & MSG_TRUNC
				      ? -EMSGSIZE
				      : on_buffer(m, iov[i].iov_base, msg[i].msg_len);
			if (err < 0)
				mirror_lost(m);
		}
	}
	return -EBUSY;
}

/* Events are lost, or could not be applied: neither the maps nor a running dump can be right. */
void mirror_lost(struct mirror *m)
{
	mirror_stale(m, MIRROR_BOTH);
	m->lost = true;
	m->rules_changed = MIRROR_BOTH;
	mirror_resync_stop(m);
}

int mirror_event(struct mirror *m)
{
	int err = mirror_drain(m, 64);

	return err < 0 && err != -EBUSY ? err : mirror_follow_rules(m);
}

struct mnl_socket *mirror_socket(void)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int on = 1;

	if (!nl)
		return NULL;
	/* Without it a dump's filters are ignored. */
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_setsockopt(nl, NETLINK_GET_STRICT_CHK, &on, sizeof(on)) < 0) {
		mnl_socket_close(nl);
		return NULL;
	}
	return nl;
}

static int subscribe(struct mirror *m)
{
	static const int groups[] = {
		RTNLGRP_LINK,	    RTNLGRP_NEIGH,	 RTNLGRP_IPV4_ROUTE,
		RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
		RTNLGRP_IPV4_RULE,  RTNLGRP_IPV6_RULE,	 RTNLGRP_NEXTHOP,
	};
	int fd;

	m->asks = mirror_socket();
	m->events = mirror_socket();
	if (!m->asks || !m->events)
		return -errno;
	fd = mnl_socket_get_fd(m->events);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &m->buffer, sizeof(m->buffer)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &m->buffer, sizeof(m->buffer));
	for (unsigned int i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		if (groups[i] == RTNLGRP_NEIGH && !m->ops.neigh)
			continue;
		if (mnl_socket_setsockopt(m->events, NETLINK_ADD_MEMBERSHIP, (void *)&groups[i],
					  sizeof(groups[i])) < 0)
			return -errno;
	}
	/* Of the thread, since /proc/net is the process's first thread's. */
	m->rt6_stats = open("/proc/thread-self/net/rt6_stats", O_RDONLY | O_CLOEXEC);
	return 0;
}

/* The FIB changes faster than it is read, just now. */
static bool passes(int err)
{
	return err == -ESTALE || err == -EBUSY || err == -ENOBUFS || err == -EAGAIN ||
	       err == -EINTR;
}

static int read_all(struct mirror *m)
{
	struct rib_usage usage;

	do {
		int err = mirror_resync_step(m);

		if (err < 0)
			return err;
		rib_usage(m->rib, &usage);
		err = m->ops.progress
			      ? m->ops.progress(m->ops.data, usage.routes[0] + usage.routes[1])
			      : 0;
		if (err < 0)
			return err;
	} while (m->resync.running);
	return 0;
}

int mirror_start(struct mirror *m)
{
	int err = subscribe(m), wait;

	if (err < 0)
		return err;
	m->rules_changed = MIRROR_BOTH;
	m->lost = true;
	mirror_stale(m, MIRROR_BOTH);
	for (int tries = 0; m->stale && tries < START_TRIES; tries++) {
		err = read_all(m);
		if (err < 0 && !passes(err))
			return err;
		wait = err < 0 ? mirror_timeout(m) : 0;
		if (wait > 0)
			poll(NULL, 0, wait < START_WAIT ? wait : START_WAIT);
	}
	err = mirror_event(m);
	return err < 0 && !passes(err) ? err : m->stale ? -ESTALE : 0;
}

int mirror_fd(const struct mirror *m)
{
	return mnl_socket_get_fd(m->events);
}

void mirror_resync(struct mirror *m)
{
	m->want |= MIRROR_BOTH;
}

void mirror_quiesce(struct mirror *m)
{
	rib_quiesce(m->rib);
}

void mirror_stats(const struct mirror *m, struct mirror_stats *stats)
{
	*stats = m->stats;
	stats->stale[0] = m->stale & MIRROR_4;
	stats->stale[1] = m->stale & MIRROR_6;
	stats->resyncing = m->resync.running;
}

const struct rib *mirror_rib(const struct mirror *m)
{
	return m->rib;
}

int mirror_static(struct mirror *m, int family, const void *addr, int len,
		  const struct xhop_class *via)
{
	int err = rib_static(m->rib, family, addr, len, via);

	/* It stands in the maps still, with a class that may become another's. */
	if (err && !via && err != -ENOENT)
		mirror_stale(m, mirror_bit(family));
	return err;
}

int mirror_flow(struct mirror *m, bool flow, __u32 groups_max)
{
	int err = rib_flow(m->rib, flow, groups_max);

	m->want |= MIRROR_BOTH;
	if (err) /* the same with groups */
		mirror_stale(m, MIRROR_BOTH);
	return err;
}
