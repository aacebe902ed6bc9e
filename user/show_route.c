// SPDX-License-Identifier: GPL-2.0
/* xhop show route and show neigh: what the daemon's maps hold. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "user/cmd.h"
#include "user/control.h"
#include "user/entry.h"
#include "user/link.h"
#include "user/log.h"
#include "user/neigh.h"
#include "user/neigh_set.h"
#include "user/out.h"
#include "user/requests.h"
#include "user/show.h"

static const struct out_column route_columns[] = {
	{"prefix", "PREFIX", true, false},
	{"via", "VIA", true, false},
	{"dev", "DEV", true, false},
	{"mtu", "MTU", false, false},
	{"class", "CLASS", false, false},
	{"source", "SOURCE", true, false},
	{"from", "FROM", true, true},
	{"answer", "ANSWER", true, false},
	{},
};

/* The row's members by name; takes no reference. */
static json_t *row_object(const json_t *row)
{
	static const struct {
		const char *name;
		int at;
	} members[] = {{"prefix", ROW_PREFIX}, {"via", ROW_VIA},      {"dev", ROW_DEV},
		       {"mtu", ROW_MTU},       {"class", ROW_CLASS},  {"source", ROW_SOURCE},
		       {"from", ROW_FROM},     {"answer", ROW_ANSWER}};
	json_t *object = json_object();

	for (unsigned int i = 0; i < sizeof(members) / sizeof(*members); i++) {
		json_t *value = json_array_get(row, members[i].at);

		json_object_set_new(object, members[i].name,
				    value ? json_incref(value) : json_null());
	}
	return object;
}

/* Page after page, printed as they come. */
static int list(struct client *client, struct out *out, const char *what, int family)
{
	const struct options *options = out->options;
	json_int_t cursor = 0;
	json_t *reply, *next, *row;
	int status;
	size_t i;

	do {
		reply = client_ask(client,
				   json_pack("{s:s, s:i, s:I}", "do", what, "family", family,
					     "cursor", cursor),
				   &status);
		if (!reply)
			return status;
		json_array_foreach (json_object_get(reply, "rows"), i, row) {
			const char *prefix = json_string_value(json_array_get(row, ROW_PREFIX));
			bool is6 = prefix && strchr(prefix, ':');

			if (!(is6 ? options->only4 : options->only6))
				out_row(out, row_object(row));
		}
		next = json_object_get(reply, "cursor");
		cursor = json_integer_value(next);
		json_decref(reply);
	} while (next && cursor);
	return EXIT_DONE;
}

static int get(struct client *client, const struct options *options, const char *addr)
{
	json_t *reply, *row, *object;
	struct out out;
	int status;

	reply = client_ask(client, json_pack("{s:s, s:s}", "do", "get", "addr", addr), &status);
	if (!reply)
		return status;
	row = json_object_get(reply, "row");
	object = row_object(row);
	if (json_is_null(row))
		json_object_set_new(object, "answer", json_string("kernel"));
	json_decref(reply);
	if (options->json || options->pretty) {
		out_object(options, object);
		return EXIT_DONE;
	}
	if (!json_is_string(json_object_get(object, "prefix"))) {
		printf("%s: no prefix of the maps: ask the kernel\n", addr);
		json_decref(object);
		return EXIT_DONE;
	}
	out_begin(&out, options, route_columns);
	out_row(&out, object);
	out_end(&out);
	return EXIT_DONE;
}

int show_route(struct args *args)
{
	const struct options *options = args->options;
	const char *word, *addr = NULL;
	bool only_static = false;
	struct client client;
	struct out out;
	int status = EXIT_DONE;

	while ((word = args_next(args))) {
		__u8 bytes[16], family;

		if (!strcmp(word, "static")) {
			only_static = true;
			continue;
		}
		if (!strcmp(word, "get"))
			word = args_next(args);
		if (!word || addr || entry_address(word, AF_UNSPEC, bytes, &family)) {
			log_error("show route: %s%sone address, please (get ADDR)",
				  word ? word : "get", word ? ": " : " ");
			return EXIT_USAGE;
		}
		addr = word;
	}
	if (client_open(&client, "show route"))
		return EXIT_REFUSED;
	if (addr) {
		status = get(&client, options, addr);
	} else {
		out_begin(&out, options, route_columns);
		if (only_static)
			status = list(&client, &out, "statics", 0);
		if (!only_static && !options->only6)
			status = list(&client, &out, "routes", 4);
		if (!only_static && !status && !options->only4)
			status = list(&client, &out, "routes", 6);
		out_end(&out);
	}
	client_close(&client);
	return status;
}

static const struct out_column neigh_columns[] = {
	{"addr", "ADDR", true, false},	   {"dev", "DEV", true, false},
	{"lladdr", "LLADDR", true, false}, {"state", "STATE", true, false},
	{"source", "SOURCE", true, false}, {},
};

static json_t *neigh_row(const struct neighbour *neigh, const struct links *links)
{
	const struct link *link = link_by_index(links, neigh->key.ifindex);
	char addr[ENTRY_TEXT], lladdr[ENTRY_TEXT];
	static const __u8 none[6];

	entry_prefix_text(neigh->key.family, neigh->key.addr, -1, addr);
	entry_mac_text(neigh->key.lladdr, lladdr);
	return json_pack("{s:s, s:s, s:s?, s:s, s:s}", "addr", addr, "dev", link->name, "lladdr",
			 memcmp(neigh->key.lladdr, none, 6) ? lladdr : NULL, "state",
			 neighbour_state_name(neigh->state), "source",
			 neigh->protocol == NEIGH_PROTOCOL ? "static" : "kernel");
}

int show_neigh(struct args *args)
{
	const char *dev = args_next(args);
	const struct options *options = args->options;
	struct neighbours all;
	struct links links;
	struct out out;

	if (dev && !strcmp(dev, "dev") && args->count)
		dev = args_next(args);
	if (args->count) {
		log_error("show neigh: one device, please");
		return EXIT_USAGE;
	}
	if (links_get(&links))
		return EXIT_REFUSED;
	if (dev && !link_by_name(&links, dev)) {
		log_error("show: %s: no such device in this network namespace (ip link shows them)",
			  dev);
		links_free(&links);
		return EXIT_USAGE;
	}
	neighbours_get(&all);
	out_begin(&out, options, neigh_columns);
	for (int i = 0; i < all.count; i++) {
		const struct neighbour *neigh = &all.list[i];
		const struct link *link = link_by_index(&links, neigh->key.ifindex);

		if (!link || (dev && strcmp(link->name, dev)) || neigh->state & 0x40 /* NOARP */ ||
		    (options->only4 && neigh->key.family != AF_INET) ||
		    (options->only6 && neigh->key.family != AF_INET6))
			continue;
		out_row(&out, neigh_row(neigh, &links));
	}
	out_end(&out);
	neighbours_free(&all);
	links_free(&links);
	return EXIT_DONE;
}
