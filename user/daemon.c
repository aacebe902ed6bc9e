// SPDX-License-Identifier: GPL-2.0
/*
 * The daemon: see daemon.h. Order is what makes it safe: the maps are distrusted before they are
 * written anew, and a generation is published only after mirror_sync() has seen that everything
 * counted in it is in the maps. Attaching happens in a child, so that the locks it takes go with
 * it.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "maps/trie.h"
#include "user/attach.h"
#include "user/cmd.h"
#include "user/daemon.h"
#include "user/daemon_lock.h"
#include "user/generation.h"
#include "user/log.h"
#include "user/mirror.h"
#include "user/netns.h"
#include "user/routes.h"
#include "user/service.h"

#define CLASSES	      4096
#define GROUPS	      1024
#define FULL_TABLE4   1000000 /* prefixes that the default sizes are for */
#define FULL_TABLE6   250000
#define TABLE_ROOM    (64 << 10) /* bytes besides the root, at least */
#define TICK_MS	      250	 /* lease, ports, what a sync left over */
#define PORTS_SECONDS 2
#define AGAIN_SECONDS 30 /* between two tries to give a port other maps */

struct daemon {
	const struct daemon_options *options;
	struct kernel kernel;
	struct set set;
	struct routes routes;
	struct generation *generation;
	struct trie *trie[2];
	struct mirror *mirror;
	struct service *service;
	struct event_base *base;
	struct event *readable, *tick, *resync, *signals[2];
	__u64 hz;
	__u64 ports_seen;  /* when the ports were looked up last, ns */
	__u64 ports_again; /* when ports got other maps last, ns */
	bool stale[2];	   /* IPv4, IPv6 */
	bool links;	   /* have changed: look the ports up before the next generation */
	bool allow;	   /* rules or ports have changed */
	bool full[2];	   /* the map cannot grow, and that was said */
	bool switched;	   /* to other maps, which the ports do not have yet */
	int failed;	   /* to read the routes anew, and that was said */
	bool progress;	   /* a line of it stands at the terminal */
	bool broken;	   /* the tables are not where the programs look */
	char netns[300];   /* name of the namespace, "": it has none */
};

static __u64 now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void state_set(struct daemon *d, enum xhop_daemon_state state)
{
	__atomic_store_n(&d->routes.control->state, state, __ATOMIC_RELEASE);
}

/* --- ports ---------------------------------------------------------------------------------- */

/* In a child, which ends with the locks that it takes. 0, -EINVAL (wrong use), -EIO or -errno. */
static int in_child(int (*work)(const void *request), const void *request)
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
		status = work(request);
		fflush(NULL);
		_exit(status);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
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

/* Attach or replace. */
static int attach(struct daemon *d, const char **names, int count, enum load_mode mode)
{
	struct attach request = {
		.names = names,
		.count = count,
		.mode = mode,
		.lookup = d->options->maps ? ATTACH_MAPS : ATTACH_KERNEL,
		.route_maps = d->options->maps ? d->routes.fds : NULL,
	};

	return in_child(attach_work, &request);
}

/* The ports of the file, those of one mode together. */
static int attach_file(struct daemon *d)
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
			err = attach(d, names, count, mode);
	}
	free(names);
	return err;
}

/* The set as it is now. */
static int ports_find(struct daemon *d)
{
	struct links links;
	struct set set;
	int err = links_get(&links);

	if (err)
		return err;
	err = set_find(&set, &links);
	links_free(&links);
	if (err)
		return err;
	set_close(&d->set);
	d->set = set;
	d->ports_seen = now_ns(CLOCK_MONOTONIC);
	return 0;
}

/* Which ports to give the program that reads the daemon's maps. */
enum again { AGAIN_ALL, AGAIN_OTHER_MAPS };

static int attach_again(struct daemon *d, enum again which)
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
		err = attach(d, names, count, LOAD_AUTO);
	}
	free(names);
	return count && !err ? ports_find(d) : err;
}

/* Tell each port's program whether rules leave its packets to the mirrored tables. */
static void ports_allow(struct daemon *d)
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

/* --- what the mirror asks of us ------------------------------------------------------------- */

static int on_generation(void *data, struct xhop_generation *generation)
{
	struct xhop_generation_now now;
	struct daemon *d = data;
	int err = generation_read(d->generation, &now);

	if (!err)
		*generation = now.generation;
	return err;
}

