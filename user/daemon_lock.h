/* SPDX-License-Identifier: GPL-2.0 */
/* One daemon a network namespace: a lock file of root's, named by the namespace's cookie. */
#ifndef XHOP_USER_DAEMON_LOCK_H
#define XHOP_USER_DAEMON_LOCK_H

#include <linux/types.h>

#define DAEMON_DIR "/run/xhop" /* root's alone */

/*
 * Prints its own error. The lock's fd, or -errno (-EBUSY: another daemon runs). Removes what killed
 * daemons of other namespaces left.
 */
int daemon_lock(__u64 cookie);
void daemon_unlock(int lock, __u64 cookie);

#endif
