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

static int parse_metrics(struct args *args, struct config *config)
{
	const char *word = args_next(args);

	if (word && !config_listen(word, config->metrics_addr, &config->metrics_port)) {
		config->metrics_word = true;
		return 0;
	}
	if (word)
		log_error("run: metrics: \"%s\": not [ADDR:]PORT (as 127.0.0.1:9105 or [::1]:9105)",
			  word);
	else
		log_error("run: metrics: where? ([ADDR:]PORT)");
	return -1;
}

static int parse(struct args *args, struct daemon_options *options)
{
	static const char *const lookups[] = {"kernel", "maps", NULL};
	static const char *const multipaths[] = {"kernel", "flow", NULL};
	static const char *const modes[] = {"auto", "native", "generic", NULL};
	const char *word;
	int value;

	while ((word = args_next(args))) {
		if (!strcmp(word, "lookup")) {
			value = choice(args, "lookup", lookups);
			options->maps = value;
		} else if (!strcmp(word, "multipath")) {
			value = choice(args, "multipath", multipaths);
			options->flow = value;
		} else if (!strcmp(word, "metrics")) {
			value = parse_metrics(args, options->config);
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

static int check(const char *file, const struct config *config)
{
	config_notes(file, config);
	printf("%s: good: %d ports, %zu static routes, %zu static neighbours\n", file,
	       config->port_count, config->route_count, config->neigh_count);
	return EXIT_DONE;
}

static int run(struct args *args)
{
	const char *file = args->options->config;
	struct config config = {};
	struct daemon_options options = {.maps = true, .file = file, .config = &config};
	int ret = EXIT_USAGE;

	if (args->options->check && (!file || args->count)) {
		log_error("run: --check verifies a file, and nothing else (-c FILE)");
		return EXIT_USAGE;
	}
	if (file && config_read(file, &config))
		return EXIT_USAGE;
	options.maps = !config.kernel;
	options.flow = config.flow;
	options.names = calloc(args->count + 1, sizeof(*options.names));
	if (args->options->check)
		ret = check(file, &config);
	else if (options.names && !parse(args, &options))
		ret = daemon_run(&options);
	free(options.names);
	config_free(&config);
	return ret;
}

const struct command command_run = {
	.name = "run",
	.arguments = "[-c FILE [--check]] [DEV...] [lookup maps|kernel] [xdp native|generic|auto]\n"
		     "              [multipath kernel|flow] [metrics [ADDR:]PORT]",
	.summary = "the daemon: attach, fill the route maps from the kernel, keep them in step",
	.details =
		"Attaches the devices (or takes over the ports that are there), copies the "
		"kernel's\n"
		"routes into maps that the program reads in a fraction of the time, and follows\n"
		"every change. While the maps are behind, or when the daemon is dead, the program\n"
		"asks the kernel: packets are never sent by an old route.\n"
		"\n"
		"Stays in the foreground. SIGTERM and SIGINT end it; the ports stay attached and "
		"go\n"
		"on with kernel lookups (xhop detach takes them away). A start that fails or is "
		"ended\n"
		"detaches the ports that it attached. Commands that need the maps wait for them.\n"
		"A named device that is deleted and made anew is attached again.\n"
		"\n"
		"  lookup maps    own maps first, the kernel for what they do not hold (default)\n"
		"  lookup kernel  the kernel for every packet\n"
		"  xdp ...        as for attach\n"
		"  multipath ...  several next hops: leave the choice to the kernel (default), or "
		"choose\n"
		"                 by a hash of the flow; then removing a hop moves only its flows\n"
		"  metrics ...    counters for Prometheus, over HTTP (default address: 127.0.0.1)\n"
		"  -c FILE        one command a line, # begins a comment:\n"
		"                   attach DEV... [xdp MODE]        lookup maps|kernel\n"
		"                   multipath kernel|flow           metrics [ADDR:]PORT\n"
		"                   route add PREFIX via ADDR dev DEV [mtu N]\n"
		"                   neigh add ADDR lladdr MAC dev DEV\n"
		"                   size routes4|routes6|classes N, size buffer BYTES\n"
		"                 SIGHUP reads it again and applies what has changed; a file with "
		"an\n"
		"                 error changes nothing, what the system refuses (no such device)\n"
		"                 does not keep the rest from it. What a command has changed or "
		"deleted\n"
		"                 stays so until the file's own line changes\n"
		"  --check        only verify the file\n",
	.run = run,
};
