/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Namespaces: enter the one that -n names, tell which one this is, hold its lock, and leave the
 * private mounts of `ip netns exec` where pins would vanish with the command.
 */
#ifndef XHOP_USER_NETNS_H
#define XHOP_USER_NETNS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* name: as `ip netns` knows it, or a path. Prints its own error. 0 or -errno. */
int netns_join(const char *name);

/* The kernel's unique number of the current network namespace. 0 or -errno. */
int netns_cookie(__u64 *cookie);

/*
 * What `ip netns` calls the current one; "": it has no name. And whether it is still called so: a
 * process would keep a namespace alive that everyone else has given up.
 */
void netns_name(char *name, size_t size);
bool netns_is(const char *name);

/*
 * One xhop at a time changes the ports of a namespace. Waits up to 10 s. The lock goes with the
 * process. Prints its own error. 0 or -errno.
 */
int netns_lock(void);

/*
 * Enter the mount namespace of process 1 (out of reach: of this process's eldest ancestor), if
 * this is another. 0, or -errno and stays where it is.
 */
int mounts_enter_host(void);

#endif