static void on_stale(void *data, int family, bool stale)
{
	int f = family == AF_INET6;
	struct daemon *d = data;

	if (d->stale[f] == stale)
		return;
	d->stale[f] = stale;
	if (stale)
		routes_distrust(&d->routes);
	if (d->base)
		state_set(d,
			  d->stale[0] || d->stale[1] ? XHOP_DAEMON_STALE : XHOP_DAEMON_FOLLOWING);
	log_debug("IPv%d: %s", f ? 6 : 4,
		  stale ? "messages of the kernel were lost: asking it for every packet, reading "
			  "its routes anew"
			: "in step with the kernel again");
}

static void on_rules(void *data, int family)
{
	struct daemon *d = data;

	(void)family;
	d->allow = true;
}

static void on_link(void *data, __u32 ifindex, bool up, bool deleted)
{
	struct daemon *d = data;

	(void)ifindex;
	(void)up;
	(void)deleted;
	d->links = true; /* a port may have another name, and other rules with it */
	service_links(d->service);
}

static void on_neigh(void *data, const struct mirror_neigh *neigh)
{
	struct daemon *d = data;

	service_neigh(d->service, neigh);
}

static void on_class(void *data, __u32 index, const struct rib_key *key)
{
	struct xhop_class entry = {.kind = XHOP_CLASS_ROUTE, .mtu = rib_mtu(key)};
	struct daemon *d = data;

	/* A nexthop object may be replaced by another device's. */
	if (!rib_via(key, &entry) && !key->nh_id) {
		entry.ifindex = key->oif;
		entry.family = key->gw_family;
		if (key->gw_family)
			memcpy(entry.addr, key->gateway, sizeof(entry.addr));
	}
	routes_class_set(&d->routes, index, &entry);
}

static void on_group(void *data, __u32 index, const struct xhop_group *group)
{
	struct daemon *d = data;

	if (index < d->routes.group_count)
		routes_group_set(&d->routes, index, group);
}

static void on_class_off(void *data, __u32 index)
{
	struct daemon *d = data;

	routes_class_off(&d->routes, index);
}

static void on_progress(void *data, __u64 routes)
{
	static __u64 last;
	__u64 now = now_ns(CLOCK_MONOTONIC);
	struct daemon *d = data;

	if (now - last < 100000000)
		return;
	last = now;
	d->routes.control->alive = now_ns(CLOCK_BOOTTIME);
	if (!isatty(STDERR_FILENO))
		return;
	d->progress = true;
	fprintf(stderr, "\rxhop: %llu routes read ", (unsigned long long)routes);
}

static void progress_end(struct daemon *d)
{
	if (d->progress)
		fputs("\r\033[K", stderr);
	d->progress = false;
}

/* Both tables to the larger maps, or neither. */
static int tables_move(struct daemon *d, const struct routes *from, const struct routes *to)
{
	int err = trie_move(d->trie[0], to->table[0], to->size[0]);

	if (err)
		return err;
	err = trie_move(d->trie[1], to->table[1], to->size[1]);
	if (err && trie_move(d->trie[0], from->table[0], from->size[0]))
		d->broken = true;
	return err;
}

/* The tables go on in the larger maps. The ports' programs follow when this change is done. */
static int routes_switch(struct daemon *d, struct routes *larger)
{
	struct routes old = d->routes;
	int err;

	routes_distrust(&old); /* who still runs with these asks the kernel */
	err = tables_move(d, &old, larger);
	if (err) {
		if (!d->broken) /* else a table still lives there */
			routes_close(larger);
		return err;
	}
	memcpy(larger->groups, old.groups, old.group_count * sizeof(*old.groups));
	memcpy(larger->classes, old.classes, old.class_count * sizeof(*old.classes));
	*larger->control = *old.control;
	d->routes = *larger;
	routes_close(&old);
	d->switched = true;
	return 0;
}

