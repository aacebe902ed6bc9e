// SPDX-License-Identifier: GPL-2.0
/* xhop attach: the words of the command line; attach.c does the work. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/attach.h"
#include "user/cmd.h"
#include "user/log.h"

static int parse_mode(struct args *args, struct attach *request)
{
	static const char *const modes[] = {"auto", "native", "generic", NULL};
	const char *word = args_next(args);
	int mode;

	if (!word) {
		log_error("attach: xdp: what mode? (native, generic or auto)");
		return -1;
	}
	mode = args_match("XDP mode", word, modes);
	request->mode = mode;
	return mode < 0 ? -1 : 0;
}

static int parse_lookup(struct args *args, struct attach *request)
{
	static const char *const lookups[] = {"kernel", "maps", NULL};
	const char *word = args_next(args);
	int lookup;

	if (!word) {
		log_error("attach: lookup: what? (kernel or maps)");
		return -1;
	}
	lookup = args_match("lookup", word, lookups);
	request->lookup = lookup ? ATTACH_MAPS : ATTACH_KERNEL;
	return lookup < 0 ? -1 : 0;
}

static int parse(struct args *args, struct attach *request)
{
	const char *word;

	while ((word = args_next(args))) {
		if (!strcmp(word, "xdp")) {
			if (parse_mode(args, request))
				return -1;
			continue;
		}
		if (!strcmp(word, "lookup")) {
			if (parse_lookup(args, request))
				return -1;
			continue;
		}
		if (!strcmp(word, "dev")) {
			word = args_next(args);
			if (!word) {
				log_error("attach: dev: which one?");
				return -1;
			}
		}
		for (int i = 0; i < request->count; i++) {
			if (!strcmp(request->names[i], word)) {
				log_error("attach %s: the device is named twice", word);
				return -1;
			}
		}
		request->names[request->count++] = word;
	}
	return request->count ? 0 : usage(&command_attach);
}

static int run(struct args *args)
{
	struct attach request = {};
	int ret = EXIT_USAGE;

	request.names = calloc(args->count + 1, sizeof(*request.names));
	if (request.names && !parse(args, &request)) {
		switch (attach_ports(&request)) {
		case 0:
			ret = EXIT_DONE;
			break;
		case -EINVAL:
		case -ENODEV:
			break;
		default:
			ret = EXIT_REFUSED;
		}
	}
	free(request.names);
	return ret;
}

const struct command command_attach = {
	.name = "attach",
	.arguments = "DEV... [xdp native|generic|auto] [lookup kernel|maps]",
	.summary = "make devices ports: forward between them at the driver's hook",
	.details =
		"All ports of a network namespace form one set: a packet that comes in on one may\n"
		"leave on any other. Attaching a port again replaces its program by that of this\n"
		"build; counters go on. Returns at once, no daemon is needed.\n"
		"\n"
		"  xdp auto     native where the driver can, else generic (default)\n"
		"  xdp native   in the driver, or not at all\n"
		"  xdp generic  behind the driver, on any device, slower\n"
		"  lookup kernel  ask the kernel's FIB for every packet\n"
		"  lookup maps    ask the route maps first, which the daemon fills (xhop run)\n"
		"Without it: maps where a daemon has made them, else kernel. The daemon is asked "
		"for\n"
		"its maps, so ports come back to it after xhop detach all, too.\n",
	.run = run,
};
