// SPDX-License-Identifier: GPL-2.0
/* The daemon's services: see service.h. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
	struct mirror *mirror;	/* NULL: its maps are not filled yet */
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

	return mirror_static(service->mirror, family, addr, len, via);
}

static bool on_hop(void *data, __u32 *cursor, struct xhop_class *via)
{
	const struct service *service = data;

	return rib_via_next(mirror_rib(service->mirror), cursor, via);
}

static __u32 on_device(void *data, const char *name)
{
	(void)data;
	return if_nametoindex(name);
}

static const struct rib *on_rib(void *data)
{
	const struct service *service = data;

	return mirror_rib(service->mirror);
}

static const struct mirror *on_mirror(void *data)
{
	const struct service *service = data;

	return service->mirror;
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

/* What became of the file's lines. */
struct applied {
	size_t routes, neighs;
	int ports;
	bool metrics; /* are where they are to be */
};

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

static void entries_apply(struct service *service, const struct config *config,
			  struct applied *applied)
{
	const char *file = service->host.file;
	unsigned int notes = 0;
	struct entry_why why;
	int err;

	applied->neighs = applied->routes = 0;
	statics_file_begin(service->statics);
	for (size_t i = 0; i < config->neigh_count; i++) {
		err = statics_neigh(service->statics, STATICS_REPLACE, STATICS_FILE,
				    &config->neighs[i].neigh, &why);
		entry_said(file, config->neighs[i].line, err, &why, &notes);
		applied->neighs += !err;
	}
	for (size_t i = 0; i < config->route_count; i++) {
		err = statics_route(service->statics, STATICS_REPLACE, STATICS_FILE,
				    &config->routes[i].route, &why);
		entry_said(file, config->routes[i].line, err, &why, &notes);
		applied->routes += !err;
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

static const struct port *port_named(const struct service *service, const char *name)
{
	const struct set *set = service->host.set(service->host.data);

	for (int i = 0; i < set->count; i++) {
		if (!strcmp(set->ports[i].name, name))
			return &set->ports[i];
	}
	return NULL;
}

/* A port as the daemon would have it. */
static bool is_attached(const struct service *service, const char *name)
{
	const struct port *port = port_named(service, name);

	return port && (port->config.classes || !service->host.maps_wanted);
}

/* One by one: what one is refused for does not take the others. */
static void ports_apply(struct service *service, const struct config *config,
			struct applied *applied)
{
	const struct config *old = &service->config;
	const struct service_host *host = &service->host;
	const char *name;

	for (int i = 0; i < config->port_count; i++) {
		name = config->ports[i].name;
		if (!is_attached(service, name))
			host->attach(host->data, &name, 1, config->ports[i].mode);
	}
	for (int i = 0; i < old->port_count; i++) {
		name = old->ports[i].name;
		if (!has_port(config, name))
			host->detach(host->data, name);
	}
	applied->ports = 0;
	for (int i = 0; i < config->port_count; i++)
		applied->ports += is_attached(service, config->ports[i].name);
}

static struct metrics *metrics_at(struct service *service, const char *addr, unsigned int port)
{
	const struct metrics_source source = {
		.data = service,
		.set = on_set,
		.routes = on_routes,
		.mirror = on_mirror,
		.statics = service->statics,
		.behind = on_behind,
	};

	return metrics_new(service->host.base, addr, port, &source);
}

/* Where they cannot be they stay where they are, and config says so then. */
static int metrics_apply(struct service *service, struct config *config)
{
	const struct config *old = &service->config;

	config->metrics_word = old->metrics_word;
	if (old->metrics_word) {
		config->metrics_port = old->metrics_port;
		strcpy(config->metrics_addr, old->metrics_addr);
	}
	if (old->metrics_port == config->metrics_port &&
	    !strcmp(old->metrics_addr, config->metrics_addr))
		return 0;
	metrics_free(service->metrics);
	service->metrics = NULL;
	if (!config->metrics_port)
		return 0;
	service->metrics = metrics_at(service, config->metrics_addr, config->metrics_port);
	if (service->metrics)
		return 0;
	config->metrics_port = old->metrics_port;
	strcpy(config->metrics_addr, old->metrics_addr);
	if (!config->metrics_port)
		return -EADDRNOTAVAIL;
	service->metrics = metrics_at(service, config->metrics_addr, config->metrics_port);
	if (!service->metrics)
		config->metrics_port = 0;
	return -EADDRNOTAVAIL;
}

static void applied_say(const struct service *service, const struct config *config,
			const struct applied *applied)
{
	const char *file = service->host.file;

	if (applied->metrics && applied->ports == config->port_count &&
	    applied->routes == config->route_count && applied->neighs == config->neigh_count)
		log_note("%s: read again: %d ports, %zu static routes, %zu static neighbours", file,
			 config->port_count, config->route_count, config->neigh_count);
	else
		log_note("%s: read again, not all of it could be applied: %d of %d ports, %zu of "
			 "%zu static routes, %zu of %zu static neighbours%s",
			 file, applied->ports, config->port_count, applied->routes,
			 config->route_count, applied->neighs, config->neigh_count,
			 applied->metrics   ? ""
			 : service->metrics ? "; metrics stay where they were"
					    : "; metrics are off");
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

/* Opening a pipe waits for its writer, and what was in it is read. */
static bool is_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) || S_ISREG(st.st_mode))
		return true; /* or config_read() says what is wrong */
	log_error("%s: not a file that can be read again", path);
	return false;
}

static void on_hangup(evutil_socket_t fd, short what, void *data)
{
	struct service *service = data;
	struct applied applied;
	struct lasting lasting;
	struct config config;

	(void)fd;
	(void)what;
	if (!service->host.file) {
		log_note("SIGHUP: there is no file to read again (xhop run -c FILE)");
		return;
	}
	if (!is_file(service->host.file) || config_read(service->host.file, &config)) {
		log_note("SIGHUP: nothing was changed");
		return;
	}
	ports_apply(service, &config, &applied);
	entries_apply(service, &config, &applied);
	applied.metrics = !metrics_apply(service, &config);
	if (config.flow != service->config.flow)
		service->host.multipath(service->host.data, config.flow);
	lasting = lasting_of(&config);
	if (!same_lasting(&lasting, &service->lasting))
		log_note("%s: lookup and sizes take effect when the daemon is started again",
			 service->host.file);
	applied_say(service, &config, &applied);
	config_free(&service->config);
	service->config = config;
}

/* --- start and stop ------------------------------------------------------------------------- */

/* Once, until there is room again. */
static void unclassed_said(struct service *service)
{
	struct rib_usage usage;

	rib_usage(mirror_rib(service->mirror), &usage);
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

/* What can be answered before the maps are filled, and what cannot. */
static json_t *on_request(void *data, const json_t *request)
{
	struct service *service = data;
	const struct service_host *host = &service->host;
	const char *what = json_string_value(json_object_get(request, "do"));
	const struct routes *routes = host->routes(host->data);

	if (what && !strcmp(what, "status"))
		return host->status(host->data);
	if (what && !strcmp(what, "maps") && routes->control)
		return host->maps(host->data);
	if (!service->mirror)
		return json_pack("{s:s}", "wait", "filling its route maps");
	return requests_handle(&service->requests, request);
}

static int listen_all(struct service *service, const struct config *config)
{
	service->control =
		control_new(service->host.base, service->host.cookie, on_request, service);
	if (!service->control)
		return -EIO;
	if (!config->metrics_port)
		return 0;
	service->metrics = metrics_at(service, config->metrics_addr, config->metrics_port);
	return service->metrics ? 0 : -EIO;
}

struct service *service_open(const struct service_host *host, const struct config *config)
{
	struct service *service = calloc(1, sizeof(*service));
	const struct statics_ops ops = {
		.data = service, .route = on_route, .hop = on_hop, .device = on_device};

	if (service) {
		service->host = *host;
		service->statics = statics_new(&ops);
	}
	if (!service || !service->statics) {
		log_error("run: %s", strerror(ENOMEM));
		free(service);
		return NULL;
	}
	service->requests =
		(struct requests){.statics = service->statics, .rib = on_rib, .data = service};
	if (!listen_all(service, config))
		return service;
	service_stop(service);
	return NULL;
}

int service_start(struct service *service, struct mirror *mirror, struct config *config)
{
	struct applied applied;

	service->mirror = mirror;
	service->config = *config;
	service->lasting = lasting_of(config);
	*config = (struct config){};
	neigh_remove_all();
	entries_apply(service, &service->config, &applied);
	return events_start(service);
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
	if (service && service->mirror)
		statics_neigh_event(service->statics, neigh->ifindex, neigh->family, neigh->addr,
				    neigh->deleted ? 0 : neigh->state);
}

struct statics *service_statics(struct service *service)
{
	return service ? service->statics : NULL;
}
