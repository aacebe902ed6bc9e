// SPDX-License-Identifier: GPL-2.0
/* The daemon's services: see service.h. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "user/control.h"
#include "user/log.h"
#include "user/neigh_set.h"
#include "user/requests.h"
#include "user/service.h"

/* What takes effect at a start only. */
struct lasting {
	unsigned long room[2], classes, buffer;
	bool kernel;
};

struct service {
	struct service_host host;
	struct config config;
	struct lasting lasting; /* of the file that it started with */
	struct statics *statics;
	struct requests requests;
	struct control *control;
	struct metrics *metrics;
	struct event *tick, *hangup, *links;
	bool unclassed; /* routes have no class, and that was said */
};

static int on_route(void *data, int family, const void *addr, int len, const struct xhop_class *via)
{
	struct service *service = data;

	return mirror_static(service->host.mirror, family, addr, len, via);
}

static bool on_hop(void *data, __u32 *cursor, struct xhop_class *via)
{
	const struct service *service = data;

	return rib_via_next(mirror_rib(service->host.mirror), cursor, via);
}

static __u32 on_device(void *data, const char *name)
{
	(void)data;
	return if_nametoindex(name);
}

static const struct rib *on_rib(void *data)
{
	const struct service *service = data;

	return mirror_rib(service->host.mirror);
}

static const struct mirror *on_mirror(void *data)
{
	const struct service *service = data;

	return service->host.mirror;
}

static const struct set *on_set(void *data)
{
	const struct service *service = data;

	return service->host.set(service->host.data);
}

static const struct routes *on_routes(void *data)
{
	const struct service *service = data;

	return service->host.routes(service->host.data);
}

static void on_behind(void *data, bool behind[2])
{
	const struct service *service = data;

	service->host.behind(service->host.data, behind);
}

/* --- the file ------------------------------------------------------------------------------- */

#define SAID 20 /* notes at one reading */

/* What one entry is refused for does not take the others. */
static void entry_said(const char *file, unsigned int line, int err, const struct entry_why *why,
		       unsigned int *notes)
{
	if (err)
		log_error("%s:%u: %s", file, line, why->text);
	else if (*why->text && ++*notes <= SAID)
		log_note("%s:%u: %s", file, line, why->text);
}

static void entries_apply(struct service *service, const struct config *config)
{
	const char *file = service->host.file;
	unsigned int notes = 0;
	struct entry_why why;
	int err;

	statics_file_begin(service->statics);
	for (size_t i = 0; i < config->neigh_count; i++) {
		err = statics_neigh(service->statics, STATICS_REPLACE, STATICS_FILE,
				    &config->neighs[i].neigh, &why);
		entry_said(file, config->neighs[i].line, err, &why, &notes);
	}
	for (size_t i = 0; i < config->route_count; i++) {
		err = statics_route(service->statics, STATICS_REPLACE, STATICS_FILE,
				    &config->routes[i].route, &why);
		entry_said(file, config->routes[i].line, err, &why, &notes);
	}
	if (notes > SAID)
		log_note(
			"%s: %u more entries wait or have such a next hop (xhop show route static)",
			file, notes - SAID);
	statics_file_end(service->statics);
}

static bool has_port(const struct config *config, const char *name)
{
	for (int i = 0; i < config->port_count; i++) {
		if (!strcmp(config->ports[i].name, name))
			return true;
	}
	return false;
}

static bool in_set(const struct service *service, const char *name)
{
	const struct set *set = service->host.set(service->host.data);

	for (int i = 0; i < set->count; i++) {
		if (!strcmp(set->ports[i].name, name))
			return true;
	}
	return false;
}

static void ports_apply(struct service *service, const struct config *config)
{
	const struct config *old = &service->config;
	const struct service_host *host = &service->host;
	const char **names = calloc(config->port_count + old->port_count + 1, sizeof(*names));
	int count;

	if (!names)
		return;
	for (enum load_mode mode = LOAD_AUTO; mode <= LOAD_GENERIC; mode++) {
		count = 0;
		for (int i = 0; i < config->port_count; i++) {
			if (config->ports[i].mode == mode &&
			    !in_set(service, config->ports[i].name))
				names[count++] = config->ports[i].name;
		}
		if (count)
			host->attach(host->data, names, count, mode);
	}
	count = 0;
	for (int i = 0; i < old->port_count; i++) {
		if (!has_port(config, old->ports[i].name) && in_set(service, old->ports[i].name))
			names[count++] = old->ports[i].name;
	}
	if (count)
		host->detach(host->data, names, count);
	free(names);
}

static int metrics_apply(struct service *service, const struct config *config)
{
	const struct config *old = &service->config;
	const struct metrics_source source = {
		.data = service,
		.set = on_set,
		.routes = on_routes,
		.mirror = on_mirror,
		.statics = service->statics,
		.behind = on_behind,
	};

	if (service->metrics && old->metrics_port == config->metrics_port &&
	    !strcmp(old->metrics_addr, config->metrics_addr))
		return 0;
	metrics_free(service->metrics);
	service->metrics = NULL;
	if (!config->metrics_port)
		return 0;
	service->metrics = metrics_new(service->host.base, config->metrics_addr,
				       config->metrics_port, &source);
	return service->metrics ? 0 : -EADDRINUSE;
}

