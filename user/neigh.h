/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's neighbours (ARP, ND) of the current network namespace. */
#ifndef XHOP_USER_NEIGH_H
#define XHOP_USER_NEIGH_H

#include "maps/types.h"

/* NUD_VALID of the kernel: PERMANENT, NOARP, REACHABLE, PROBE, STALE, DELAY. */
#define NEIGHBOUR_VALID (0x80 | 0x40 | 0x02 | 0x10 | 0x04 | 0x08)

struct neighbour {
	struct xhop_hop_key key; /* with its MAC */
	__u16 state;		 /* NUD_... */
	__u8 protocol;		 /* who made it (NDA_PROTOCOL), 0: unknown */
};

struct neighbours {
	struct neighbour *list; /* by device and address */
	int count;
};

/* All neighbours; empty if the kernel does not tell. neighbours_free() afterwards. */
void neighbours_get(struct neighbours *neighbours);
void neighbours_free(struct neighbours *neighbours);

/* By device, address and family. NULL: not there. */
const struct neighbour *neighbour_find(const struct neighbours *neighbours,
				       const struct xhop_hop_key *hop);

/* A state in ip neigh's words. */
const char *neighbour_state_name(__u16 state);

/* The state of a next hop in ip neigh's words; "moved": another MAC; "gone": not there. */
const char *neighbour_state(const struct neighbours *neighbours, const struct xhop_hop_key *hop);

#endif
