/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the daemon of this network namespace is, asked on its socket. It may run while no port has
 * its maps, and ports may have maps while it is dead.
 */
#ifndef XHOP_USER_DAEMON_ASK_H
#define XHOP_USER_DAEMON_ASK_H

#include <jansson.h>
#include <stdbool.h>
#include "user/remarks.h"
#include "user/set.h"

struct daemon_status {
	int pid;      /* 0: there is none */
	json_t *says; /* its own words; NULL: it does not answer */
};

void daemon_status_get(struct daemon_status *status);
void daemon_status_free(struct daemon_status *status);

/* "starting", "filling", "following", "stale"; NULL: it does not answer. */
const char *daemon_status_state(const struct daemon_status *status);
long long daemon_status_number(const struct daemon_status *status, const char *name);

/* What keeps packets from the maps' answers. */
void daemon_status_remarks(const struct daemon_status *status, const struct set *set,
			   struct remarks *remarks);

/*
 * Open its route maps, by enum route_map; all -1 on failure. 0; -ENOENT: no daemon runs; -ENODATA:
 * it runs with kernel lookups; -EAGAIN: it does not answer. *pid: the daemon's.
 */
int daemon_maps_open(int fds[ROUTE_MAP_COUNT], int *pid);

#endif
