// SPDX-License-Identifier: GPL-2.0
/* xhop detach: take ports out of this namespace's set. Linux forwards their packets again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "user/cmd.h"
#include "user/control.h"
#include "user/load.h"
#include "user/log.h"
#include "user/neigh_set.h"
#include "user/netns.h"

/* Devices that were ports in another namespace brought their programs along. */
static int detach_orphans(const struct set *set, const struct links *links)
{
	int err = 0;

	for (int i = 0; i < links->count && !err; i++) {
		if (port_is_orphan(set, &links->list[i]))
			err = port_orphan_detach(&links->list[i]);
	}
	return err;
}

/* The named ports, or all; every name is checked before the first port goes. *all: it was said. */
static int select_ports(struct args *args, const struct set *set, const struct links *links,
			bool *selected, bool *all)
{
	const char *word;

	while ((word = args_next(args))) {
		const struct link *link = link_by_name(links, word);
		struct port *port = link ? set_port(set, link->ifindex) : NULL;

		if (link && port_is_orphan(set, link)) {
			if (port_orphan_detach(link))
				return -EIO;
			continue;
		}
		if (!strcmp(word, "all") && !port) {
			if (detach_orphans(set, links))
				return -EIO;
			*all = true;
			for (int i = 0; i < set->count; i++)
				selected[i] = true;
			continue;
		}
		if (!port) {
			log_error("detach %s: %s", word,
				  link ? "not a port of xhop (xhop show dev lists them)"
				       : "no such device in this network namespace (ip link shows "
					 "them)");
			return -EINVAL;
		}
		if (selected[port - set->ports]) {
			log_error("detach %s: the device is named twice", word);
			return -EINVAL;
		}
		selected[port - set->ports] = true;
	}
	return 0;
}

static int detach_selected(const struct set *set, const struct links *links, const bool *selected)
{
	int errors_map = machine_errors_open(set), err = 0;

	for (int i = 0; i < set->count; i++) {
		const struct port *port = &set->ports[i];
		int one;

		if (!selected[i])
			continue;
		one = port_detach(set, port, link_by_index(links, port->config.ifindex),
				  errors_map);
		if (one && !err)
			err = one;
	}
	if (errors_map >= 0)
		close(errors_map);
	return err;
}

static int detach_locked(struct args *args)
{
	bool *selected = NULL, all = false;
	struct links links = {};
	struct set set = {};
	int err;

	err = links_get(&links);
	if (!err)
		err = set_find(&set, &links);
	if (err) {
		log_error("detach: cannot find the running ports: %s", strerror(-err));
		links_free(&links);
		return err;
	}
	selected = calloc(set.count + 1, sizeof(*selected));
	err = selected ? select_ports(args, &set, &links, selected, &all) : -ENOMEM;
	if (!err)
		err = detach_selected(&set, &links, selected);
	free(selected);
	set_close(&set);
	links_free(&links);
	if (!err)
		machine_stop_if_unused();
	if (!err && all && !client_there())
		neigh_remove_all(); /* of a daemon that did not end well */
	return err;
}

static int run(struct args *args)
{
	int err;

	if (!args->count)
		return usage(&command_detach);
	if (rights_check("detach", true))
		return EXIT_REFUSED;
	if (netns_lock())
		return EXIT_REFUSED;
	mounts_enter_host(); /* libxdp's and our own pins are there */
	err = detach_locked(args);
	return !err ? EXIT_DONE : err == -EINVAL ? EXIT_USAGE : EXIT_REFUSED;
}

const struct command command_detach = {
	.name = "detach",
	.arguments = "DEV...|all",
	.summary = "take ports out of the set; Linux forwards their packets again",
	.details = "all: every port of this network namespace. No port is no error. Static\n"
		   "neighbours that a killed daemon left in the kernel's table go, too.\n",
	.run = run,
};
