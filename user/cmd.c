// SPDX-License-Identifier: GPL-2.0
/* What all commands share. */
#include "user/cmd.h"
#include "user/log.h"

int usage(const struct command *command)
{
	log_error("usage: xhop [OPTIONS] %s %s (xhop %s --help tells more)", command->name,
		  command->arguments, command->name);
	return EXIT_USAGE;
}
