/* SPDX-License-Identifier: GPL-2.0 */
/* The commands: one verb a file, one table in main.c. */
#ifndef XHOP_USER_CMD_H
#define XHOP_USER_CMD_H

#include "user/args.h"

enum {
	EXIT_DONE = 0,
	EXIT_USAGE = 1,	  /* wrong use */
	EXIT_REFUSED = 2, /* the system refused */
};

struct command {
	const char *name;
	const char *arguments; /* behind the name, as in the help */
	const char *summary;   /* one line */
	const char *details;   /* for `xhop NAME --help` */
	int (*run)(struct args *args);
};

extern const struct command command_attach, command_detach, command_neigh, command_route,
	command_run, command_show;

/* The usage line of a command, as an error. Returns EXIT_USAGE. */
int usage(const struct command *command);

#endif
