/* SPDX-License-Identifier: GPL-2.0 */
/* What the running kernel can, as far as xhop depends on it. */
#ifndef XHOP_USER_KERNEL_H
#define XHOP_USER_KERNEL_H

#include <stdbool.h>

struct kernel {
	bool kfuncs;	 /* bpf_cast_to_kern_ctx, bpf_rdonly_cast (Linux 6.4) */
	bool skip_neigh; /* BPF_FIB_LOOKUP_SKIP_NEIGH (Linux 6.4) */
	bool veth_skb;	 /* a veth shows its skb behind the frame */
};

/* Probe, once. Prints its own error if the kernel is too old. 0 or -errno. */
int kernel_probe(struct kernel *kernel);

/*
 * Are the capabilities there that changing (or, for show, finding) ports needs? Prints which are
 * missing. what: the command. 0 or -EPERM.
 */
int rights_check(const char *what, bool change);

#endif
