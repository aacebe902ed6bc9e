// SPDX-License-Identifier: GPL-2.0
/* The daemon's answers: see requests.h. A request may be anything that is JSON. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "user/cmd.h"
#include "user/control.h"
#include "user/requests.h"

#define WALKED	50000 /* prefixes looked at for one answer */
#define NOTES	20    /* of one answer */
#define COVERED "an address of this router, or not in use: the kernel is asked"

static json_t *refused(int err, const struct entry_why *why)
{
	/* What the words name is not there, or is there already: as wrong as the words. */
	bool usage = err == -EINVAL || err == -ENODEV || err == -ENOENT || err == -EEXIST;

	return json_pack("{s:s, s:i}", "error", why->text, "status",
			 usage ? EXIT_USAGE : EXIT_REFUSED);
}

static json_t *unknown(const char *what)
{
	struct entry_why why;

	entry_refuse(&why, "the daemon does not know this %s (another version of xhop runs it?)",
		     what);
	return refused(-EINVAL, &why);
}

static const char *text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* --- static entries ------------------------------------------------------------------------- */

static int put_route(struct requests *r, enum statics_verb verb, const json_t *entry,
		     struct entry_route *route, struct entry_why *why)
{
	struct entry_words words = {
		.object = json_string_value(json_array_get(entry, 0)),
		.via = json_string_value(json_array_get(entry, 1)),
		.dev = json_string_value(json_array_get(entry, 2)),
	};
	json_int_t mtu = json_integer_value(json_array_get(entry, 3));
	char digits[24];
	int err;

	if (mtu) {
		snprintf(digits, sizeof(digits), "%lld", (long long)mtu);
		words.mtu = digits;
	}
	err = entry_route_read(&words, route, why);
	return err ? err : statics_route(r->statics, verb, STATICS_COMMAND, route, why);
}

/* What is to say of a next hop is said of the first of its routes. */
static void note(json_t *notes, const struct entry_route *route, const struct entry_why *why,
		 struct entry_route *last)
{
	if (!*why->text || json_array_size(notes) == NOTES ||
	    (!memcmp(last->via, route->via, 16) && !strcmp(last->dev, route->dev)))
		return;
	json_array_append_new(notes, json_string(why->text));
	*last = *route;
}

static json_t *put_routes(struct requests *r, enum statics_verb verb, const json_t *request)
{
	const json_t *list = json_object_get(request, "list");
	struct entry_route entry, last = {};
	json_t *notes, *member;
	struct entry_why why;
	size_t i;

	/* Else what was asked of devices and next hops a moment ago still holds. */
	if (!json_is_true(json_object_get(request, "continued")))
		statics_links(r->statics);
	if (json_array_size(list) > CONTROL_BATCH)
		return unknown("number of routes");
	notes = json_array();
	json_array_foreach (list, i, member) {
		int err = put_route(r, verb, member, &entry, &why);

		if (err) {
			json_decref(notes);
			return refused(err, &why);
		}
		note(notes, &entry, &why, &last);
	}
	return json_pack("{s:I, s:o}", "done", (json_int_t)json_array_size(list), "notes", notes);
}

/* "family": 4, 6, or none for both. */
static int family_of(const json_t *request)
{
	json_int_t family = json_integer_value(json_object_get(request, "family"));

	return family == 4 ? AF_INET : family == 6 ? AF_INET6 : AF_UNSPEC;
}

static json_t *route(struct requests *r, const json_t *request)
{
	const char *verb = text(request, "verb");
	struct entry_words words = {text(request, "object"), text(request, "via"),
				    text(request, "dev"), NULL, NULL};
	struct entry_why why;
	int err;

	if (!verb)
		return unknown("request");
	if (!strcmp(verb, "add"))
		return put_routes(r, STATICS_ADD, request);
	if (!strcmp(verb, "replace"))
		return put_routes(r, STATICS_REPLACE, request);
	if (!strcmp(verb, "flush"))
		return json_pack("{s:i}", "done",
				 (int)statics_route_flush(r->statics, family_of(request)));
	if (strcmp(verb, "del") || !words.object)
		return unknown("verb");
	err = statics_route_del(r->statics, &words, &why);
	return err ? refused(err, &why) : json_pack("{s:i}", "done", 1);
}

