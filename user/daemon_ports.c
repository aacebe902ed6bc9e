// SPDX-License-Identifier: GPL-2.0
/*
 * The daemon's ports. Attaching happens in a child, so that the locks it takes go with it.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "user/attach.h"
#include "user/cmd.h"
#include "user/daemon_priv.h"
#include "user/log.h"

#define CHILD_MS      5	 /* between two looks whether a child has ended */
#define AGAIN_SECONDS 30 /* between two tries to give a port other maps */

/* At the start signals and questions do not wait for it; later what is right stays trusted. */
static int child_wait(struct daemon *d, pid_t pid)
{
	const struct timespec pause = {.tv_nsec = CHILD_MS * 1000000};
	pid_t ended;
	int status;

	for (unsigned int ms = 0;; ms += CHILD_MS) {
		ended = waitpid(pid, &status, WNOHANG);
		if (ended == pid)
			return status;
		if (ended < 0 && errno != EINTR)
			return -1;
		daemon_pump(d);
		if (d->readable && !(ms % TICK_MS)) /* the loop has begun */
			daemon_renew(d);
		nanosleep(&pause, NULL);
	}
}

/*
 * In a child, which ends with the locks that it takes, and ends its work whatever the terminal
 * sends. 0, -EINVAL (wrong use), -EIO or -errno.
 */
static int in_child(struct daemon *d, int (*work)(const void *request), const void *request)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		log_error("run: fork: %s", strerror(errno));
		return -errno;
	}
	if (!pid) {
		signal(SIGTERM, SIG_IGN);
		signal(SIGINT, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		status = work(request);
		fflush(NULL);
		_exit(status);
	}
	status = child_wait(d, pid);
	if (!WIFEXITED(status))
		log_error("run: its process %d, which changes the ports, was ended by signal %d",
			  (int)pid, WTERMSIG(status));
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_USAGE ? -EINVAL : -EIO;
}

static int attach_work(const void *request)
{
	int err = attach_ports(request);

	return !err ? EXIT_DONE : err == -EINVAL || err == -ENODEV ? EXIT_USAGE : EXIT_REFUSED;
}

static int detach_work(const void *request)
{
	return command_detach.run((struct args *)request);
}

static struct wanted *wanted_find(struct daemon *d, const char *name)
{
	for (int i = 0; i < d->wanted_count; i++) {
		if (!strcmp(d->wanted[i].name, name))
			return &d->wanted[i];
	}
	return NULL;
}

/* Attach or replace. */
int ports_attach(struct daemon *d, const char **names, int count, enum load_mode mode)
{
	struct attach request = {
		.names = names,
		.count = count,
		.mode = mode,
		.lookup = d->options->maps ? ATTACH_MAPS : ATTACH_KERNEL,
		.route_maps = d->options->maps ? d->routes.fds : NULL,
	};

	return in_child(d, attach_work, &request);
}

/* The ports of the file, those of one mode together. */
int ports_attach_file(struct daemon *d)
{
	const struct config *config = d->options->config;
	const char **names = calloc(config->port_count + 1, sizeof(*names));
	int err = names ? 0 : -ENOMEM;

	for (enum load_mode mode = LOAD_AUTO; mode <= LOAD_GENERIC && !err; mode++) {
		int count = 0;

		for (int i = 0; i < config->port_count; i++) {
			if (config->ports[i].mode == mode)
				names[count++] = config->ports[i].name;
		}
		if (count)
			err = ports_attach(d, names, count, mode);
	}
	free(names);
	return err;
}

/* The set as it is now. */
int ports_find(struct daemon *d)
{
	struct set set;
	int err = set_find_here(&set);

	if (err)
		return err;
	set_close(&d->set);
	d->set = set;
	d->ports_seen = daemon_now(CLOCK_MONOTONIC);
	return 0;
}

