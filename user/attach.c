// SPDX-License-Identifier: GPL-2.0
/*
 * Make devices ports of this namespace's set: see attach.h. All devices are checked before the
 * first is touched, and a failure takes back what this call attached, nothing else.
 */
#include <errno.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "user/attach.h"
#include "user/daemon_ask.h"
#include "user/log.h"
#include "user/netns.h"
#include "user/remarks.h"

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

static int check_mode(const struct port *port, const struct attach *request)
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
		      const struct attach *request)
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

/* The route maps of the set, if its daemon's are there and wanted. */
static int choose_lookup(const struct attach *request, struct load *load)
{
	if (request->route_maps) {
		load->route_maps = request->route_maps;
		return 0;
	}
	if (load->set->route_maps[0] >= 0 && request->lookup != ATTACH_KERNEL) {
		load->route_maps = load->set->route_maps;
		return 0;
	}
	if (request->lookup != ATTACH_MAPS)
		return 0;
	log_error("attach: lookup maps: no daemon has filled route maps in this network namespace "
		  "(xhop run DEV... starts it)");
	return -ENOENT;
}

static int attach_locked(const struct attach *request, const struct links *links)
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
	if (!err)
		err = choose_lookup(request, &load);
	if (err) {
		set_close(&set);
		return err;
	}
	err = machine_start(&machine);
	if (!err) {
		err = attach_all(&load, links, request);
		machine_close(&machine);
	}
	if (!err && !request->quiet)
		remarks_print(&set);
	set_close(&set);
	if (err)
		machine_stop_if_unused();
	return err;
}

/*
 * Ports take the maps of the daemon that runs, also when it has lost all its ports. Asked before
 * the lock, for which the daemon may have to wait.
 */
static int ask_daemon(const struct attach *request, int fds[ROUTE_MAP_COUNT])
{
	int pid, err = daemon_maps_open(fds, &pid);

	if (err == -EAGAIN)
		log_note("the daemon, pid %d, does not answer: its route maps are not used unless "
			 "other ports have them",
			 pid);
	if (err != -ENODATA || request->lookup != ATTACH_MAPS)
		return 0;
	log_error("attach: lookup maps: the daemon, pid %d, runs with lookup kernel (end it, then "
		  "xhop run ... lookup maps)",
		  pid);
	return err;
}

static int attach_asked(const struct attach *request)
{
	struct links links = {};
	int err;

	if (netns_lock())
		return -EPERM;
	err = links_get(&links);
	if (err) {
		log_error("attach: cannot list the devices: %s", strerror(-err));
		return -EIO;
	}
	for (int i = 0; i < request->count && !err; i++)
		err = check_device(&links, request->names[i]);
	if (!err && attach_locked(request, &links))
		err = -EIO;
	links_free(&links);
	return err;
}

int attach_ports(const struct attach *request)
{
	struct attach with_maps = *request;
	int fds[ROUTE_MAP_COUNT], err;

	if (rights_check("attach", true))
		return -EPERM;
	if (request->route_maps || request->lookup == ATTACH_KERNEL)
		return attach_asked(request);
	if (ask_daemon(request, fds))
		return -EIO;
	if (fds[0] >= 0)
		with_maps.route_maps = fds;
	err = attach_asked(&with_maps);
	for (int m = 0; m < ROUTE_MAP_COUNT; m++) {
		if (fds[m] >= 0)
			close(fds[m]);
	}
	return err;
}
