/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The daemon: fills the route maps of this namespace's set from the kernel's FIB, follows every
 * change, and lets the program use the maps only while they hold the kernel's own generation.
 */
#ifndef XHOP_USER_DAEMON_H
#define XHOP_USER_DAEMON_H

#include <stdbool.h>
#include "user/config.h"
#include "user/load.h"

struct daemon_options {
	const char **names; /* devices to attach; none: the ports that are there */
	int count;
	enum load_mode mode;
	bool maps;	       /* else the ports use kernel lookups and the daemon only serves */
	bool flow;	       /* own choice among several next hops */
	const char *file;      /* read again on SIGHUP; NULL: none */
	struct config *config; /* what it says, ports and sizes among it; taken by the daemon */
};

/*
 * Runs until SIGTERM or SIGINT. The ports stay attached and go on with kernel lookups. Prints its
 * own errors. An exit status of the commands.
 */
int daemon_run(const struct daemon_options *options);

#endif