static struct lasting lasting_of(const struct config *c)
{
	return (struct lasting){{c->room[0], c->room[1]}, c->classes, c->buffer, c->kernel};
}

static bool same_lasting(const struct lasting *a, const struct lasting *b)
{
	return a->room[0] == b->room[0] && a->room[1] == b->room[1] && a->classes == b->classes &&
	       a->buffer == b->buffer && a->kernel == b->kernel;
}

static void on_hangup(evutil_socket_t fd, short what, void *data)
{
	struct service *service = data;
	struct lasting lasting;
	struct config config;

	(void)fd;
	(void)what;
	if (!service->host.file) {
		log_note("SIGHUP: there is no file to read again (xhop run -c FILE)");
		return;
	}
	if (config_read(service->host.file, &config)) {
		log_note("SIGHUP: nothing was changed");
		return;
	}
	ports_apply(service, &config);
	entries_apply(service, &config);
	metrics_apply(service, &config);
	if (config.flow != service->config.flow)
		service->host.multipath(service->host.data, config.flow);
	lasting = lasting_of(&config);
	if (!same_lasting(&lasting, &service->lasting))
		log_note("%s: lookup and sizes take effect when the daemon is started again",
			 service->host.file);
	config_free(&service->config);
	service->config = config;
	log_note("%s: read again: %d ports, %zu static routes, %zu static neighbours",
		 service->host.file, config.port_count, config.route_count, config.neigh_count);
}

/* --- start and stop ------------------------------------------------------------------------- */

/* Once, until there is room again. */
static void unclassed_said(struct service *service)
{
	struct rib_usage usage;

	rib_usage(mirror_rib(service->host.mirror), &usage);
	if (usage.unclassed && !service->unclassed)
		log_note("%llu routes got none of the %llu classes that there are: the kernel is "
			 "asked for them (size classes N in the daemon's file)",
			 (unsigned long long)usage.unclassed, (unsigned long long)usage.classes);
	service->unclassed = usage.unclassed != 0;
}

static void on_tick(evutil_socket_t fd, short what, void *data)
{
	struct service *service = data;

	(void)fd;
	(void)what;
	statics_tick(service->statics);
	unclassed_said(service);
}

static void on_links(evutil_socket_t fd, short what, void *data)
{
	struct service *service = data;

	(void)fd;
	(void)what;
	statics_links(service->statics);
}

static int events_start(struct service *service)
{
	const struct timeval second = {.tv_sec = 1};

	service->tick = event_new(service->host.base, -1, EV_PERSIST, on_tick, service);
	service->links = event_new(service->host.base, -1, 0, on_links, service);
	service->hangup = evsignal_new(service->host.base, SIGHUP, on_hangup, service);
	if (!service->tick || !service->links || !service->hangup)
		return -ENOMEM;
	return event_add(service->tick, &second) || event_add(service->hangup, NULL) ? -EIO : 0;
}

static int start(struct service *service)
{
	const struct statics_ops ops = {
		.data = service, .route = on_route, .hop = on_hop, .device = on_device};
	int err;

	service->statics = statics_new(&ops);
	if (!service->statics)
		return -ENOMEM;
	service->requests =
		(struct requests){.statics = service->statics, .rib = on_rib, .data = service};
	neigh_remove_all();
	entries_apply(service, &service->config);
	service->control = control_new(service->host.base, service->host.cookie, requests_handle,
				       &service->requests);
	if (!service->control) {
		err = -errno;
		log_error("run: the control socket: %s", strerror(-err));
		return err;
	}
	err = events_start(service);
	return err ? err : metrics_apply(service, &service->config);
}

struct service *service_start(const struct service_host *host, struct config *config)
{
	struct service *service = calloc(1, sizeof(*service));

	if (!service) {
		log_error("run: %s", strerror(ENOMEM));
		return NULL;
	}
	service->host = *host;
	service->config = *config;
	service->lasting = lasting_of(config);
	*config = (struct config){};
	if (!start(service))
		return service;
	service_stop(service);
	return NULL;
}

void service_stop(struct service *service)
{
	struct event *events[3];

	if (!service)
		return;
	events[0] = service->tick;
	events[1] = service->hangup;
	events[2] = service->links;
	for (int i = 0; i < 3; i++) {
		if (events[i])
			event_free(events[i]);
	}
	metrics_free(service->metrics);
	control_free(service->control);
	statics_free(service->statics);
	config_free(&service->config);
	free(service);
}

void service_links(struct service *service)
{
	if (service && service->links)
		event_active(service->links, EV_TIMEOUT, 0);
}

void service_neigh(struct service *service, const struct mirror_neigh *neigh)
{
	if (service)
		statics_neigh_event(service->statics, neigh->ifindex, neigh->family, neigh->addr,
				    neigh->deleted ? 0 : neigh->state);
}

struct statics *service_statics(struct service *service)
{
	return service ? service->statics : NULL;
}