/* A table is full. Wait for the readers of what was replaced; if that is too little, grow. */
static int on_full(void *data, int family)
{
	struct daemon *d = data;
	struct routes_sizes sizes = {.table = {d->routes.size[0], d->routes.size[1]},
				     .classes = d->routes.class_count,
				     .groups = d->routes.group_count};
	int f = family == AF_INET6, err;
	struct trie_usage usage;
	struct routes larger;

	trie_usage(d->trie[f], &usage);
	if (usage.limbo > usage.size / 8) {
		routes_quiesce(&d->routes);
		trie_quiesce(d->trie[f]);
		return 0;
	}
	sizes.table[f] *= 2;
	err = routes_create(&larger, &sizes);
	if (!err)
		err = routes_switch(d, &larger);
	if (err && !d->full[f])
		log_error("run: the IPv%d routes outgrew their map, and there is no memory for one "
			  "of %zu MiB: %s (the kernel is asked for every packet)",
			  f ? 6 : 4, sizes.table[f] >> 20, strerror(-err));
	d->full[f] = err;
	if (!err)
		log_debug("IPv%d routes: the map has %zu MiB now", f ? 6 : 4, sizes.table[f] >> 20);
	return err;
}

/* --- the loop ------------------------------------------------------------------------------- */

/* Not amid a dump, which would seem to take so long. */
static void ports_switch(struct daemon *d)
{
	struct mirror_stats stats;

	if (!d->switched)
		return;
	mirror_stats(d->mirror, &stats);
	if (stats.resyncing)
		return;
	d->switched = false;
	if (attach_again(d, AGAIN_OTHER_MAPS)) /* ports_follow() tries again; they ask the kernel */
		d->ports_again = now_ns(CLOCK_MONOTONIC);
}

/* Publish the generation that the maps hold, as far as they hold the kernel's. */
static void synchronise(struct daemon *d)
{
	struct xhop_generation generation;
	bool valid[2] = {};
	int timeout;

	ports_switch(d);
	if (d->links) {
		d->links = false;
		d->allow |= !ports_find(d);
	}
	mirror_sync(d->mirror, &generation, valid);
	/* Rules are part of the generation: what they forbid comes before it. */
	if (d->allow) {
		d->allow = false;
		ports_allow(d);
	}
	if (!valid[0] || d->stale[0] || d->broken)
		memset(generation.ip4, 0, sizeof(generation.ip4));
	if (!valid[1] || d->stale[1] || d->broken)
		memset(generation.ip6, 0, sizeof(generation.ip6));
	routes_publish(&d->routes, &generation);
	timeout = mirror_timeout(d->mirror);
	if (timeout >= 0 && !event_pending(d->resync, EV_TIMEOUT, NULL)) {
		const struct timeval later = {timeout / 1000, timeout % 1000 * 1000};

		event_add(d->resync, &later);
	}
}

static void on_readable(evutil_socket_t fd, short what, void *data)
{
	struct daemon *d = data;

	(void)fd;
	(void)what;
	mirror_event(d->mirror);
	synchronise(d);
}

/* Say once why the maps stay stale; on_full() said it for a table. */
static void resync_said(struct daemon *d, int err)
{
	struct rib_usage usage;

	if (!err && !d->stale[0] && !d->stale[1])
		d->failed = 0;
	if (!err || err == -ENOSPC || d->failed == err)
		return;
	d->failed = err;
	rib_usage(mirror_rib(d->mirror), &usage);
	if (err == -ENOMEM)
		log_error("run: no memory for more routes: they take %zu MiB and want as much "
			  "again (the kernel is asked for every packet)",
			  (usage.memory >> 20) + 1);
	else
		log_error("run: cannot read the kernel's routes: %s (it is asked for every packet)",
			  strerror(-err));
}

static void on_resync(evutil_socket_t fd, short what, void *data)
{
	struct daemon *d = data;

	(void)fd;
	(void)what;
	resync_said(d, mirror_resync_step(d->mirror));
	synchronise(d);
}

static void control_write(struct daemon *d)
{
	struct xhop_route_control *control = d->routes.control;
	struct rib_usage classes;
	struct trie_usage usage;

	for (int f = 0; f < 2; f++) {
		trie_usage(d->trie[f], &usage);
		control->prefixes[f] = usage.prefixes;
	}
	rib_usage(mirror_rib(d->mirror), &classes);
	control->classes = classes.classes;
	control->pid = getpid();
	control->alive = now_ns(CLOCK_BOOTTIME);
}

/*
 * What was replaced may be used again once no packet is left that saw it. A class that gets the
 * index of another is unlearnt on all CPUs (routes_class_set()).
 */
