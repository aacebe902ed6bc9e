// SPDX-License-Identifier: GPL-2.0
/*
 * The daemon: see daemon.h. Order is what makes it safe: the maps are distrusted before they are
 * written anew, and a generation is published only after mirror_sync() has seen that everything
 * counted in it is in the maps.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "user/cmd.h"
#include "user/daemon_lock.h"
#include "user/daemon_priv.h"
#include "user/log.h"
#include "user/netns.h"

#define CLASSES	      4096
#define GROUPS	      1024
#define FULL_TABLE4   1000000 /* prefixes that the default sizes are for */
#define FULL_TABLE6   250000
#define TABLE_ROOM    (64 << 10) /* bytes besides the root, at least */
#define PORTS_SECONDS 1		 /* between two looks at the ports */

__u64 daemon_now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

void daemon_state_set(struct daemon *d, enum xhop_daemon_state state)
{
	__atomic_store_n(&d->routes.control->state, state, __ATOMIC_RELEASE);
}

/* --- the loop ------------------------------------------------------------------------------- */

/* Publish the generation that the maps hold, as far as they hold the kernel's. */
void daemon_synchronise(struct daemon *d)
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
	daemon_synchronise(d);
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
	daemon_synchronise(d);
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
	control->alive = daemon_now(CLOCK_BOOTTIME);
}

int daemon_renew(struct daemon *d)
{
	struct xhop_generation_now now;
	int err = generation_read(d->generation, &now);

	if (err)
		return err;
	routes_lease(&d->routes, now.jiffies + XHOP_LEASE_SECONDS * d->hz);
	control_write(d);
	return 0;
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

static void on_tick(evutil_socket_t fd, short what, void *data)
{
	struct daemon *d = data;

	(void)fd;
	(void)what;
	if (daemon_renew(d))
		return;
	if (daemon_now(CLOCK_MONOTONIC) - d->ports_seen > PORTS_SECONDS * 1000000000ull &&
	    !ports_find(d)) {
		d->allow = true;
		reuse(d);
		ports_follow(d);
		ports_return(d);
		if (!netns_is(d->netns)) {
			log_note("the network namespace %s is gone", d->netns);
			event_base_loopbreak(d->base);
			return;
		}
	}
	daemon_synchronise(d);
}

static void on_signal(evutil_socket_t fd, short what, void *data)
{
	struct daemon *d = data;

	(void)fd;
	(void)what;
	d->ending = true;
	event_base_loopbreak(d->base);
}

int daemon_pump(struct daemon *d)
{
	if (d->starting)
		event_base_loop(d->base, EVLOOP_NONBLOCK);
	return d->ending ? -ECANCELED : 0;
}

/* Whatever it says about our sockets we say ourselves. */
static void on_library(int severity, const char *line)
{
	(void)severity;
	log_debug("libevent: %s", line);
}

/* Held back since the beginning. */
static void signals_let(bool let)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(let ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
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
	if (!d->tick || !d->resync || !d->signals[0] || !d->signals[1])
		return -ENOMEM;
	if (event_add(d->signals[0], NULL) || event_add(d->signals[1], NULL))
		return -EIO;
	signals_let(true);
	return daemon_pump(d);
}

static int events_add(struct daemon *d)
{
	const struct timeval tick = {.tv_usec = TICK_MS * 1000};

	d->readable =
		event_new(d->base, mirror_fd(d->mirror), EV_READ | EV_PERSIST, on_readable, d);
	if (!d->readable)
		return -ENOMEM;
	if (event_add(d->readable, NULL) || event_add(d->tick, &tick))
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
	begin = daemon_now(CLOCK_MONOTONIC);
	usleep(150000);
	if (!err)
		err = generation_read(d->generation, &last);
	ns = daemon_now(CLOCK_MONOTONIC) - begin;
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
	daemon_state_set(d, XHOP_DAEMON_FILLING);
	d->routes.control->pid = getpid();
	d->routes.control->alive = daemon_now(CLOCK_BOOTTIME);
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

static int fill(struct daemon *d)
{
	const struct mirror_ops ops = daemon_mirror_ops(d);
	__u64 begin = daemon_now(CLOCK_MONOTONIC);
	int err;

	d->routes.control->alive = daemon_now(CLOCK_BOOTTIME);
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
		mirror_progress_end(d);
		if (err != -ECANCELED)
			log_error("run: cannot read the kernel's routes: %s", strerror(-err));
		return err;
	}
	mirror_progress_end(d);
	d->allow = true;
	daemon_state_set(d, XHOP_DAEMON_FOLLOWING);
	on_tick(-1, 0, d);
	log_note("route maps in step with the kernel: %llu IPv4 and %llu IPv6 prefixes in %.1f s%s",
		 (unsigned long long)d->routes.control->prefixes[0],
		 (unsigned long long)d->routes.control->prefixes[1],
		 (daemon_now(CLOCK_MONOTONIC) - begin) / 1e9,
		 d->options->maps ? "" : " (lookup kernel: no packet asks them)");
	return 0;
}

static int generation_prepare(struct daemon *d)
{
	int err;

	d->generation = generation_open(&d->kernel);
	err = d->generation ? jiffies_measure(d) : -errno;
	if (err)
		log_error("run: this kernel does not show the generation of its routes: %s (xhop "
			  "attach forwards without a daemon)",
			  strerror(-err));
	return err;
}

static int services_prepare(struct daemon *d)
{
	const struct service_host host = daemon_host(d);

	d->service = service_open(&host, d->options->config);
	return d->service ? 0 : -EIO;
}

/* What is likely to fail, and takes little time, comes before the ports; first the socket. */
static int start(struct daemon *d)
{
	int err;

	d->starting = true;
	if (!d->options->count && !d->options->config->port_count && !d->set.count) {
		log_error("run: which devices? (xhop run DEV..., or attach them first)");
		return -EINVAL;
	}
	err = events_create(d);
	if (!err)
		err = services_prepare(d);
	if (!err)
		err = kernel_probe(&d->kernel);
	if (!err)
		err = maps_prepare(d);
	if (!err)
		err = generation_prepare(d);
	if (!err)
		err = daemon_pump(d);
	if (!err)
		err = ports_prepare(d);
	if (!err)
		err = fill(d);
	if (!err)
		err = service_start(d->service, d->mirror, d->options->config);
	if (!err)
		err = daemon_pump(d);
	d->starting = false;
	return err ? err : events_add(d);
}

static int run(struct daemon *d)
{
	int err = start(d);

	if (err)
		ports_roll_back(d);
	else
		event_base_dispatch(d->base);
	return err == -ECANCELED ? 0 : err;
}

static void daemon_close(struct daemon *d)
{
	if (d->routes.control) {
		routes_distrust(&d->routes);
		routes_lease(&d->routes, 0);
		daemon_state_set(d, XHOP_DAEMON_NONE);
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
	free(d->wanted);
}

int daemon_run(const struct daemon_options *options)
{
	struct daemon d = {.options = options};
	int lock, err;

	signals_let(false);
	event_set_log_callback(on_library);
	signal(SIGCHLD, SIG_DFL); /* whoever ignores it passes that on: we wait for children */
	signal(SIGHUP, SIG_IGN);  /* until the file can be read again */
	if (rights_check("run", true))
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
