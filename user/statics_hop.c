// SPDX-License-Identifier: GPL-2.0
/* Static neighbours, devices by name, and the next hops that are kept resolved: see statics.h. */
#include <errno.h>
#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "user/statics_priv.h"

int statics_device(struct statics *s, const char *name)
{
	struct static_device *devices;
	unsigned int i, unused = s->device_count;

	for (i = 0; i < s->device_count; i++) {
		if (!s->devices[i].refs)
			unused = i;
		else if (!strcmp(s->devices[i].name, name))
			break;
	}
	if (i == s->device_count && unused == i) {
		devices = realloc(s->devices, (i + 1) * sizeof(*devices));
		if (!devices)
			return -ENOMEM;
		s->devices = devices;
		s->device_count++;
	} else if (i == s->device_count) {
		i = unused;
	} else {
		s->devices[i].refs++;
		return i;
	}
	s->devices[i] = (struct static_device){.refs = 1};
	strncpy(s->devices[i].name, name, IFNAMSIZ - 1);
	s->devices[i].ifindex = s->ops.device(s->ops.data, name);
	return i;
}

/* --- next hops ------------------------------------------------------------------------------ */

static struct static_hop *hop_find(struct statics *s, __u32 ifindex, int family, const void *addr)
{
	for (unsigned int i = 0; i < s->hop_count; i++) {
		struct static_hop *hop = &s->hops[i];

		if (hop->ifindex == ifindex && hop->family == family &&
		    !memcmp(hop->addr, addr, family == AF_INET ? 4 : 16))
			return hop;
	}
	return NULL;
}

int statics_hop(struct statics *s, const struct xhop_class *via, int by)
{
	struct static_hop *hop = hop_find(s, via->ifindex, via->family, via->addr), *hops;

	if (hop) {
		hop->refs += by;
		if (!hop->refs)
			*hop = s->hops[--s->hop_count];
		return 0;
	}
	if (by < 0)
		return 0;
	hops = realloc(s->hops, (s->hop_count + 1) * sizeof(*hops));
	if (!hops)
		return -ENOMEM;
	s->hops = hops;
	hop = &hops[s->hop_count++];
	*hop = (struct static_hop){.ifindex = via->ifindex, .family = via->family, .refs = by};
	memcpy(hop->addr, via->addr, sizeof(hop->addr));
	s->kernel->resolve(hop->ifindex, hop->family, hop->addr);
	return 0;
}

/* Usable, and the kernel itself will notice if the neighbour goes. */
static bool settled(__u16 state)
{
	return state & NEIGHBOUR_VALID && !(state & NUD_STALE);
}

void statics_neigh_event(struct statics *s, __u32 ifindex, int family, const void *addr,
			 __u16 state)
{
	struct static_hop *hop = hop_find(s, ifindex, family, addr);

	if (!hop)
		return;
	hop->resolved = state & NEIGHBOUR_VALID;
	if (state & NUD_STALE) /* XDP alone would leave it so for ever */
		s->kernel->resolve(ifindex, family, addr);
}

static const struct neighbour *kernel_has(const struct neighbours *now, __u32 ifindex, int family,
					  const __u8 *addr)
{
	struct xhop_hop_key key = {.ifindex = ifindex, .family = family};

	memcpy(key.addr, addr, family == AF_INET ? 4 : 16);
	return neighbour_find(now, &key);
}

/* The kernel forgets entries with the device's going down, permanent ones too. */
static void neigh_again(struct statics *s, const struct neighbours *now)
{
	for (unsigned int i = 0; i < s->neigh_count; i++) {
		const struct static_neigh *n = &s->neighs[i];
		const struct neighbour *is;

		if (!n->ifindex)
			continue;
		is = kernel_has(now, n->ifindex, n->neigh.family, n->neigh.addr);
		if (!is || !(is->state & NUD_PERMANENT) ||
		    memcmp(is->key.lladdr, n->neigh.lladdr, 6))
			s->kernel->install(n->ifindex, n->neigh.family, n->neigh.addr,
					   n->neigh.lladdr);
	}
}

void statics_tick(struct statics *s)
{
	struct neighbours now;

	if (!s->hop_count && !s->neigh_count)
		return;
	s->kernel->list(&now);
	neigh_again(s, &now);
	for (unsigned int i = 0; i < s->hop_count; i++) {
		struct static_hop *hop = &s->hops[i];
		const struct neighbour *is = kernel_has(&now, hop->ifindex, hop->family, hop->addr);

		hop->resolved = is && is->state & NEIGHBOUR_VALID;
		if (!is || !settled(is->state))
			s->kernel->resolve(hop->ifindex, hop->family, hop->addr);
	}
	neighbours_free(&now);
}

