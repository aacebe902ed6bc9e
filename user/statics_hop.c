// SPDX-License-Identifier: GPL-2.0
/* Static neighbours, devices by name, and the next hops that are kept resolved: see statics.h. */
#include <errno.h>
#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "user/rib.h"
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

void statics_ask(struct statics *s, const struct xhop_class *via)
{
	__u32 hash = rib_hash(via->ifindex, via->addr, sizeof(via->addr));
	struct xhop_class *asked = &s->asked[hash % STATICS_ASKED];

	if (!memcmp(asked, via, sizeof(*via)))
		return;
	*asked = *via;
	s->kernel->resolve(via->ifindex, via->family, via->addr);
}

/* Usable, and the kernel itself will notice if the neighbour goes. */
static bool settled(__u16 state)
{
	return state & NEIGHBOUR_VALID && !(state & NUD_STALE);
}

void statics_neigh_event(struct statics *s, __u32 ifindex, int family, const void *addr,
			 __u16 state)
{
	struct xhop_class via;
	__u32 cursor = 0;

	if (!(state & NUD_STALE)) /* XDP alone would leave it so for ever */
		return;
	while (s->ops.hop(s->ops.data, &cursor, &via)) {
		if (via.ifindex != ifindex || (int)via.family != family ||
		    memcmp(via.addr, addr, family == AF_INET ? 4 : 16))
			continue;
		s->kernel->resolve(ifindex, family, addr);
		return;
	}
}

const struct neighbour *statics_kernel_has(const struct neighbours *now, __u32 ifindex, int family,
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
		is = statics_kernel_has(now, n->ifindex, n->neigh.family, n->neigh.addr);
		if (!is || !(is->state & NUD_PERMANENT) ||
		    memcmp(is->key.lladdr, n->neigh.lladdr, 6))
			s->kernel->install(n->ifindex, n->neigh.family, n->neigh.addr,
					   n->neigh.lladdr);
	}
}

void statics_tick(struct statics *s)
{
	struct neighbours now;
	struct xhop_class via;
	__u32 cursor = 0;

	s->hop_count = s->unresolved = 0;
	memset(s->asked, 0, sizeof(s->asked));
	statics_gateways_recheck(s);
	statics_again(s);
	if (!s->neigh_count && !s->ops.hop(s->ops.data, &cursor, &via))
		return;
	cursor = 0;
	s->kernel->list(&now);
	neigh_again(s, &now);
	statics_gateways_resolved(s, &now);
	while (s->ops.hop(s->ops.data, &cursor, &via)) {
		const struct neighbour *is =
			statics_kernel_has(&now, via.ifindex, via.family, via.addr);

		s->hop_count++;
		s->unresolved += !is || !(is->state & NEIGHBOUR_VALID);
		if (!is || !settled(is->state))
			s->kernel->resolve(via.ifindex, via.family, via.addr);
	}
	neighbours_free(&now);
}

void statics_look(struct statics *s)
{
	struct neighbours now;

	s->kernel->list(&now);
	statics_gateways_resolved(s, &now);
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
	is = statics_kernel_has(&now, ifindex, neigh->family, neigh->addr);
	found = is && is->state & NUD_PERMANENT;
	neighbours_free(&now);
	return found;
}

/* May it be in the kernel's table? An error; ifindex: of its device, 0: not there. */
static int neigh_check(struct statics *s, enum statics_verb verb, enum statics_source source,
		       const struct entry_neigh *neigh, const struct static_neigh *was,
		       __u32 ifindex, struct entry_why *why)
{
	enum gateway says;

	if (was && !was->gone && verb == STATICS_ADD)
		return refuse(-EEXIST, neigh,
			      "is a static neighbour already (xhop neigh replace changes it)", why);
	if (!ifindex) {
		refuse(0, neigh,
		       source == STATICS_FILE
			       ? "no such device in this network namespace yet"
			       : "no such device in this network namespace (ip link shows them)",
		       why);
		return source == STATICS_FILE ? 0 : -ENODEV;
	}
	says = s->kernel->ask(ifindex, neigh->family, neigh->addr);
	if (gateway_hopeless(says))
		return refuse(-EINVAL, neigh, gateway_text(says), why);
	if (!was && verb == STATICS_ADD && foreign(s, ifindex, neigh))
		return refuse(-EEXIST, neigh,
			      "the kernel has a permanent entry already (xhop neigh replace takes "
			      "it over)",
			      why);
	return 0;
}

