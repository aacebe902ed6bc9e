// SPDX-License-Identifier: GPL-2.0
/* What the services ask of the daemon, and what it says about itself on the socket. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "user/daemon_priv.h"
#include "user/log.h"

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
	int err = ports_want(d, names, count, mode), found;

	if (!err)
		err = ports_attach(d, names, count, mode);
	found = ports_find(d);
	d->allow = true;
	return err ? err : found;
}

/* Nor is it attached when a device of that name comes, if there is none now. */
static int host_detach(void *data, const char *name)
{
	__u32 ifindex = if_nametoindex(name);
	struct daemon *d = data;

	ports_unwant(d, name);
	return ifindex && set_port(&d->set, ifindex) ? ports_detach(d, &name, 1) : 0;
}

static int host_multipath(void *data, bool flow)
{
	struct daemon *d = data;
	int err = mirror_flow(d->mirror, flow, d->routes.group_count - 1);

	daemon_synchronise(d); /* it wants a dump */
	if (err)
		log_error("multipath: %s", strerror(-err));
	return err;
}

/* Ports whose packets policy rules take from the maps. */
static json_t *ruled(const struct daemon *d, int family)
{
	json_t *names = json_array();

	for (int i = 0; !d->starting && i < d->set.count; i++) {
		if (!mirror_rules_plain(d->mirror, family, d->set.ports[i].name))
			json_array_append_new(names, json_string(d->set.ports[i].name));
	}
	return names;
}

static const char *state(const struct daemon *d)
{
	if (d->starting)
		return d->mirror ? "filling" : "starting";
	return d->stale[0] || d->stale[1] ? "stale" : "following";
}

static json_t *host_status(void *data)
{
	struct daemon *d = data;
	const struct xhop_route_control *control = d->routes.control;
	struct statics_count statics = {};

	if (d->service)
		statics_count(service_statics(d->service), &statics);
	return json_pack("{s:i, s:s, s:s, s:s, s:I, s:I, s:i, s:i, s:i, s:o, s:o}", "pid",
			 (int)getpid(), "version", XHOP_VERSION, "state", state(d), "lookup",
			 d->options->maps ? "maps" : "kernel", "routes4",
			 (json_int_t)(control ? control->prefixes[0] : 0), "routes6",
			 (json_int_t)(control ? control->prefixes[1] : 0), "static_routes",
			 (int)statics.routes, "static_neighbours", (int)statics.neighs,
			 "hops_unresolved", (int)statics.unresolved, "rules4", ruled(d, AF_INET),
			 "rules6", ruled(d, AF_INET6));
}

/* The kernel's numbers of the route maps, by enum route_map; none with kernel lookups. */
static json_t *host_maps(void *data)
{
	const struct daemon *d = data;
	json_t *ids = json_array();

	for (int m = 0; d->options->maps && m < ROUTE_MAP_COUNT; m++)
		json_array_append_new(ids, json_integer(set_map_id(d->routes.fds[m])));
	return json_pack("{s:o}", "ids", ids);
}

struct service_host daemon_host(struct daemon *d)
{
	return (struct service_host){
		.data = d,
		.base = d->base,
		.cookie = d->set.cookie,
		.file = d->options->file,
		.maps_wanted = d->options->maps,
		.set = host_set,
		.routes = host_routes,
		.behind = host_behind,
		.attach = host_attach,
		.detach = host_detach,
		.multipath = host_multipath,
		.status = host_status,
		.maps = host_maps,
	};
}