static json_t *neigh(struct requests *r, const json_t *request)
{
	const char *verb = text(request, "verb");
	struct entry_words words = {.object = text(request, "object"),
				    .dev = text(request, "dev"),
				    .lladdr = text(request, "lladdr")};
	struct entry_neigh entry;
	struct entry_why why;
	int err;

	if (!verb || !words.object)
		return unknown("request");
	if (!strcmp(verb, "del")) {
		err = statics_neigh_del(r->statics, &words, &why);
	} else if (strcmp(verb, "add") && strcmp(verb, "replace")) {
		return unknown("verb");
	} else {
		err = entry_neigh_read(&words, &entry, &why);
		err = err ? err
			  : statics_neigh(r->statics,
					  strcmp(verb, "add") ? STATICS_REPLACE : STATICS_ADD,
					  STATICS_COMMAND, &entry, &why);
	}
	return err ? refused(err, &why) : json_pack("{s:i}", "done", 1);
}

/* --- what the maps hold --------------------------------------------------------------------- */

/* The device named last in this answer, since routes come in runs of one. */
static struct {
	__u32 ifindex; /* 0: none */
	char name[IFNAMSIZ];
} named;

static const char *device(__u32 ifindex, char name[IFNAMSIZ])
{
	if (ifindex != named.ifindex || !ifindex) {
		named.ifindex = if_indextoname(ifindex, named.name) ? ifindex : 0;
		if (!named.ifindex)
			snprintf(named.name, sizeof(named.name), "if%u", ifindex);
	}
	return strcpy(name, named.name);
}

static __u32 key_mtu(const struct rib_key *key)
{
	struct xhop_class class;

	return rib_via(key, &class) ? class.mtu : 0;
}

/* What a row says besides its prefix. */
struct words {
	const char *source, *from, *remark;
};

static json_t *hop_row(const struct requests *r, const char *prefix, const struct rib_row *row,
		       const struct words *words)
{
	const struct rib_key *key = rib_class(r->rib(r->data), row->value, NULL);
	char name[IFNAMSIZ], via[ENTRY_TEXT];
	__u32 mtu;

	if (!key)
		return json_pack("[s, s, n, n, n, n, s, s?, s?]", prefix, "kernel", words->source,
				 words->from, words->remark);
	mtu = key_mtu(key);
	if (key->gw_family)
		inet_ntop(key->gw_family, key->gateway, via, sizeof(via));
	return json_pack("[s, s, i, s, s?, o, s, s?, s?]", prefix, "hop", (int)row->value,
			 device(rib_class_oif(r->rib(r->data), row->value), name),
			 key->gw_family ? via : NULL, mtu ? json_integer(mtu) : json_null(),
			 words->source, words->from, words->remark);
}

static json_t *row_json(const struct requests *r, const struct rib_row *row)
{
	struct words words = {.source = row->fixed ? "static" : "kernel"};
	struct statics_route_row entry;
	char prefix[ENTRY_TEXT];

	if (row->fixed && statics_get(r->statics, row->family, row->addr, row->len, &entry)) {
		words.from = entry.source == STATICS_FILE ? "file" : "command";
		words.remark = row->covered ? COVERED : statics_remark(&entry);
	}
	entry_prefix_text(row->family, row->addr, row->len, prefix);
	if (row->value == XHOP_ASK)
		return json_pack("[s, s, n, n, n, n, s, s?, s?]", prefix, "kernel", words.source,
				 words.from, words.remark);
	if (row->value & XHOP_GROUP)
		return json_pack("[s, s, i, n, n, n, s, s?, s?]", prefix, "group",
				 (int)(row->value & ~XHOP_GROUP), words.source, words.from,
				 words.remark);
	return hop_row(r, prefix, row, &words);
}

/* One page of a family's prefixes. */
static json_t *routes(const struct requests *r, const json_t *request)
{
	int family = family_of(request) == AF_INET6 ? AF_INET6 : AF_INET;
	__u32 cursor = json_integer_value(json_object_get(request, "cursor"));
	const struct rib *rib = r->rib(r->data);
	json_t *rows = json_array();
	struct rib_row row;
	bool more = true;

	if (!cursor)
		statics_look(r->statics);
	for (int i = 0; i < WALKED && json_array_size(rows) < CONTROL_BATCH; i++) {
		more = rib_next(rib, family, &cursor, &row);
		if (!more)
			break;
		json_array_append_new(rows, row_json(r, &row));
	}
	return more ? json_pack("{s:o, s:I}", "rows", rows, "cursor", (json_int_t)cursor)
		    : json_pack("{s:o}", "rows", rows);
}