static bool overridden(const struct static_neigh *n, const struct entry_neigh *neigh)
{
	return n->in_file && (n->gone || n->source == STATICS_COMMAND) &&
	       !memcmp(n->file.lladdr, neigh->lladdr, 6);
}

int statics_neigh(struct statics *s, enum statics_verb verb, enum statics_source source,
		  const struct entry_neigh *neigh, struct entry_why *why)
{
	struct static_neigh *n = neigh_find(s, neigh->family, neigh->addr, neigh->dev), *grown;
	struct static_neigh made = {
		.neigh = *neigh, .file = *neigh, .source = source, .mark = s->mark};
	int err;

	*why->text = '\0';
	if (n && source == STATICS_FILE && overridden(n, neigh)) {
		n->mark = s->mark;
		return 0;
	}
	made.ifindex = s->ops.device(s->ops.data, neigh->dev);
	err = neigh_check(s, verb, source, neigh, n, made.ifindex, why);
	if (err)
		return err;
	if (!n) {
		grown = realloc(s->neighs, (s->neigh_count + 1) * sizeof(*grown));
		if (!grown)
			return refuse(-ENOMEM, neigh, strerror(ENOMEM), why);
		s->neighs = grown;
	}
	if (made.ifindex)
		err = s->kernel->install(made.ifindex, neigh->family, neigh->addr, neigh->lladdr);
	if (err && err != -ENETDOWN) /* the tick tries again */
		return refuse(err, neigh, strerror(-err), why);
	made.in_file = source == STATICS_FILE || (n && n->in_file);
	if (source == STATICS_COMMAND && made.in_file) {
		made.file = n->file;
		made.mark = n->mark;
	}
	if (!n)
		n = &s->neighs[s->neigh_count++];
	*n = made;
	return 0;
}

static void neigh_withdraw(struct statics *s, struct static_neigh *n)
{
	if (n->ifindex)
		s->kernel->remove(n->ifindex, n->neigh.family, n->neigh.addr);
	n->ifindex = 0;
}

static void neigh_forget(struct statics *s, struct static_neigh *n)
{
	neigh_withdraw(s, n);
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
	if (!n || n->gone) {
		entry_refuse(why,
			     "%s dev %s: no such static neighbour (xhop show neigh lists "
			     "them)",
			     words->object, words->dev ? words->dev : "?");
		return -ENOENT;
	}
	if (!n->in_file) {
		neigh_forget(s, n);
		return 0;
	}
	neigh_withdraw(s, n);
	n->gone = true; /* and stays so until the file's line changes */
	return 0;
}

void statics_neigh_sweep(struct statics *s)
{
	for (unsigned int i = 0; i < s->neigh_count; i++) {
		struct static_neigh *n = &s->neighs[i];

		if (!n->in_file || n->mark == s->mark)
			continue;
		n->in_file = false;
		if (n->gone || n->source == STATICS_FILE) {
			neigh_forget(s, n);
			i--;
		}
	}
}

void statics_neigh_links(struct statics *s)
{
	for (unsigned int i = 0; i < s->neigh_count; i++) {
		struct static_neigh *n = &s->neighs[i];
		__u32 now = n->gone ? 0 : s->ops.device(s->ops.data, n->neigh.dev);

		if (now == n->ifindex)
			continue;
		neigh_withdraw(s, n); /* it may be there under another name */
		if (now && gateway_hopeless(s->kernel->ask(now, n->neigh.family, n->neigh.addr)))
			now = 0;
		n->ifindex = now;
		if (now)
			s->kernel->install(now, n->neigh.family, n->neigh.addr, n->neigh.lladdr);
	}
}

bool statics_neigh_next(const struct statics *s, __u32 *cursor, struct statics_neigh_row *row)
{
	const struct static_neigh *n;

	while (*cursor < s->neigh_count) {
		n = &s->neighs[(*cursor)++];
		if (n->gone)
			continue;
		*row = (struct statics_neigh_row){
			.neigh = n->neigh, .source = n->source, .ifindex = n->ifindex};
		return true;
	}
	return false;
}
