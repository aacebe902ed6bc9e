// SPDX-License-Identifier: GPL-2.0
/*
 * xhop attach: make devices ports of this namespace's set. All devices are checked before the
 * first is touched, and a failure takes back what this call attached, nothing else.
 */
#include <errno.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include "user/cmd.h"
#include "user/load.h"
#include "user/log.h"
#include "user/netns.h"
#include "user/remarks.h"

struct request {
	const char **names;
	int count;
	enum load_mode mode;
};

static int parse_mode(struct args *args, struct request *request)
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

static int parse_lookup(struct args *args)
{
	static const char *const lookups[] = {"kernel", NULL};
	const char *word = args_next(args);

	if (!word) {
		log_error("attach: lookup: what? (kernel)");
		return -1;
	}
	return args_match("lookup", word, lookups) < 0 ? -1 : 0;
}

static int parse(struct args *args, struct request *request)
{
	const char *word;

	while ((word = args_next(args))) {
		if (!strcmp(word, "xdp")) {
			if (parse_mode(args, request))
				return -1;
			continue;
		}
		if (!strcmp(word, "lookup")) {
			if (parse_lookup(args))
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

/* Can this device be a port at all? */
static int check_device(const struct links *links, const char *name)
{
	const struct link *link;

	if (strlen(name) >= IFNAMSIZ) {
		log_error("attach %s: a device name has at most %d characters", name, IFNAMSIZ - 1);
		return -EINVAL;
	}
	link = link_by_name(links, name);
	if (!link) {
		log_error(
			"attach %s: no such device in this network namespace (ip link shows them)",
			name);
		return -ENODEV;
	}
	if (link->type != ARPHRD_ETHER || link->flags & IFF_LOOPBACK) {
		log_error("attach %s: not an Ethernet device, xhop forwards Ethernet frames", name);
		return -EINVAL;
	}
	return 0;
}

static void roll_back(const struct load *load, const struct links *links, unsigned int *added,
		      int count)
{
	while (count--) {
		const struct port *port = set_port(load->set, added[count]);

		port_detach(load->set, port, link_by_index(links, added[count]),
			    load->machine->dev_errors);
	}
}

static int check_mode(const struct port *port, const struct request *request)
{
	if ((request->mode == LOAD_NATIVE && port->config.generic) ||
	    (request->mode == LOAD_GENERIC && !port->config.generic)) {
		log_error("attach %s: runs in %s mode already (xhop detach %s first)", port->name,
			  port->config.generic ? "generic" : "native", port->name);
		return -EBUSY;
	}
	return 0;
}

static int attach_all(const struct load *load, const struct links *links,
		      const struct request *request)
{
	unsigned int *added = calloc(request->count, sizeof(*added));
	int count = 0, err = added ? 0 : -ENOMEM;

	for (int i = 0; i < request->count && !err; i++) {
		const struct link *link = link_by_name(links, request->names[i]);
		struct port *port = set_port(load->set, link->ifindex);

		if (port) {
			err = check_mode(port, request);
			if (!err)
				err = port_replace(load, link, port);
		} else {
			err = port_attach(load, link, request->mode);
			if (!err)
				added[count++] = link->ifindex;
		}
	}
	if (err)
		roll_back(load, links, added, count);
	else if (load->set->count)
		log_debug("%d ports in this namespace", load->set->count);
	free(added);
	return err;
}

static int attach_locked(const struct request *request, const struct links *links)
{
	struct kernel kernel;
	struct machine machine;
	struct set set;
	struct load load = {.kernel = &kernel, .machine = &machine, .set = &set};
	int err;

	err = kernel_probe(&kernel);
	if (err)
		return err;
	err = set_find(&set, links);
	if (err) {
		log_error("attach: cannot find the running ports: %s", strerror(-err));
		return err;
	}
	if (set.foreign) {
		log_error("attach: ports of another version of xhop run here, whose maps this one "
			  "cannot go on with (xhop detach all, then attach again)");
		set_close(&set);
		return -EBUSY;
	}
	for (int i = 0; i < request->count && !err; i++)
		err = port_check(&set, link_by_name(links, request->names[i]));
	if (err) {
		set_close(&set);
		return err;
	}
	err = machine_start(&machine);
	if (!err) {
		err = attach_all(&load, links, request);
		machine_close(&machine);
	}
	if (!err)
		remarks_print(&set);
	set_close(&set);
	if (err)
		machine_stop_if_unused();
	return err;
}

static int run(struct args *args)
{
	struct request request = {};
	struct links links = {};
	int err = 0, ret = EXIT_USAGE;

	request.names = calloc(args->count + 1, sizeof(*request.names));
	if (!request.names || parse(args, &request))
		goto out;
	ret = EXIT_REFUSED;
	if (rights_check("attach", true) || netns_lock())
		goto out;
	err = links_get(&links);
	if (err) {
		log_error("attach: cannot list the devices: %s", strerror(-err));
		goto out;
	}
	for (int i = 0; i < request.count && !err; i++)
		err = check_device(&links, request.names[i]);
	if (err)
		ret = EXIT_USAGE;
	else if (!attach_locked(&request, &links))
		ret = EXIT_DONE;
out:
	links_free(&links);
	free(request.names);
	return ret;
}

const struct command command_attach = {
	.name = "attach",
	.arguments = "DEV... [xdp native|generic|auto] [lookup kernel]",
	.summary = "make devices ports: forward between them at the driver's hook",
	.details =
		"All ports of a network namespace form one set: a packet that comes in on one may\n"
		"leave on any other. Attaching a port again replaces its program by that of this\n"
		"build; counters go on. Returns at once, no daemon is needed.\n"
		"\n"
		"  xdp auto     native where the driver can, else generic (default)\n"
		"  xdp native   in the driver, or not at all\n"
		"  xdp generic  behind the driver, on any device, slower\n"
		"  lookup kernel  ask the kernel's FIB for every packet (default)\n",
	.run = run,
};
