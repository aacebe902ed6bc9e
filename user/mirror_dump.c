// SPDX-License-Identifier: GPL-2.0
/*
 * The resync: dumps tables local and main of each family in turn, one receive buffer a step.
 * A stale family's events wait in a queue until its dump is over, since what they refer to may
 * not be known; those of a family that is right are applied at once and win over the dump.
 *
 * The kernel resumes an IPv6 dump by counting routes (fib6_dump_table()): if some were deleted
 * and the tree changed meanwhile it may leave out others, so nothing is concluded from what such
 * a dump does not show.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include "user/mirror_priv.h"

/* ns between two resyncs; twice the time that one takes, if no family waits for it. */
#define PAUSE_MIN    20000000ull
#define PAUSE_MAX    5000000000ull
#define FAILURES_MAX 11 /* a pause of 41 s */

static int family_at(int phase)
{
	return phase < 2 ? AF_INET : AF_INET6;
}

/* The rest of this dump would not help. */
static void stop_dump(struct mirror *m)
{
	if (m->resync.nl)
		mnl_socket_close(m->resync.nl);
	m->resync.nl = NULL;
}

void mirror_resync_stop(struct mirror *m)
{
	m->want |= m->resync.families;
	m->resync.running = false;
	stop_dump(m);
}

static int start_dump(struct mirror *m)
{
	static const int tables[] = {RT_TABLE_LOCAL, RT_TABLE_MAIN};
	struct mirror_resync *s = &m->resync;
	char buf[MNL_ALIGN(256)];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	s->nl = mirror_socket();
	if (!s->nl)
		return -errno;
	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = s->seq = ++m->seq;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = family_at(s->phase);
	mnl_attr_put_u32(nlh, RTA_TABLE, tables[s->phase % 2]);
	return mnl_socket_sendto(s->nl, nlh, nlh->nlmsg_len) < 0 ? -errno : 0;
}

/* All that is counted up to sernum is in the dump that follows, or was an event before it. */
static int begin6(struct mirror *m)
{
	struct xhop_generation before, after;
	int err;

	for (int i = 0; i < 3; i++) {
		err = m->ops.generation(m->ops.data, &before);
		err = err ? err : mirror_barrier(m, true);
		err = err ? err : mirror_drain(m, 1024);
		m->resync.credit = 0;
		m->resync.known.told = m->told;
		err = err ? err : m->ops.generation(m->ops.data, &after);
		if (err)
			return err;
		if (!memcmp(before.ip6, after.ip6, sizeof(before.ip6)))
			break;
	}
	memcpy(m->resync.known.ip6, after.ip6, sizeof(after.ip6));
	m->resync.deletes = m->deletes;
	return mirror_overlay(m);
}

static int begin_family(struct mirror *m)
{
	struct mirror_resync *s = &m->resync;
	int family = family_at(s->phase), err;

	s->torn = false;
	err = family == AF_INET6 ? begin6(m) : mirror_drain(m, 1024);
	if (err < 0)
		return err;
	if (m->stale & mirror_bit(family))
		m->queue.used = 0; /* the dump has these */
	rib_dump_begin(m->rib, family, !(m->stale & mirror_bit(family)));
	return 0;
}

static int begin(struct mirror *m)
{
	struct mirror_resync *s = &m->resync;
	int err;

	s->began = mirror_now();
	/* Until its queue is empty a socket that lost events drops more, and says so only once. */
	err = m->lost ? mirror_drain(m, 1024) : 0;
	if (err < 0)
		return err;
	s->running = true;
	if (m->lost) {
		err = mirror_links(m);
		err = err ? err : mirror_nexthops(m);
		if (err < 0)
			return err;
		m->lost = false;
	}
	s->families = m->want;
	m->want = 0;
	s->phase = s->families & MIRROR_4 ? 0 : 2;
	return 0;
}

static int replay(struct mirror *m, int family)
{
	struct mirror_queue *q = &m->queue;
	const struct nlmsghdr *nlh;
	int err = 0;

	for (size_t at = 0; at < q->used && !err; at += NLMSG_ALIGN(nlh->nlmsg_len)) {
		nlh = (const struct nlmsghdr *)(q->data + at);
		if (((const struct rtmsg *)mnl_nlmsg_get_payload(nlh))->rtm_family == family)
			err = mirror_route(m, nlh, MIRROR_REPLAY);
	}
	return err;
}

static bool has_holes(struct mirror *m)
{
	const struct mirror_resync *s = &m->resync;
	struct xhop_generation now;

	if (s->torn || m->ops.generation(m->ops.data, &now) < 0 || mirror_drain(m, 1024) < 0)
		return true;
	if (s->phase < 2)
		return false;
	/* In the queue are deletes that are not counted yet. */
	return mirror_sernum(now.ip6) != mirror_sernum(s->known.ip6) &&
	       (m->deletes != s->deletes || m->queue.used || !mirror_told(m, &s->known, now.ip6));
}

