// SPDX-License-Identifier: GPL-2.0
/* Next hops as the kernel sees them: see gateway.h. */
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "user/gateway.h"
#include "user/nl.h"

struct found {
	__u8 type; /* RTN_... */
	__u32 oif;
	bool gateway;
};

static int on_route(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct found *found = data;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm))
		return MNL_CB_OK;
	*found = (struct found){.type = rtm->rtm_type};
	mnl_attr_for_each (attr, nlh, sizeof(*rtm)) {
		switch (mnl_attr_get_type(attr)) {
		case RTA_OIF:
			found->oif = mnl_attr_get_u32(attr);
			break;
		case RTA_GATEWAY:
		case RTA_VIA:
		case RTA_MULTIPATH:
			found->gateway = true;
			break;
		}
	}
	return MNL_CB_OK;
}

/* oif 0: any device. match: the route of the FIB, not what a packet would get. false: none. */
static bool lookup(int family, const void *addr, __u32 oif, bool match, struct found *found)
{
	unsigned int flags = match ? RTM_F_FIB_MATCH : 0;

	*found = (struct found){};
	return !nl_route_get(family, addr, oif, flags, on_route, found) && found->type;
}

/* The kernel has one neighbour for all addresses of a point-to-point device. */
static bool takes_ethernet(__u32 ifindex)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {};
	bool ethernet = true;

	if (fd >= 0 && if_indextoname(ifindex, request.ifr_name)) {
		if (!ioctl(fd, SIOCGIFHWADDR, &request))
			ethernet = request.ifr_hwaddr.sa_family == ARPHRD_ETHER;
		if (ethernet && !ioctl(fd, SIOCGIFFLAGS, &request))
			ethernet = !(request.ifr_flags & (IFF_LOOPBACK | IFF_POINTOPOINT));
	}
	if (fd >= 0)
		close(fd);
	return ethernet;
}

static bool link_local(int family, const __u8 *addr)
{
	return family == AF_INET6 && addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80;
}

enum gateway gateway_ask(__u32 ifindex, int family, const void *addr)
{
	struct found found;

	if (!takes_ethernet(ifindex))
		return GATEWAY_DEVICE;
	/* Another link may have the same link-local address. */
	if (lookup(family, addr, link_local(family, addr) ? ifindex : 0, false, &found)) {
		switch (found.type) {
		case RTN_LOCAL:
			return GATEWAY_LOCAL;
		case RTN_BROADCAST:
			return GATEWAY_BROADCAST;
		case RTN_MULTICAST:
		case RTN_ANYCAST:
			return GATEWAY_MANY;
		}
	}
	if (!lookup(family, addr, ifindex, true, &found) || found.type != RTN_UNICAST ||
	    found.gateway || found.oif != ifindex)
		return GATEWAY_OFF_LINK;
	return GATEWAY_GOOD;
}

bool gateway_hopeless(enum gateway says)
{
	return says >= GATEWAY_DEVICE;
}

const char *gateway_text(enum gateway says)
{
	switch (says) {
	case GATEWAY_OFF_LINK:
		return "not on a link of this device (Linux would want onlink)";
	case GATEWAY_DEVICE:
		return "not an Ethernet device (xhop forwards Ethernet frames)";
	case GATEWAY_LOCAL:
		return "an address of this router";
	case GATEWAY_BROADCAST:
		return "a broadcast address";
	case GATEWAY_MANY:
		return "not the address of one host";
	case GATEWAY_GOOD:
		break;
	}
	return "";
}
