// SPDX-License-Identifier: GPL-2.0
/* Are the daemon's entries used? See effect.h. */
#include <bpf/bpf.h>
#include <sys/socket.h>
#include "user/effect.h"

static void count(struct effect *effect, const struct port *port)
{
	const __u32 slot = port->config.slot;
	struct xhop_port_maps maps = {};

	if (!port->config.classes)
		return;
	effect->asking++;
	if (bpf_map_lookup_elem(effect->set.maps[SET_PORT_MAPS], &slot, &maps) ||
	    maps.allowed >> 32 != port->config.ifindex)
		return;
	effect->allowed[0] += (maps.allowed & XHOP_MAPS_IP4) != 0;
	effect->allowed[1] += (maps.allowed & XHOP_MAPS_IP6) != 0;
}

void effect_get(struct effect *effect)
{
	*effect = (struct effect){};
	if (links_get(&effect->links))
		return;
	if (set_find(&effect->set, &effect->links)) {
		links_free(&effect->links);
		return;
	}
	effect->known = true;
	for (int i = 0; i < effect->set.count; i++)
		count(effect, &effect->set.ports[i]);
}

void effect_free(struct effect *effect)
{
	if (!effect->known)
		return;
	set_close(&effect->set);
	links_free(&effect->links);
	effect->known = false;
}

const char *effect_remark(const struct effect *effect, int family, const char *dev)
{
	const struct link *link = dev ? link_by_name(&effect->links, dev) : NULL;
	int allowed = effect->allowed[family == AF_INET6];

	if (!effect->known)
		return NULL;
	if (!effect->set.count)
		return "nothing is attached (xhop attach DEV...)";
	if (!effect->asking)
		return "no port looks into the route maps (xhop attach DEV... lookup maps)";
	if (!allowed)
		return family == AF_INET ? "a policy rule: the kernel is asked for IPv4"
					 : "a policy rule: the kernel is asked for IPv6";
	if (link && !set_port(&effect->set, link->ifindex))
		return "its device is no port of xhop (xhop attach DEV)";
	if (effect->asking < effect->set.count)
		return "some ports do not look into the route maps (xhop show dev)";
	return allowed < effect->asking ? "a policy rule: the kernel is asked on some ports" : NULL;
}