static int end_family(struct mirror *m)
{
	struct mirror_resync *s = &m->resync;
	int family = family_at(s->phase), bit = mirror_bit(family), err;
	bool holes = has_holes(m), stale = m->stale & bit;

	if (!s->running) /* events were lost */
		return 0;
	err = rib_dump_end(m->rib, family, holes);
	if (err < 0)
		return err;
	s->families &= ~bit;
	if (holes)
		m->want |= bit;
	if (holes && stale)
		return 0;
	if (stale) {
		err = replay(m, family);
		if (err < 0)
			return err;
		m->stale &= ~bit;
		if (m->ops.stale)
			m->ops.stale(m->ops.data, family, false);
	}
	if (family == AF_INET6 && !holes) {
		m->known = s->known;
		m->credit = s->credit;
	}
	if (rib_doubts(m->rib))
		m->want |= bit;
	return 0;
}

static void end(struct mirror *m)
{
	struct mirror_resync *s = &m->resync;

	s->running = false;
	s->failures = 0;
	s->ended = mirror_now();
	s->took = s->ended - s->began;
	m->stats.resyncs++;
}

/* 1: the dump goes on, 0: it is over. */
static int read_chunk(struct mirror *m)
{
	struct mirror_resync *s = &m->resync;
	const struct nlmsghdr *nlh;
	ssize_t got = mnl_socket_recvfrom(s->nl, m->chunk, MIRROR_CHUNK);
	int len = got, err, code;

	if (got < 0)
		return -errno;
	/* What happened before this piece was made comes first. */
	err = mirror_drain(m, 1024);
	if (err < 0 && err != -EBUSY)
		return err;
	if (!s->running)
		return 1;
	nlh = (const struct nlmsghdr *)m->chunk;
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != s->seq)
			continue;
		s->torn |= !!(nlh->nlmsg_flags & NLM_F_DUMP_INTR);
		if (nlh->nlmsg_type == NLMSG_DONE)
			return 0;
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			if (mnl_nlmsg_get_payload_len(nlh) < sizeof(code))
				return -EBADMSG;
			memcpy(&code, mnl_nlmsg_get_payload(nlh), sizeof(code));
			return code == -ENOENT ? 0 : code ? code : -EBADMSG; /* no such table */
		}
		if (nlh->nlmsg_type != RTM_NEWROUTE)
			continue;
		err = mirror_route(m, nlh, MIRROR_DUMP);
		if (err < 0)
			return err;
	}
	return 1;
}

static int step(struct mirror *m)
{
	struct mirror_resync *s = &m->resync;
	int err = 0;

	if (!s->running) {
		if (!m->want && !m->lost)
			return 0;
		err = begin(m);
	}
	if (!err && !s->nl) {
		if (!(s->phase % 2))
			err = begin_family(m);
		if (!err && s->running)
			err = start_dump(m);
		if (err || !s->running)
			return err;
	}
	err = err ? err : read_chunk(m);
	if (err || !s->running)
		return err < 0 ? err : 0;
	stop_dump(m);
	if (s->phase % 2)
		err = end_family(m);
	if (err < 0 || !s->running)
		return err;
	s->phase++;
	if (s->phase == 4 || !s->families)
		end(m);
	return 0;
}

int mirror_resync_step(struct mirror *m)
{
	int err = step(m);

	if (err < 0) {
		/* Half a dump is applied: begin again. A full trie is that family's alone. */
		m->resync.ended = mirror_now();
		m->resync.failures++;
		mirror_stale(m, err == -ENOSPC && !m->lost ? mirror_bit(family_at(m->resync.phase))
							   : MIRROR_BOTH);
		mirror_resync_stop(m);
	}
	return err;
}

int mirror_timeout(const struct mirror *m)
{
	const struct mirror_resync *s = &m->resync;
	__u64 pause = !m->stale && 2 * s->took > PAUSE_MIN ? 2 * s->took : PAUSE_MIN;
	__u64 due, now = mirror_now();

	if (pause > PAUSE_MAX)
		pause = PAUSE_MAX;
	if (s->failures) /* no use in trying all the time */
		pause = PAUSE_MIN << (s->failures < FAILURES_MAX ? s->failures : FAILURES_MAX);
	due = s->ended + pause;
	if (s->running)
		return 0;
	if (!m->want)
		return -1;
	return now >= due ? 0 : (due - now) / 1000000 + 1;
}
