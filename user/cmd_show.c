// SPDX-License-Identifier: GPL-2.0
/* xhop show: what runs in this namespace and what it carried, read from the kernel alone. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "user/cmd.h"
#include "user/log.h"
#include "user/show.h"

/* Reads the set anew for each round of `watch`. */
static int show_once(const struct show *show)
{
	struct links links;
	struct set set;
	int err = links_get(&links);

	if (err) {
		log_error("show: cannot list the devices: %s", strerror(-err));
		return err;
	}
	err = set_find(&set, &links);
	if (err) {
		log_error("show: cannot find the running ports: %s%s", strerror(-err),
			  err == -EPERM ? " (needs CAP_SYS_ADMIN outside of user namespaces)" : "");
		links_free(&links);
		return err;
	}
	if (!set.count && show->print != show_status && !show->options->json &&
	    !show->options->pretty)
		log_note("nothing is attached in this network namespace (xhop attach DEV...)");
	if (set.foreign) {
		log_error(
			"show: the ports here are of another version of xhop (show them with that "
			"one, or xhop detach all and attach again)");
		set_close(&set);
		links_free(&links);
		return -EBUSY;
	}
	if (show->dev && !link_by_name(&links, show->dev)) {
		log_error("show: %s: no such device in this network namespace (ip link shows them)",
			  show->dev);
		err = -ENODEV;
	} else if (show->dev && !set_port(&set, link_by_name(&links, show->dev)->ifindex)) {
		log_error("show: %s: not a port of xhop (xhop show dev lists them)", show->dev);
		err = -EINVAL;
	} else {
		err = show->print(show, &set, &links);
	}
	set_close(&set);
	links_free(&links);
	return err;
}

static int parse_object(struct args *args, struct show *show)
{
	static const char *const objects[] = {"status", "dev", "hop", "reason", NULL};
	static int (*const prints[])(const struct show *, const struct set *,
				     const struct links *) = {show_status, show_dev, show_hop,
							      show_reason};
	const char *word;
	int object;

	show->print = show_status;
	if (!args->count || !strcmp(args->words[0], "watch"))
		return 0;
	word = args_next(args);
	object = args_match("object", word, objects);
	if (object < 0)
		return -1;
	show->print = prints[object];
	return 0;
}

static int parse(struct args *args, struct show *show)
{
	const char *word;

	if (parse_object(args, show))
		return -1;
	while ((word = args_next(args))) {
		if (!strcmp(word, "watch")) {
			word = args_next(args);
			if (!word) {
				log_error("show: watch: every how many seconds?");
				return -1;
			}
			if (args_number("watch", word, 1, 86400, &show->watch))
				return -1;
			continue;
		}
		if (!strcmp(word, "dev") && args->count)
			word = args_next(args);
		if (show->dev) {
			log_error("show: one device, please: %s or %s?", show->dev, word);
			return -1;
		}
		show->dev = word;
	}
	return 0;
}

static int run(struct args *args)
{
	struct show show = {.options = args->options};
	int err;

	if (parse(args, &show))
		return EXIT_USAGE;
	if (rights_check("show", false))
		return EXIT_REFUSED;
	for (;;) {
		err = show_once(&show);
		if (err || !show.watch || out_flush())
			break;
		sleep(show.watch);
		if (isatty(STDOUT_FILENO))
			fputs("\033[H\033[J", stdout); /* home, clear */
	}
	return !err ? EXIT_DONE : err == -ENODEV || err == -EINVAL ? EXIT_USAGE : EXIT_REFUSED;
}

const struct command command_show = {
	.name = "show",
	.arguments = "[status|dev|hop|reason] [[dev] DEV] [watch SECONDS]",
	.summary = "what runs in this network namespace and what it carried",
	.details =
		"  status  ports, share forwarded by XDP, what keeps packets from it (default)\n"
		"  dev     per port: packets seen, forwarded, passed to Linux, failed redirects\n"
		"  hop     per next hop: packets and bytes\n"
		"  reason  why packets went where they went; -s lists those without packets too\n"
		"\n"
		"DEV restricts dev and reason to packets that came in there, hop to next hops\n"
		"behind it. watch repeats every so many seconds.\n",
	.run = run,
};
