// SPDX-License-Identifier: GPL-2.0
/* Routes over netlink: see route.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include "tests/bench/route.h"

#define BATCH (32 << 10)

struct mnl_socket *route_open(void)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct timeval wait = {.tv_sec = 30}; /* an answer that never comes is an error */

	if (nl)
		setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (nl && mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID)) {
		mnl_socket_close(nl);
		return NULL;
	}
	return nl;
}

static struct nlmsghdr *put_route(void *at, const struct routes *routes, const struct prefix *p,
				  unsigned int ifindex, int hop, int flags)
{
	static const unsigned char via4[16] = {10, 2, 0}, via6[16] = {0xfd, 0x02};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(at);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	int bytes = routes->bits / 8;
	unsigned char via[16];

	memcpy(via, bytes == 4 ? via4 : via6, 16);
	via[bytes - 1] = HOP_FIRST + hop;
	nlh->nlmsg_type = RTM_NEWROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | flags;
	rtm->rtm_family = routes->family;
	rtm->rtm_dst_len = p->len;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_BGP;
	rtm->rtm_scope = RT_SCOPE_UNIVERSE;
	rtm->rtm_type = RTN_UNICAST;
	mnl_attr_put(nlh, RTA_DST, bytes, p->addr);
	mnl_attr_put(nlh, RTA_GATEWAY, bytes, via);
	mnl_attr_put_u32(nlh, RTA_OIF, ifindex);
	return nlh;
}

/* Errors, and at the end the one acknowledgement with this sequence number. */
static int collect(struct mnl_socket *nl, unsigned int seq)
{
	static __thread char buf[1 << 16];
	int err = 0;

	for (;;) {
		int n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		struct nlmsghdr *nlh = (void *)buf;

		if (n < 0)
			return -errno;
		for (; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n)) {
			struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

			if (nlh->nlmsg_type != NLMSG_ERROR)
				continue;
			if (e->error && !err)
				err = e->error;
			if (nlh->nlmsg_seq == seq)
				return err;
		}
	}
}

static int send_batch(struct mnl_socket *nl, char *buf, struct nlmsghdr *last)
{
	static __thread unsigned int seq = 1;

	last->nlmsg_flags |= NLM_F_ACK;
	last->nlmsg_seq = ++seq;
	if (mnl_socket_sendto(nl, buf, (char *)last + NLMSG_ALIGN(last->nlmsg_len) - buf) < 0)
		return -errno;
	return collect(nl, seq);
}

static int put_all(struct mnl_socket *nl, const struct routes *routes, int from, int to,
		   unsigned int ifindex, int shift, int flags)
{
	static __thread char buf[BATCH + 512];
	struct nlmsghdr *nlh = NULL;
	char *at = buf;
	int err = 0;

	for (int i = from; i < to && !err; i++) {
		const struct prefix *p = &routes->prefixes[i];

		nlh = put_route(at, routes, p, ifindex, (p->hop + shift) % BENCH_HOPS, flags);
		at += NLMSG_ALIGN(nlh->nlmsg_len);
		if (at - buf >= BATCH || i == to - 1) {
			err = send_batch(nl, buf, nlh);
			at = buf;
		}
	}
	return err;
}

int route_add(struct mnl_socket *nl, const struct routes *routes, int from, int to,
	      unsigned int ifindex)
{
	return put_all(nl, routes, from, to, ifindex, 0, NLM_F_EXCL);
}

int route_shift(struct mnl_socket *nl, const struct routes *routes, int from, int to,
		unsigned int ifindex, int shift)
{
	return put_all(nl, routes, from, to, ifindex, shift, NLM_F_REPLACE);
}