static void reuse(struct daemon *d)
{
	routes_quiesce(&d->routes);
	trie_quiesce(d->trie[0]);
	trie_quiesce(d->trie[1]);
	mirror_quiesce(d->mirror);
}

/* Ports that were attached while the maps became others, or could not follow then. */
static void ports_follow(struct daemon *d)
{
	const __u32 id = set_map_id(d->routes.fds[ROUTE_MAP_CONTROL]);
	__u64 now = now_ns(CLOCK_MONOTONIC);

	if (d->ports_again && now - d->ports_again < AGAIN_SECONDS * 1000000000ull)
		return;
	for (int i = 0; i < d->set.count; i++) {
		const struct port *port = &d->set.ports[i];

		if (!port->config.classes || port->routes_id == id)
			continue;
		d->ports_again = now;
		attach_again(d, AGAIN_OTHER_MAPS);
		return;
	}
	d->ports_again = 0;
}

static void on_tick(evutil_socket_t fd, short what, void *data)
{
	struct xhop_generation_now now;
	struct daemon *d = data;

	(void)fd;
	(void)what;
	if (generation_read(d->generation, &now))
		return;
	routes_lease(&d->routes, now.jiffies + XHOP_LEASE_SECONDS * d->hz);
	control_write(d);
	if (now_ns(CLOCK_MONOTONIC) - d->ports_seen > PORTS_SECONDS * 1000000000ull &&
	    !ports_find(d)) {
		d->allow = true;
		reuse(d);
		ports_follow(d);
		if (!netns_is(d->netns)) {
			log_note("the network namespace %s is gone", d->netns);
			event_base_loopbreak(d->base);
			return;
		}
	}
	synchronise(d);
}

static void on_signal(evutil_socket_t fd, short what, void *data)
{
	struct daemon *d = data;

	(void)fd;
	(void)what;
	event_base_loopbreak(d->base);
}

static int events_create(struct daemon *d)
{
	d->base = event_base_new();
	if (!d->base)
		return -ENOMEM;
	d->tick = event_new(d->base, -1, EV_PERSIST, on_tick, d);
	d->resync = event_new(d->base, -1, 0, on_resync, d);
	d->signals[0] = evsignal_new(d->base, SIGTERM, on_signal, d);
	d->signals[1] = evsignal_new(d->base, SIGINT, on_signal, d);
	return d->tick && d->resync && d->signals[0] && d->signals[1] ? 0 : -ENOMEM;
}

static int events_add(struct daemon *d)
{
	const struct timeval tick = {.tv_usec = TICK_MS * 1000};

	d->readable =
		event_new(d->base, mirror_fd(d->mirror), EV_READ | EV_PERSIST, on_readable, d);
	if (!d->readable)
		return -ENOMEM;
	if (event_add(d->readable, NULL) || event_add(d->tick, &tick) ||
	    event_add(d->signals[0], NULL) || event_add(d->signals[1], NULL))
		return -EIO;
	return 0;
}

static void events_free(struct daemon *d)
{
	struct event *events[] = {d->readable, d->tick, d->resync, d->signals[0], d->signals[1]};

	for (unsigned int i = 0; i < sizeof(events) / sizeof(*events); i++) {
		if (events[i])
			event_free(events[i]);
	}
	if (d->base)
		event_base_free(d->base);
}

/* Ticks a second of bpf_jiffies64(), told by waiting for some. */
static int jiffies_measure(struct daemon *d)
{
	static const unsigned int usual[] = {100, 250, 300, 1000};
	struct xhop_generation_now first, last;
	__u64 begin, ns;
	double rate;
	int err;

	err = generation_read(d->generation, &first);
	begin = now_ns(CLOCK_MONOTONIC);
	usleep(150000);
	if (!err)
		err = generation_read(d->generation, &last);
	ns = now_ns(CLOCK_MONOTONIC) - begin;
	if (err)
		return err;
	rate = (last.jiffies - first.jiffies) * 1e9 / ns;
	d->hz = usual[0];
	for (unsigned int i = 1; i < sizeof(usual) / sizeof(*usual); i++) {
		if (rate > (usual[i - 1] + usual[i]) / 2.0)
			d->hz = usual[i];
	}
	return 0;
}

