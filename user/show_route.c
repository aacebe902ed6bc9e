// SPDX-License-Identifier: GPL-2.0
/* xhop show route and show neigh: what the daemon's maps hold. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "user/cmd.h"
#include "user/control.h"
#include "user/effect.h"
#include "user/entry.h"
#include "user/link.h"
#include "user/log.h"
#include "user/neigh.h"
#include "user/neigh_set.h"
#include "user/out.h"
#include "user/requests.h"
#include "user/show.h"
#include "user/show_group.h"

#define WAITING_MS 2000 /* for the daemon, where it is not needed for the rest */

static const struct out_column route_columns[] = {
	{"prefix", "PREFIX", true, false}, {"via", "VIA", true, false},
	{"dev", "DEV", true, false},	   {"mtu", "MTU", false, false},
	{"class", "CLASS", false, false},  {"source", "SOURCE", true, false},
	{"from", "FROM", true, true},	   {"answer", "ANSWER", true, false},
	{"remark", "REMARK", true, false}, {},
};
static const struct out_column hop_columns[] = {
	{"via", "HOP", true, false},	    {"dev", "DEV", true, false},
	{"weight", "WEIGHT", false, false}, {"used", "USED", true, false},
	{"why", "WHY", true, false},	    {}};

/* The row's members by name; takes no reference. */
static json_t *row_object(const json_t *row)
{
	static const struct {
		const char *name;
		int at;
	} members[] = {{"prefix", ROW_PREFIX}, {"via", ROW_VIA},       {"dev", ROW_DEV},
		       {"mtu", ROW_MTU},       {"class", ROW_CLASS},   {"source", ROW_SOURCE},
		       {"from", ROW_FROM},     {"answer", ROW_ANSWER}, {"remark", ROW_REMARK}};
	json_t *object = json_object();

	for (unsigned int i = 0; i < sizeof(members) / sizeof(*members); i++) {
		json_t *value = json_array_get(row, members[i].at);

		json_object_set_new(object, members[i].name,
				    value ? json_incref(value) : json_null());
	}
	return object;
}

