// SPDX-License-Identifier: GPL-2.0
/* xhop run: the words of the command line; daemon.c does the work. */
#include <stdlib.h>
#include <string.h>
#include "user/cmd.h"
#include "user/daemon.h"
#include "user/log.h"

/* The value behind a word: one of `names`. Its index, or -1 with an error. */
static int choice(struct args *args, const char *what, const char *const *names)
{
	const char *word = args_next(args);

	if (!word) {
		log_error("run: %s: which one? (%s or %s)", what, names[0], names[1]);
		return -1;
	}
	return args_match(what, word, names);
}

static int parse_device(const char *word, struct daemon_options *options)
{
	for (int i = 0; i < options->count; i++) {
		if (!strcmp(options->names[i], word)) {
			log_error("run: %s: the device is named twice", word);
			return -1;
		}
	}
	options->names[options->count++] = word;
	return 0;
}

static int parse(struct args *args, struct daemon_options *options)
{
	static const char *const lookups[] = {"kernel", "maps", NULL};
	static const char *const modes[] = {"auto", "native", "generic", NULL};
	const char *word;
	int value;

	while ((word = args_next(args))) {
		if (!strcmp(word, "lookup")) {
			value = choice(args, "lookup", lookups);
			options->maps = value;
		} else if (!strcmp(word, "xdp")) {
			value = choice(args, "XDP mode", modes);
			options->mode = value;
		} else {
			if (!strcmp(word, "dev") && args->count)
				word = args_next(args);
			value = parse_device(word, options);
		}
		if (value < 0)
			return -1;
	}
	return 0;
}

static int run(struct args *args)
{
	struct daemon_options options = {.maps = true};
	int ret = EXIT_USAGE;

	options.names = calloc(args->count + 1, sizeof(*options.names));
	if (options.names && !parse(args, &options))
		ret = daemon_run(&options);
	free(options.names);
	return ret;
}

const struct command command_run = {
	.name = "run",
	.arguments = "[DEV...] [lookup maps|kernel] [xdp native|generic|auto]",
	.summary = "the daemon: attach, fill the route maps from the kernel, keep them in step",
	.details =
		"Attaches the devices (or takes over the ports that are there), copies the kernel's\n"
		"routes into maps that the program reads in a fraction of the time, and follows\n"
		"every change. While the maps are behind, or when the daemon is dead, the program\n"
		"asks the kernel: packets are never sent by an old route.\n"
		"\n"
		"Stays in the foreground. SIGTERM and SIGINT end it; the ports stay attached and go\n"
		"on with kernel lookups (xhop detach takes them away).\n"
		"\n"
		"  lookup maps    own maps first, the kernel for what they do not hold (default)\n"
		"  lookup kernel  the kernel for every packet\n"
		"  xdp ...        as for attach\n",
	.run = run,
};
