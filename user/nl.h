/* SPDX-License-Identifier: GPL-2.0 */
/* Netlink requests over libmnl: one socket a request, answers to a callback. */
#ifndef XHOP_USER_NL_H
#define XHOP_USER_NL_H

#include <libmnl/libmnl.h>

/* Room for a request. */
#define NL_REQUEST_SIZE 512

/*
 * Send the request in nlh (made with mnl_nlmsg_put_header() in NL_REQUEST_SIZE bytes) to the
 * netlink family bus (NETLINK_ROUTE, ...) and hand every answer to cb. 0 or -errno, where
 * -errno may be the kernel's refusal.
 */
int nl_talk(int bus, struct nlmsghdr *nlh, mnl_cb_t cb, void *data);

/*
 * Ask for the route to an address (4 or 16 bytes by the family, network order); oif 0: over any
 * device; flags: RTM_F_*. As nl_talk().
 */
int nl_route_get(int family, const void *addr, unsigned int oif, unsigned int flags, mnl_cb_t cb,
		 void *data);

#endif