int ports_attach_again(struct daemon *d, enum again which)
{
	const __u32 id = set_map_id(d->routes.fds[ROUTE_MAP_CONTROL]);
	const char **names;
	int count = 0, err;

	/* Others attach and detach, too. */
	err = ports_find(d);
	if (err)
		return err;
	names = calloc(d->set.count + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	for (int i = 0; i < d->set.count; i++) {
		const struct port *port = &d->set.ports[i];

		if (which == AGAIN_ALL || (port->config.classes && port->routes_id != id))
			names[count++] = port->name;
	}
	if (count) {
		d->allow = true;
		err = ports_attach(d, names, count, LOAD_AUTO);
	}
	free(names);
	return count && !err ? ports_find(d) : err;
}

/* Tell each port's program whether rules leave its packets to the mirrored tables. */
void ports_allow(struct daemon *d)
{
	for (int i = 0; i < d->set.count; i++) {
		const struct xhop_config *port = &d->set.ports[i].config;
		const char *name = d->set.ports[i].name;
		struct xhop_port_maps maps = {.allowed = (__u64)port->ifindex << 32};

		if (mirror_rules_plain(d->mirror, AF_INET, name))
			maps.allowed |= XHOP_MAPS_IP4;
		if (mirror_rules_plain(d->mirror, AF_INET6, name))
			maps.allowed |= XHOP_MAPS_IP6;
		bpf_map_update_elem(d->set.maps[SET_PORT_MAPS], &port->slot, &maps, BPF_ANY);
	}
}

/* Not amid a dump, which would seem to take so long. */
void ports_switch(struct daemon *d)
{
	struct mirror_stats stats;

	if (!d->switched)
		return;
	mirror_stats(d->mirror, &stats);
	if (stats.resyncing)
		return;
	d->switched = false;
	if (ports_attach_again(
		    d, AGAIN_OTHER_MAPS)) /* ports_follow() tries again; they ask the kernel */
		d->ports_again = daemon_now(CLOCK_MONOTONIC);
}

/* Ports that were attached while the maps became others, or could not follow then. */
void ports_follow(struct daemon *d)
{
	const __u32 id = set_map_id(d->routes.fds[ROUTE_MAP_CONTROL]);
	__u64 now = daemon_now(CLOCK_MONOTONIC);

	if (d->ports_again && now - d->ports_again < AGAIN_SECONDS * 1000000000ull)
		return;
	for (int i = 0; i < d->set.count; i++) {
		const struct port *port = &d->set.ports[i];

		if (!port->config.classes || port->routes_id == id)
			continue;
		d->ports_again = now;
		ports_attach_again(d, AGAIN_OTHER_MAPS);
		return;
	}
	d->ports_again = 0;
}

/* Ports of somebody else's choice, which the maps do not answer for. */
static void kernel_ports_say(struct daemon *d)
{
	__u32 last = d->kernel_said;

	for (int i = 0; i < d->set.count && d->options->maps; i++) {
		const struct port *port = &d->set.ports[i];

		if (port->config.classes || port->prog_id <= last)
			continue;
		log_note("%s: attached with kernel lookups: the route maps, and static routes, do "
			 "not hold for what comes in there (xhop attach %s lookup maps)",
			 port->name, port->name);
		if (port->prog_id > d->kernel_said)
			d->kernel_said = port->prog_id;
	}
}

int ports_want(struct daemon *d, const char **names, int count, enum load_mode mode)
{
	struct wanted *grown = realloc(d->wanted, (d->wanted_count + count) * sizeof(*grown));

	if (!grown && count)
		return -ENOMEM;
	d->wanted = grown;
	for (int i = 0; i < count; i++) {
		struct wanted *w = wanted_find(d, names[i]);
		__u32 ifindex = if_nametoindex(names[i]);

		if (!w) {
			w = &d->wanted[d->wanted_count++];
			*w = (struct wanted){};
			strncpy(w->name, names[i], IFNAMSIZ - 1);
			w->added = d->starting && !(ifindex && set_port(&d->set, ifindex));
		}
		w->mode = mode;
	}
	return 0;
}

void ports_unwant(struct daemon *d, const char *name)
{
	struct wanted *w = wanted_find(d, name);

	if (!w)
		return;
	w->ifindex = 0;
	w->gone = false;
}

static void port_return(struct daemon *d, struct wanted *w, __u32 ifindex)
{
	const char *name = w->name;

	w->ifindex = ifindex; /* once, whether it succeeds or not */
	w->gone = false;
	d->allow = true;
	if (!ports_attach(d, &name, 1, w->mode))
		log_note("%s: there is a device of this name again: attached", name);
	ports_find(d);
}

/* A port that vanished while its device stays was detached by somebody. */
void ports_return(struct daemon *d)
{
	kernel_ports_say(d);
	for (int i = 0; i < d->wanted_count; i++) {
		struct wanted *w = &d->wanted[i];
		__u32 now = if_nametoindex(w->name);

		if (now && set_port(&d->set, now)) {
			w->ifindex = now;
			w->gone = false;
		} else if (w->ifindex && !now) {
			if (!w->gone)
				log_note("%s: no such device any more (attached again when there "
					 "is one)",
					 w->name);
			w->gone = true;
		} else if (w->ifindex && (now != w->ifindex || w->gone)) {
			port_return(d, w, now);
			d->ports_seen = 0; /* the others after a sign of life */
			return;
		} else {
			w->ifindex = 0;
		}
	}
}

void ports_roll_back(struct daemon *d)
{
	const char **names = calloc(d->wanted_count + 1, sizeof(*names));
	int count = 0;

	if (!names || ports_find(d)) {
		free(names);
		return;
	}
	for (int i = 0; i < d->wanted_count; i++) {
		const struct wanted *w = &d->wanted[i];
		__u32 ifindex = w->added ? if_nametoindex(w->name) : 0;

		if (ifindex && set_port(&d->set, ifindex))
			names[count++] = w->name;
	}
	if (count)
		ports_detach(d, names, count);
	free(names);
}

/* Those of the command line, then those of the file. */
static int ports_attach_named(struct daemon *d)
{
	const struct daemon_options *options = d->options;
	int err = ports_want(d, options->names, options->count, options->mode);

	for (int i = 0; i < options->config->port_count && !err; i++) {
		const struct config_port *port = &options->config->ports[i];
		const char *name = port->name;

		err = ports_want(d, &name, 1, port->mode);
	}
	if (!err && options->count)
		err = ports_attach(d, options->names, options->count, options->mode);
	if (!err)
		err = daemon_pump(d);
	return err ? err : ports_attach_file(d);
}

int ports_prepare(struct daemon *d)
{
	int err = ports_attach_named(d);

	if (!err)
		err = ports_find(d);
	for (int i = 0; i < d->set.count && !err; i++) {
		if (d->set.ports[i].routes_id != set_map_id(d->routes.fds[ROUTE_MAP_CONTROL])) {
			err = ports_attach_again(d, AGAIN_ALL);
			break;
		}
	}
	if (!err)
		err = ports_find(d);
	if (!err)
		ports_return(d);
	return err ? err : daemon_pump(d);
}

int ports_detach(struct daemon *d, const char **names, int count)
{
	const struct options options = {};
	struct args args = {.options = &options, .count = count, .words = (char **)names};
	int err = in_child(d, detach_work, &args), found = ports_find(d);

	return err ? err : found;
}
