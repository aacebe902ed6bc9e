/* SPDX-License-Identifier: GPL-2.0 */
/* What the running kernel can, as far as xhop depends on it. */
#ifndef XHOP_USER_KERNEL_H
#define XHOP_USER_KERNEL_H

#include <stdbool.h>

#include "maps/types.h"

struct kernel {
	bool kfuncs;	 /* bpf_cast_to_kern_ctx, bpf_rdonly_cast (Linux 6.4) */
	bool skip_neigh; /* BPF_FIB_LOOKUP_SKIP_NEIGH (Linux 6.4) */
	bool veth_skb;	 /* a veth shows its skb behind the frame */
	enum xhop_addr_hash addr_hash;
	unsigned long long vlan_rx_features, vlan_tx_features; /* NETIF_F_HW_VLAN_* */
};

/* Probe, once. Prints its own error if the kernel is too old. 0 or -errno. */
int kernel_probe(struct kernel *kernel);

/* Find out how the kernel hashes its own addresses; kernel_probe() calls it. */
enum xhop_addr_hash kernel_addr_hash(bool kfuncs);

/*
 * Are the capabilities there that changing (or, for show, finding) ports needs? Prints which are
 * missing. what: the command. 0 or -EPERM.
 */
int rights_check(const char *what, bool change);

#endif