/* Bytes for so many prefixes, in proportion to a full Internet table's; 0: for such a table. */
static size_t table_size(int family, unsigned long prefixes)
{
	size_t size = trie_size_default(family), least = trie_size_min(family) + TABLE_ROOM;

	if (prefixes)
		size = size / (family == AF_INET ? FULL_TABLE4 : FULL_TABLE6) * prefixes;
	return (size < least ? least : size) / sizeof(struct xhop_line) * sizeof(struct xhop_line);
}

/* The maps: those of a daemon that ran before, or new ones. */
static int maps_prepare(struct daemon *d)
{
	const struct config *config = d->options->config;
	const struct routes_sizes sizes = {
		.table = {table_size(AF_INET, config->room[0]),
			  table_size(AF_INET6, config->room[1])},
		.classes = config->classes ? config->classes + 1 : CLASSES,
		.groups = GROUPS,
	};
	int err;

	err = routes_open(&d->routes, &d->set, &sizes);
	if (err)
		err = routes_create(&d->routes, &sizes);
	if (err) {
		log_error("run: no memory for the route maps, %zu MiB: %s (xhop attach forwards "
			  "without them)",
			  (sizes.table[0] + sizes.table[1]) >> 20, strerror(-err));
		return err;
	}
	routes_distrust(&d->routes);
	/* No packet is left that looks into tables, and by classes, of a daemon before. */
	routes_quiesce(&d->routes);
	state_set(d, XHOP_DAEMON_FILLING);
	d->routes.control->pid = getpid();
	d->routes.control->alive = now_ns(CLOCK_BOOTTIME);
	for (int f = 0; f < 2; f++) {
		d->trie[f] =
			trie_new(f ? AF_INET6 : AF_INET, d->routes.table[f], d->routes.size[f]);
		if (!d->trie[f]) {
			log_error("run: no memory beside the route maps: about half of their %zu "
				  "MiB (xhop attach forwards without them)",
				  (d->routes.size[0] + d->routes.size[1]) >> 20);
			return -ENOMEM;
		}
	}
	return 0;
}

static int ports_prepare(struct daemon *d)
{
	int err = 0;

	if (d->options->count)
		err = attach(d, d->options->names, d->options->count, d->options->mode);
	if (!err)
		err = attach_file(d);
	if (!err)
		err = ports_find(d);
	if (!err && !d->set.count) {
		log_error("run: which devices? (xhop run DEV..., or attach them first)");
		return -EINVAL;
	}
	for (int i = 0; i < d->set.count && !err; i++) {
		if (d->set.ports[i].routes_id != set_map_id(d->routes.fds[ROUTE_MAP_CONTROL])) {
			err = attach_again(d, AGAIN_ALL);
			break;
		}
	}
	return err ? err : ports_find(d);
}

static int fill(struct daemon *d)
{
	const struct mirror_ops ops = {
		.data = d,
		.generation = on_generation,
		.stale = on_stale,
		.class_new = on_class,
		.class_off = on_class_off,
		.progress = on_progress,
		.grow = on_full,
		.rules = on_rules,
		.link = on_link,
		.neigh = on_neigh,
		.group_new = on_group,
	};
	__u64 begin = now_ns(CLOCK_MONOTONIC);
	int err;

	d->routes.control->alive = now_ns(CLOCK_BOOTTIME);
	/* Class 0 is none. */
	d->mirror = mirror_new(&ops, d->trie[0], d->trie[1], d->routes.class_count - 1);
	if (!d->mirror) {
		log_error("run: no memory to keep the routes in");
		return -ENOMEM;
	}
	mirror_set_buffer(d->mirror, d->options->config->buffer);
	err = mirror_flow(d->mirror, d->options->flow, d->routes.group_count - 1);
	if (!err)
		err = mirror_start(d->mirror);
	if (err) {
		progress_end(d);
		log_error("run: cannot read the kernel's routes: %s", strerror(-err));
		return err;
	}
	progress_end(d);
	d->allow = true;
	state_set(d, XHOP_DAEMON_FOLLOWING);
	on_tick(-1, 0, d);
	log_note("route maps in step with the kernel: %llu IPv4 and %llu IPv6 prefixes in %.1f s",
		 (unsigned long long)d->routes.control->prefixes[0],
		 (unsigned long long)d->routes.control->prefixes[1],
		 (now_ns(CLOCK_MONOTONIC) - begin) / 1e9);
	return 0;
}

