/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Forwarding programs: load one for a device, attach it, replace it, take it away. The only file
 * that knows their skeleton.
 */
#ifndef XHOP_USER_LOAD_H
#define XHOP_USER_LOAD_H

#include "user/kernel.h"
#include "user/link.h"
#include "user/machine.h"
#include "user/set.h"

enum load_mode { LOAD_AUTO, LOAD_NATIVE, LOAD_GENERIC };

struct load {
	const struct kernel *kernel;
	const struct machine *machine;
	struct set *set;       /* its maps are filled by the first port */
	const int *route_maps; /* fds by enum route_map; NULL: kernel lookups only */
};

/*
 * A program of xhop that its set has lost, since its device was moved to another namespace?
 * port_orphan_detach() prints its own errors. 0 or -errno.
 */
bool port_is_orphan(const struct set *set, const struct link *link);
int port_orphan_detach(const struct link *link);

/* Is a foreign XDP program in the way? Prints the error. 0 or -EBUSY. */
int port_check(const struct set *set, const struct link *link);

/*
 * Make the device a port: the other ports may redirect to it as soon as this returns. On failure
 * nothing of it is left. Prints its own errors and notes. 0 or -errno.
 */
int port_attach(const struct load *load, const struct link *link, enum load_mode mode);

/*
 * Put the program of this build in place of the running one; counters go on, no packet is lost.
 * Prints its own errors. 0 or -errno.
 */
int port_replace(const struct load *load, const struct link *link, struct port *port);

/*
 * Take the program off the device and the device out of the set's targets. errors_map: from
 * machine_errors_open(), or -1. Prints its own errors. 0 or -errno.
 */
int port_detach(const struct set *set, const struct port *port, const struct link *link,
		int errors_map);

#endif
