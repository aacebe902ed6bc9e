/* SPDX-License-Identifier: GPL-2.0 */
/* Make devices ports of this namespace's set, or replace what they run by this build's program. */
#ifndef XHOP_USER_ATTACH_H
#define XHOP_USER_ATTACH_H

#include <stdbool.h>
#include "user/load.h"

enum attach_lookup { ATTACH_AS_SET, ATTACH_KERNEL, ATTACH_MAPS };

struct attach {
	const char **names;
	int count;
	enum load_mode mode;
	enum attach_lookup lookup;
	const int *route_maps; /* to use, by enum route_map; NULL: those of the set */
	bool quiet;	       /* no remarks */
};

/*
 * Takes the namespace's lock until the process ends. Prints its own errors. 0; -EINVAL, -ENODEV: a
 * device that cannot be a port; other -errno: the system refused.
 */
int attach_ports(const struct attach *request);

#endif
