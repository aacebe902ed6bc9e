// SPDX-License-Identifier: GPL-2.0
/* The daemon's answers: see requests.h. A request may be anything that is JSON. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "user/cmd.h"
#include "user/control.h"
#include "user/requests.h"

#define WALKED 50000 /* prefixes looked at for one answer */

static json_t *refused(int err, const struct entry_why *why)
{
	return json_pack("{s:s, s:i}", "error", why->text, "status",
			 err == -EINVAL ? EXIT_USAGE : EXIT_REFUSED);
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
		     struct entry_why *why)
{
	struct entry_words words = {
		.object = json_string_value(json_array_get(entry, 0)),
		.via = json_string_value(json_array_get(entry, 1)),
		.dev = json_string_value(json_array_get(entry, 2)),
	};
	json_int_t mtu = json_integer_value(json_array_get(entry, 3));
	struct entry_route route;
	char digits[24];
	int err;

	if (mtu) {
		snprintf(digits, sizeof(digits), "%lld", (long long)mtu);
		words.mtu = digits;
	}
	err = entry_route_read(&words, &route, why);
	return err ? err : statics_route(r->statics, verb, STATICS_COMMAND, &route, why);
}

static json_t *put_routes(struct requests *r, enum statics_verb verb, const json_t *list)
{
	struct entry_why why;
	const json_t *entry;
	size_t i;

	statics_links(r->statics);
	if (json_array_size(list) > CONTROL_BATCH)
		return unknown("number of routes");
	json_array_foreach (list, i, entry) {
		int err = put_route(r, verb, entry, &why);

		if (err)
			return refused(err, &why);
	}
	return json_pack("{s:I}", "done", (json_int_t)json_array_size(list));
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
		return put_routes(r, STATICS_ADD, json_object_get(request, "list"));
	if (!strcmp(verb, "replace"))
		return put_routes(r, STATICS_REPLACE, json_object_get(request, "list"));
	if (!strcmp(verb, "flush"))
		return json_pack("{s:i}", "done", (int)statics_route_flush(r->statics));
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

/* A device's name; the last one is remembered, since routes come in runs of one. */
static const char *device(__u32 ifindex, char name[IFNAMSIZ])
{
	static __u32 last;
	static char last_name[IFNAMSIZ];

	if (ifindex != last || !last) {
		last = if_indextoname(ifindex, last_name) ? ifindex : 0;
		if (!last)
			snprintf(last_name, sizeof(last_name), "if%u", ifindex);
	}
	return strcpy(name, last_name);
}

static __u32 key_mtu(const struct rib_key *key)
{
	struct xhop_class class;

	return rib_via(key, &class) ? class.mtu : 0;
}

static json_t *hop_row(const struct requests *r, const char *prefix, const struct rib_row *row,
		       const char *source, const char *from)
{
	const struct rib_key *key = rib_class(r->rib(r->data), row->value, NULL);
	char name[IFNAMSIZ], via[ENTRY_TEXT];
	__u32 mtu;

	if (!key)
		return json_pack("[s, s, n, n, n, n, s, s?]", prefix, "kernel", source, from);
	mtu = key_mtu(key);
	if (key->gw_family)
		inet_ntop(key->gw_family, key->gateway, via, sizeof(via));
	return json_pack("[s, s, i, s, s?, o, s, s?]", prefix, "hop", (int)row->value,
			 device(rib_class_oif(r->rib(r->data), row->value), name),
			 key->gw_family ? via : NULL, mtu ? json_integer(mtu) : json_null(), source,
			 from);
}

static json_t *row_json(const struct requests *r, const struct rib_row *row)
{
	const char *source = row->fixed ? "static" : "kernel", *from = NULL;
	struct statics_route_row entry;
	char prefix[ENTRY_TEXT];

	if (row->fixed && statics_get(r->statics, row->family, row->addr, row->len, &entry))
		from = entry.source == STATICS_FILE ? "file" : "command";
	entry_prefix_text(row->family, row->addr, row->len, prefix);
	if (row->value == XHOP_ASK)
		return json_pack("[s, s, n, n, n, n, s, s?]", prefix, "kernel", source, from);
	if (row->value & XHOP_GROUP)
		return json_pack("[s, s, i, n, n, n, s, s?]", prefix, "group",
				 (int)(row->value & ~XHOP_GROUP), source, from);
	return hop_row(r, prefix, row, source, from);
}

/* One page of a family's prefixes. */
static json_t *routes(const struct requests *r, const json_t *request)
{
	int family =
		json_integer_value(json_object_get(request, "family")) == 6 ? AF_INET6 : AF_INET;
	__u32 cursor = json_integer_value(json_object_get(request, "cursor"));
	const struct rib *rib = r->rib(r->data);
	json_t *rows = json_array();
	struct rib_row row;
	bool more = true;

	for (int i = 0; i < WALKED && json_array_size(rows) < CONTROL_BATCH; i++) {
		more = rib_next(rib, family, &cursor, &row);
		if (!more)
			break;
		json_array_append_new(rows, row_json(r, &row));
	}
	return more ? json_pack("{s:o, s:I}", "rows", rows, "cursor", (json_int_t)cursor)
		    : json_pack("{s:o}", "rows", rows);
}

/* One page of the static ones, whether their devices are there or not. */
static json_t *statics(const struct requests *r, const json_t *request)
{
	__u32 cursor = json_integer_value(json_object_get(request, "cursor"));
	const struct rib *rib = r->rib(r->data);
	json_t *rows = json_array();
	struct statics_route_row entry;
	bool more = true;

	while (json_array_size(rows) < CONTROL_BATCH &&
	       (more = statics_next(r->statics, &cursor, &entry))) {
		const struct entry_route *e = &entry.route;
		char prefix[ENTRY_TEXT], via[ENTRY_TEXT];
		struct rib_row row;
		bool there = rib_exact(rib, e->family, e->addr, e->len, &row) && row.fixed &&
			     row.value != XHOP_ASK;

		entry_prefix_text(e->family, e->addr, e->len, prefix);
		inet_ntop(e->via_family, e->via, via, sizeof(via));
		json_array_append_new(
			rows, json_pack("[s, s, o, s, s, o, s, s]", prefix,
					there		 ? "hop"
					: !entry.ifindex ? "no device"
							 : "kernel",
					there ? json_integer(row.value) : json_null(), e->dev, via,
					e->mtu ? json_integer(e->mtu) : json_null(), "static",
					entry.source == STATICS_FILE ? "file" : "command"));
	}
	return more ? json_pack("{s:o, s:I}", "rows", rows, "cursor", (json_int_t)cursor)
		    : json_pack("{s:o}", "rows", rows);
}

static json_t *get(const struct requests *r, const json_t *request)
{
	const char *addr = text(request, "addr");
	struct entry_why why;
	struct rib_row row;
	__u8 bytes[16], family;

	if (!addr || entry_address(addr, AF_UNSPEC, bytes, &family)) {
		entry_refuse(&why, "\"%.60s\": not an address", addr ? addr : "");
		return refused(-EINVAL, &why);
	}
	if (!rib_match(r->rib(r->data), family, bytes, &row))
		return json_pack("{s:n}", "row");
	return json_pack("{s:o}", "row", row_json(r, &row));
}

json_t *requests_handle(void *data, const json_t *request)
{
	struct requests *r = data;
	const char *what = text(request, "do");

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
	if (!strcmp(what, "get"))
		return get(r, request);
	return unknown("request");
}
