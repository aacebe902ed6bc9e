/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Changes of the kernel's neighbour table. Entries of xhop's own carry its protocol number, so
 * that they are told apart and found again. 0 or -errno.
 */
#ifndef XHOP_USER_NEIGH_SET_H
#define XHOP_USER_NEIGH_SET_H

#include <linux/types.h>
#include <stdbool.h>

#define NEIGH_PROTOCOL 120 /* NDA_PROTOCOL of the entries that xhop makes */

/* The kernel asks for the neighbour's MAC as if it had a packet for it (ip neigh ... use). */
int neigh_resolve(__u32 ifindex, int family, const void *addr);

/* A permanent entry, in place of what is there. */
int neigh_install(__u32 ifindex, int family, const void *addr, const __u8 lladdr[6]);
int neigh_remove(__u32 ifindex, int family, const void *addr);

/* Removes what a daemon that died has left in this namespace: how many. */
int neigh_remove_all(void);
/* One of these. addr: 16 bytes. false: it is not there, or cannot be removed. */
bool neigh_remove_left(__u32 ifindex, int family, const __u8 *addr);

#endif