/* --- neighbours ----------------------------------------------------------------------------- */

static struct static_neigh *neigh_find(struct statics *s, int family, const __u8 *addr,
				       const char *dev)
{
	for (unsigned int i = 0; i < s->neigh_count; i++) {
		const struct entry_neigh *neigh = &s->neighs[i].neigh;

		if (neigh->family == family && !memcmp(neigh->addr, addr, 16) &&
		    !strcmp(neigh->dev, dev))
			return &s->neighs[i];
	}
	return NULL;
}

static int refuse(int err, const struct entry_neigh *neigh, const char *what, struct entry_why *why)
{
	char addr[ENTRY_TEXT];

	entry_prefix_text(neigh->family, neigh->addr, -1, addr);
	entry_refuse(why, "%s dev %s: %s", addr, neigh->dev, what);
	return err;
}

/* A permanent entry of somebody else's. */
static bool foreign(struct statics *s, __u32 ifindex, const struct entry_neigh *neigh)
{
	const struct neighbour *is;
	struct neighbours now;
	bool found;

	s->kernel->list(&now);
	is = kernel_has(&now, ifindex, neigh->family, neigh->addr);
	found = is && is->state & NUD_PERMANENT;
	neighbours_free(&now);
	return found;
}

int statics_neigh(struct statics *s, enum statics_verb verb, enum statics_source source,
		  const struct entry_neigh *neigh, struct entry_why *why)
{
	struct static_neigh *n = neigh_find(s, neigh->family, neigh->addr, neigh->dev), *grown;
	__u32 ifindex = s->ops.device(s->ops.data, neigh->dev);
	int err;

	if (n && verb == STATICS_ADD)
		return refuse(-EEXIST, neigh,
			      "is a static neighbour already (xhop neigh replace changes it)", why);
	if (!ifindex && source == STATICS_COMMAND)
		return refuse(-ENODEV, neigh,
			      "no such device in this network namespace (ip link shows them)", why);
	if (ifindex && !n && verb == STATICS_ADD && foreign(s, ifindex, neigh))
		return refuse(-EEXIST, neigh,
			      "the kernel has a permanent entry already (xhop neigh replace takes "
			      "it over)",
			      why);
	if (!n) {
		grown = realloc(s->neighs, (s->neigh_count + 1) * sizeof(*grown));
		if (!grown)
			return refuse(-ENOMEM, neigh, strerror(ENOMEM), why);
		s->neighs = grown;
	}
	err = ifindex ? s->kernel->install(ifindex, neigh->family, neigh->addr, neigh->lladdr) : 0;
	if (err == -ENETDOWN) /* the tick tries again */
		err = 0;
	if (err)
		return refuse(err, neigh, strerror(-err), why);
	if (!n)
		n = &s->neighs[s->neigh_count++];
	*n = (struct static_neigh){
		.neigh = *neigh, .source = source, .mark = s->mark, .ifindex = ifindex};
	return 0;
}

static void neigh_forget(struct statics *s, struct static_neigh *n)
{
	if (n->ifindex)
		s->kernel->remove(n->ifindex, n->neigh.family, n->neigh.addr);
	*n = s->neighs[--s->neigh_count];
}

int statics_neigh_del(struct statics *s, const struct entry_words *words, struct entry_why *why)
{
	struct static_neigh *n = NULL;
	__u8 addr[16], family;

	if (entry_address(words->object, AF_UNSPEC, addr, &family))
		return entry_refuse(why, "\"%.60s\": not an address", words->object);
	if (words->dev)
		n = neigh_find(s, family, addr, words->dev);
	if (!n) {
		entry_refuse(why,
			     "%s dev %s: no such static neighbour (xhop show neigh lists them)",
			     words->object, words->dev ? words->dev : "?");
		return -ENOENT;
	}
	neigh_forget(s, n);
	return 0;
}

void statics_neigh_sweep(struct statics *s)
{
	for (unsigned int i = 0; i < s->neigh_count; i++) {
		struct static_neigh *n = &s->neighs[i];

		if (n->source == STATICS_FILE && n->mark != s->mark) {
			neigh_forget(s, n);
			i--;
		}
	}
}

void statics_neigh_links(struct statics *s)
{
	for (unsigned int i = 0; i < s->neigh_count; i++) {
		struct static_neigh *n = &s->neighs[i];
		__u32 now = s->ops.device(s->ops.data, n->neigh.dev);

		if (now == n->ifindex)
			continue;
		n->ifindex = now;
		if (now)
			s->kernel->install(now, n->neigh.family, n->neigh.addr, n->neigh.lladdr);
	}
}