static const char *member(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static bool says(const json_t *object, const char *key, const char *word)
{
	const char *value = member(object, key);

	return value && !strcmp(value, word);
}

/* What the daemon cannot see, unless it has a remark of its own. */
static void add_effect(json_t *object, const struct effect *effect)
{
	const char *prefix = member(object, "prefix"), *text;

	if (member(object, "remark") || !prefix)
		return;
	text = effect_remark(effect, strchr(prefix, ':') ? AF_INET6 : AF_INET,
			     member(object, "dev"));
	if (text)
		json_object_set_new(object, "remark", json_string(text));
}

struct listing {
	struct client *client;
	struct out *out;
	const struct effect *effect;
};

/* Page after page, printed as they come. */
static int list(const struct listing *l, const char *what, int family)
{
	const struct options *options = l->out->options;
	json_int_t cursor = 0;
	json_t *reply, *next, *row, *object;
	int status;
	size_t i;

	do {
		reply = client_ask(l->client,
				   json_pack("{s:s, s:i, s:I}", "do", what, "family", family,
					     "cursor", cursor),
				   &status);
		if (!reply)
			return status;
		json_array_foreach (json_object_get(reply, "rows"), i, row) {
			const char *prefix = json_string_value(json_array_get(row, ROW_PREFIX));
			bool is6 = prefix && strchr(prefix, ':');

			if (is6 ? options->only4 : options->only6)
				continue;
			object = row_object(row);
			if (says(object, "source", "static"))
				add_effect(object, l->effect);
			out_row(l->out, object);
		}
		next = json_object_get(reply, "cursor");
		cursor = json_integer_value(next);
		json_decref(reply);
	} while (next && cursor);
	return EXIT_DONE;
}

static int list_all(struct client *client, const struct options *options, bool only_static)
{
	struct effect effect;
	struct out out;
	const struct listing l = {client, &out, &effect};
	int status = EXIT_DONE;

	effect_get(&effect);
	out_begin(&out, options, route_columns);
	if (only_static)
		status = list(&l, "statics", 0);
	if (!only_static && !options->only6)
		status = list(&l, "routes", 4);
	if (!only_static && !status && !options->only4)
		status = list(&l, "routes", 6);
	out_end(&out);
	effect_free(&effect);
	return status;
}

/* The answer for one address, with all that is to say of it. */
static json_t *answer_object(const json_t *reply, const char *addr)
{
	json_t *row = json_object_get(reply, "row"), *object = row_object(row);
	const json_t *hops = json_object_get(reply, "hops");
	struct entry_route host = {};
	struct effect effect;
	struct entry_why why;

	if (json_is_null(row))
		json_object_set_new(object, "answer", json_string("kernel"));
	json_object_set_new(object, "hops",
			    json_is_array(hops) ? group_all(hops, member(object, "prefix"), addr)
						: json_null());
	if (!entry_prefix(addr, AF_UNSPEC, &host, &why) && !entry_forwardable(&host))
		json_object_set_new(object, "remark",
				    json_string("packets to such an address are not forwarded"));
	effect_get(&effect);
	add_effect(object, &effect);
	effect_free(&effect);
	if (!member(object, "remark") && says(object, "answer", "kernel") &&
	    json_integer_value(json_object_get(reply, "unclassed")))
		json_object_set_new(object, "remark",
				    json_string("perhaps no class was left for it (size classes)"));
	return object;
}

static void print_hops(const struct options *options, const json_t *hops)
{
	json_t *hop;
	struct out out;
	size_t i;

	if (!json_is_array(hops))
		return;
	puts("");
	out_begin(&out, options, hop_columns);
	json_array_foreach (hops, i, hop)
		out_row(&out, json_incref(hop));
	out_end(&out);
}

static int get(struct client *client, const struct options *options, const char *addr)
{
	json_t *reply, *object;
	struct out out;
	int status;

	reply = client_ask(client, json_pack("{s:s, s:s}", "do", "get", "addr", addr), &status);
	if (!reply)
		return status;
	object = answer_object(reply, addr);
	json_decref(reply);
	if (options->json || options->pretty) {
		out_object(options, object);
		return EXIT_DONE;
	}
	if (!member(object, "prefix")) {
		printf("%s: no prefix of the maps: ask the kernel\n", addr);
		json_decref(object);
		return EXIT_DONE;
	}
	out_begin(&out, options, route_columns);
	out_row(&out, json_incref(object));
	out_end(&out);
	print_hops(options, json_object_get(object, "hops"));
	json_decref(object);
	return EXIT_DONE;
}

/* The address behind get, or alone. NULL: an error, which is printed. */
static const char *parse_addr(const char *word, const struct options *options)
{
	__u8 bytes[16], family;

	if (!word) {
		log_error("show route get: which address?");
		return NULL;
	}
	if (entry_address(word, AF_UNSPEC, bytes, &family)) {
		log_error("show route: \"%s\": not an address (show route [get ADDR|static])",
			  word);
		return NULL;
	}
	if (family == AF_INET ? options->only6 : options->only4) {
		log_error("show route: %s: not an address of IPv%c (-%c)", word,
			  options->only6 ? '6' : '4', options->only6 ? '6' : '4');
		return NULL;
	}
	return word;
}

int show_route(struct args *args)
{
	const char *word, *addr = NULL;
	bool only_static = false;
	struct client client;
	int status;

	while ((word = args_next(args))) {
		if (addr || only_static) {
			log_error("show route: \"%s\": one word too many (show route [get "
				  "ADDR|static])",
				  word);
			return EXIT_USAGE;
		}
		only_static = !strcmp(word, "static");
		if (only_static)
			continue;
		addr = parse_addr(strcmp(word, "get") ? word : args_next(args), args->options);
		if (!addr)
			return EXIT_USAGE;
	}
	if (client_open(&client, "show route"))
		return EXIT_REFUSED;
	status = addr ? get(&client, args->options, addr)
		      : list_all(&client, args->options, only_static);
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

/* Static ones whose device is not there: only the daemon knows of them. */
static void print_waiting(struct out *out, const char *dev)
{
	const struct options *options = out->options;
	json_t *reply, *row;
	size_t i;
	int pid;

	reply = client_try(json_pack("{s:s}", "do", "neighs"), WAITING_MS, &pid);
	json_array_foreach (json_object_get(reply, "rows"), i, row) {
		const char *addr = member(row, "addr"), *name = member(row, "dev");

		if (!addr || !name || !says(row, "state", "no device") ||
		    (dev && strcmp(name, dev)) ||
		    (strchr(addr, ':') ? options->only4 : options->only6))
			continue;
		json_object_set_new(row, "source", json_string("static"));
		json_object_del(row, "from");
		out_row(out, json_incref(row));
	}
	json_decref(reply);
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
		log_error("show neigh: \"%s\": one word too many (show neigh [[dev] DEV])",
			  args->words[0]);
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
	print_waiting(&out, dev);
	out_end(&out);
	neighbours_free(&all);
	links_free(&links);
	return EXIT_DONE;
}
