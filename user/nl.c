// SPDX-License-Identifier: GPL-2.0
/* Netlink requests: see nl.h. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <time.h>
#include "user/nl.h"

static int nl_receive(struct mnl_socket *nl, unsigned int seq, mnl_cb_t cb, void *data)
{
	char buf[32768]; /* the kernel fills dumps up to this size */
	ssize_t len;
	int ret;

	do {
		len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (len < 0)
			return -errno;
		ret = mnl_cb_run(buf, len, seq, mnl_socket_get_portid(nl), cb, data);
	} while (ret == MNL_CB_OK);
	return ret < 0 ? -errno : 0;
}

int nl_talk(int bus, struct nlmsghdr *nlh, mnl_cb_t cb, void *data)
{
	struct mnl_socket *nl = mnl_socket_open2(bus, SOCK_CLOEXEC);
	int err;

	if (!nl)
		return -errno;
	nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = time(NULL);
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		err = -errno;
	else
		err = nl_receive(nl, nlh->nlmsg_seq, cb, data);
	mnl_socket_close(nl);
	return err;
}

int nl_route_get(int family, const void *addr, unsigned int oif, unsigned int flags, mnl_cb_t cb,
		 void *data)
{
	int size = family == AF_INET ? 4 : 16;
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	nlh->nlmsg_type = RTM_GETROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = family;
	rtm->rtm_dst_len = 8 * size;
	rtm->rtm_flags = flags;
	mnl_attr_put(nlh, RTA_DST, size, addr);
	if (oif)
		mnl_attr_put_u32(nlh, RTA_OIF, oif);
	return nl_talk(NETLINK_ROUTE, nlh, cb, data);
}