/* --- what the services ask of us ------------------------------------------------------------ */

static const struct set *host_set(void *data)
{
	const struct daemon *d = data;

	return &d->set;
}

static const struct routes *host_routes(void *data)
{
	const struct daemon *d = data;

	return &d->routes;
}

static void host_behind(void *data, bool behind[2])
{
	struct xhop_generation_now now;
	const struct daemon *d = data;
	const struct xhop_generation *held = &d->routes.control->generation;

	behind[0] = behind[1] = true;
	if (generation_read(d->generation, &now))
		return;
	behind[0] = memcmp(held->ip4, now.generation.ip4, sizeof(held->ip4)) != 0;
	behind[1] = memcmp(held->ip6, now.generation.ip6, sizeof(held->ip6)) != 0;
}

static int host_attach(void *data, const char **names, int count, enum load_mode mode)
{
	struct daemon *d = data;
	int err = attach(d, names, count, mode), found = ports_find(d);

	d->allow = true;
	return err ? err : found;
}

static int host_detach(void *data, const char **names, int count)
{
	const struct options options = {};
	struct args args = {.options = &options, .count = count, .words = (char **)names};
	struct daemon *d = data;
	int err = in_child(detach_work, &args), found = ports_find(d);

	return err ? err : found;
}

static int host_multipath(void *data, bool flow)
{
	struct daemon *d = data;
	int err = mirror_flow(d->mirror, flow, d->routes.group_count - 1);

	synchronise(d); /* it wants a dump */
	if (err)
		log_error("multipath: %s", strerror(-err));
	return err;
}

static int services(struct daemon *d)
{
	const struct service_host host = {
		.data = d,
		.base = d->base,
		.mirror = d->mirror,
		.cookie = d->set.cookie,
		.file = d->options->file,
		.set = host_set,
		.routes = host_routes,
		.behind = host_behind,
		.attach = host_attach,
		.detach = host_detach,
		.multipath = host_multipath,
	};

	d->service = service_start(&host, d->options->config);
	return d->service ? 0 : -EIO;
}

static int run(struct daemon *d)
{
	int err;

	err = maps_prepare(d);
	if (!err)
		err = ports_prepare(d);
	if (!err) {
		d->generation = generation_open(&d->kernel);
		if (!d->generation)
			err = -errno;
		else
			err = jiffies_measure(d);
		if (err)
			log_error("run: this kernel does not show the generation of its routes: %s "
				  "(xhop attach forwards without a daemon)",
				  strerror(-err));
	}
	if (!err)
		err = events_create(d);
	if (!err)
		err = fill(d);
	if (!err)
		err = services(d);
	if (!err)
		err = events_add(d);
	if (!err)
		event_base_dispatch(d->base);
	return err;
}

static void daemon_close(struct daemon *d)
{
	if (d->routes.control) {
		routes_distrust(&d->routes);
		routes_lease(&d->routes, 0);
		state_set(d, XHOP_DAEMON_NONE);
		d->routes.control->pid = 0;
	}
	service_stop(d->service);
	events_free(d);
	mirror_free(d->mirror);
	generation_close(d->generation);
	for (int f = 0; f < 2; f++) {
		if (d->trie[f])
			trie_free(d->trie[f]);
	}
	if (d->routes.control)
		routes_close(&d->routes);
	set_close(&d->set);
}

int daemon_run(const struct daemon_options *options)
{
	struct daemon d = {.options = options};
	int lock, err;

	signal(SIGHUP, SIG_IGN); /* until the file can be read again */
	if (rights_check("run", true) || kernel_probe(&d.kernel))
		return EXIT_REFUSED;
	signal(SIGPIPE, SIG_IGN); /* whoever read our words has gone: no reason to end */
	netns_name(d.netns, sizeof(d.netns));
	err = ports_find(&d);
	if (err) {
		log_error("run: cannot find the running ports: %s", strerror(-err));
		return EXIT_REFUSED;
	}
	lock = daemon_lock(d.set.cookie);
	if (lock < 0) {
		set_close(&d.set);
		return EXIT_REFUSED;
	}
	err = run(&d);
	daemon_close(&d);
	daemon_unlock(lock, d.set.cookie);
	return !err ? EXIT_DONE : err == -EINVAL ? EXIT_USAGE : EXIT_REFUSED;
}
