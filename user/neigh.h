/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's neighbours (ARP, ND) of the current network namespace. */
#ifndef XHOP_USER_NEIGH_H
#define XHOP_USER_NEIGH_H

#include "maps/types.h"

struct neighbour {
	struct xhop_hop_key key; /* with its MAC */
	__u16 state;		 /* NUD_... */
};

struct neighbours {
	struct neighbour *list; /* by device and address */
	int count;
};

/* All neighbours; empty if the kernel does not tell. neighbours_free() afterwards. */
void neighbours_get(struct neighbours *neighbours);
void neighbours_free(struct neighbours *neighbours);

/* The state of a next hop in ip neigh's words; "moved": another MAC; "gone": not there. */
const char *neighbour_state(const struct neighbours *neighbours, const struct xhop_hop_key *hop);

#endif
