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

static const char *const objects[] = {"status", "dev", "hop", "route", "neigh", "reason", NULL};
enum { OBJECT_HOP = 2, OBJECT_ROUTE, OBJECT_NEIGH };

/* Index into objects, or -1. */
static int parse_object(struct args *args)
{
	if (!args->count || !strcmp(args->words[0], "watch"))
		return 0;
	return args_match("object", args_next(args), objects);
}

static int parse(struct args *args, struct show *show)
{
	const char *word;

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
	static int (*const prints[])(const struct show *, const struct set *,
				     const struct links *) = {show_status, show_dev, show_hop,
							      NULL,	   NULL,     show_reason};
	struct show show = {.options = args->options};
	int object = parse_object(args), err;

	if (object >= 0 && (object < OBJECT_HOP || object > OBJECT_NEIGH) &&
	    (args->options->only4 || args->options->only6)) {
		log_error("show %s: no -4 and -6, please (it is not counted by family)",
			  objects[object]);
		return EXIT_USAGE;
	}
	if (object == OBJECT_ROUTE)
		return show_route(args);
	if (object == OBJECT_NEIGH)
		return show_neigh(args);
	if (object >= 0)
		show.print = prints[object];
	if (object < 0 || parse(args, &show))
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
	.arguments = "[status|dev|hop|reason] [[dev] DEV] [watch SECONDS] | "
		     "route [get ADDR|static] | neigh [[dev] DEV]",
	.summary = "what runs in this network namespace and what it carried",
	.details =
		"  status  ports, share forwarded by XDP, what keeps packets from it (default)\n"
		"  dev     per port: packets seen, forwarded, passed to Linux, failed redirects\n"
		"  hop     per next hop: packets and bytes\n"
		"  route   what the daemon's maps hold: each prefix, its hop, and who says so\n"
		"  neigh   the kernel's neighbours, and which of them are static ones of xhop's\n"
		"  reason  why packets went where they went; -s lists those without packets too\n"
		"\n"
		"DEV restricts dev and reason to packets that came in there, hop to next hops\n"
		"behind it. watch repeats these every so many seconds.\n"
		"\n"
		"route get ADDR shows the one entry that the program would find for an address,\n"
		"route static only the entries that the kernel does not have. ANSWER: hop, group\n"
		"(several hops, chosen by flow; get lists them), kernel (it is asked), no device "
		"(not\n"
		"there yet). REMARK: what keeps packets from it.\n",
	.run = run,
};
