/* SPDX-License-Identifier: GPL-2.0 */
/* The devices of the current network namespace, as rtnetlink shows them. */
#ifndef XHOP_USER_LINK_H
#define XHOP_USER_LINK_H

#include <linux/types.h>
#include <net/if.h>
#include <stdbool.h>

struct link {
	unsigned int ifindex;
	char name[IFNAMSIZ];
	char kind[16];	     /* "veth", "bridge", "tun", ...; "" for hardware */
	unsigned short type; /* ARPHRD_... */
	unsigned int flags;  /* IFF_... */
	unsigned int mtu;
	unsigned int peer;   /* ifindex of a veth's peer, in its own namespace; 0: none */
	bool peer_elsewhere; /* the peer lives in another namespace */
	unsigned int master; /* ifindex of bridge, bond, VRF; 0: none */
	bool carrier;
	unsigned char xdp_mode; /* XDP_ATTACHED_... */
	unsigned int xdp_prog;	/* id of the attached program, 0: none */
	char xdp_name[16];	/* its name, "" if unknown */
};

struct links {
	struct link *list; /* by ifindex */
	int count;
};

/* Ask the kernel for all devices. links_free() after success. 0 or -errno. */
int links_get(struct links *links);
void links_free(struct links *links);

/* NULL: no such device. */
const struct link *link_by_index(const struct links *links, unsigned int ifindex);
const struct link *link_by_name(const struct links *links, const char *name);

#endif
