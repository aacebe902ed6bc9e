/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which hop of a group has which slots: rendezvous hashing. Each hop draws a number for each
 * slot, from its own identity alone, and the best one has it. So a hop that goes leaves all
 * slots of the others as they are, and the same hops have the same slots in every run.
 */
#ifndef XHOP_USER_RENDEZVOUS_H
#define XHOP_USER_RENDEZVOUS_H

#include "maps/types.h"

struct rendezvous_hop {
	__u64 identity; /* the same for the same hop */
	__u32 weight;	/* from 1 */
	__u16 value;	/* for its slots */
};

/* count: from 1 to XHOP_GROUP_SLOTS, with different identities. */
void rendezvous_fill(const struct rendezvous_hop *hops, unsigned int count,
		     struct xhop_group *group);

#endif