static json_t *static_row(const struct requests *r, const struct statics_route_row *entry)
{
	const struct entry_route *e = &entry->route;
	char prefix[ENTRY_TEXT], via[ENTRY_TEXT];
	struct rib_row row;
	bool there = rib_exact(r->rib(r->data), e->family, e->addr, e->len, &row) && row.fixed,
	     hop = there && row.value != XHOP_ASK;

	entry_prefix_text(e->family, e->addr, e->len, prefix);
	inet_ntop(e->via_family, e->via, via, sizeof(via));
	return json_pack("[s, s, o, s, s, o, s, s, s?]", prefix,
			 hop		   ? "hop"
			 : !entry->ifindex ? "no device"
					   : "kernel",
			 hop ? json_integer(row.value) : json_null(), e->dev, via,
			 e->mtu ? json_integer(e->mtu) : json_null(), "static",
			 entry->source == STATICS_FILE ? "file" : "command",
			 there && !hop ? COVERED : statics_remark(entry));
}

/* One page of the static ones, whether their devices are there or not. */
static json_t *statics(const struct requests *r, const json_t *request)
{
	__u32 cursor = json_integer_value(json_object_get(request, "cursor"));
	json_t *rows = json_array();
	struct statics_route_row entry;
	bool more = true;

	if (!cursor)
		statics_look(r->statics);
	while (json_array_size(rows) < CONTROL_BATCH &&
	       (more = statics_next(r->statics, &cursor, &entry)))
		json_array_append_new(rows, static_row(r, &entry));
	return more ? json_pack("{s:o, s:I}", "rows", rows, "cursor", (json_int_t)cursor)
		    : json_pack("{s:o}", "rows", rows);
}

/* The static neighbours; in the kernel's table or waiting for their device. */
static json_t *neighs(const struct requests *r)
{
	json_t *rows = json_array();
	struct statics_neigh_row row;
	__u32 cursor = 0;

	while (statics_neigh_next(r->statics, &cursor, &row)) {
		char addr[ENTRY_TEXT], lladdr[ENTRY_TEXT];

		entry_prefix_text(row.neigh.family, row.neigh.addr, -1, addr);
		entry_mac_text(row.neigh.lladdr, lladdr);
		json_array_append_new(rows,
				      json_pack("{s:s, s:s, s:s, s:s, s:s}", "addr", addr, "dev",
						row.neigh.dev, "lladdr", lladdr, "state",
						row.ifindex ? "permanent" : "no device", "from",
						row.source == STATICS_FILE ? "file" : "command"));
	}
	return json_pack("{s:o}", "rows", rows);
}

/* The hops among which a group's flows are shared; NULL: it is none. */
static json_t *group_hops(const struct requests *r, const struct rib_row *row)
{
	unsigned int count;
	const struct rib_hop *hops = rib_group_hops(r->rib(r->data), row->value, &count);
	json_t *list = hops ? json_array() : NULL;

	for (unsigned int i = 0; hops && i < count; i++) {
		char via[ENTRY_TEXT], name[IFNAMSIZ];

		inet_ntop(hops[i].via.family, hops[i].via.addr, via, sizeof(via));
		json_array_append_new(list, json_pack("{s:s, s:s, s:i}", "via", via, "dev",
						      device(hops[i].via.ifindex, name), "weight",
						      (int)hops[i].weight));
	}
	return list;
}

static json_t *get(const struct requests *r, const json_t *request)
{
	const char *addr = text(request, "addr");
	struct rib_usage usage;
	struct entry_why why;
	struct rib_row row;
	__u8 bytes[16], family;

	if (!addr || entry_address(addr, AF_UNSPEC, bytes, &family)) {
		entry_refuse(&why, "\"%.60s\": not an address", addr ? addr : "");
		return refused(-EINVAL, &why);
	}
	if (!rib_match(r->rib(r->data), family, bytes, &row))
		return json_pack("{s:n}", "row");
	statics_look(r->statics);
	rib_usage(r->rib(r->data), &usage);
	return json_pack("{s:o, s:o*, s:I}", "row", row_json(r, &row), "hops", group_hops(r, &row),
			 "unclassed", (json_int_t)usage.unclassed);
}

json_t *requests_handle(void *data, const json_t *request)
{
	struct requests *r = data;
	const char *what = text(request, "do");

	named.ifindex = 0; /* it may have another name since */
	if (!what)
		return unknown("request");
	if (!strcmp(what, "ping"))
		return json_pack("{s:i, s:s}", "pid", (int)getpid(), "version", XHOP_VERSION);
	if (!strcmp(what, "route"))
		return route(r, request);
	if (!strcmp(what, "neigh"))
		return neigh(r, request);
	if (!strcmp(what, "routes"))
		return routes(r, request);
	if (!strcmp(what, "statics"))
		return statics(r, request);
	if (!strcmp(what, "neighs"))
		return neighs(r);
	if (!strcmp(what, "get"))
		return get(r, request);
	return unknown("request");
}
