// SPDX-License-Identifier: GPL-2.0
/* xhop route and xhop neigh: static entries, which live in the daemon. */
#include <errno.h>
#include <string.h>
#include "user/cmd.h"
#include "user/control.h"
#include "user/effect.h"
#include "user/import.h"
#include "user/log.h"
#include "user/neigh_set.h"
#include "user/text.h"

static int wrong(const char *command, const char *verb, const struct entry_why *why)
{
	log_error("%s %s: %s", command, verb, why->text);
	return EXIT_USAGE;
}

/* -4 and -6 say what the words mean, too. */
static int family_wanted(const struct options *options)
{
	return options->only4 ? AF_INET : options->only6 ? AF_INET6 : AF_UNSPEC;
}

static int check_family(const struct options *options, int family, const char *object,
			struct entry_why *why)
{
	int wanted = family_wanted(options);

	if (!wanted || family == wanted)
		return 0;
	return entry_refuse(why, "%s: not of IPv%c (-%c)", object, wanted == AF_INET ? '4' : '6',
			    wanted == AF_INET ? '4' : '6');
}

static void print_notes(const json_t *reply)
{
	const json_t *note;
	size_t i;

	json_array_foreach (json_object_get(reply, "notes"), i, note)
		log_note("%s", json_string_value(note));
}

/* One request, one answer. An exit status. */
static int ask(const char *command, json_t *request, json_int_t *done)
{
	struct client client;
	json_t *reply;
	int status;

	if (client_open(&client, command)) {
		json_decref(request);
		return EXIT_REFUSED;
	}
	reply = client_ask(&client, request, &status);
	client_close(&client);
	if (!reply)
		return status;
	print_notes(reply);
	if (done)
		*done = json_integer_value(json_object_get(reply, "done"));
	json_decref(reply);
	return EXIT_DONE;
}

static json_t *route_json(const struct entry_route *route)
{
	char prefix[ENTRY_TEXT], via[ENTRY_TEXT];

	entry_prefix_text(route->family, route->addr, route->len, prefix);
	entry_prefix_text(route->via_family, route->via, -1, via);
	return json_pack("[s, s, s, i]", prefix, via, route->dev, (int)route->mtu);
}

/* That it is there does not mean that packets go by it. */
static void note_effect(const struct effect *effect, const struct entry_route *route)
{
	const char *text = effect_remark(effect, route->family, route->dev);
	char prefix[ENTRY_TEXT];

	if (!text)
		return;
	entry_prefix_text(route->family, route->addr, route->len, prefix);
	log_note("%s dev %s: %s", prefix, route->dev, text);
}

static bool names_default(const char *word)
{
	return word && (!strcmp(word, "default") || !strcmp(word, "any") || !strcmp(word, "all"));
}

static int route_put(struct args *args, const char *verb)
{
	static char *const defaults[] = {"0.0.0.0/0", "::/0"};
	const struct options *options = args->options;
	struct entry_route route;
	struct effect effect;
	struct entry_why why;
	int status;

	if (family_wanted(options) && args->count && names_default(args->words[0]))
		args->words[0] = defaults[options->only6];
	if (entry_words_route(args, &route, &why) ||
	    check_family(options, route.family, "the prefix", &why))
		return wrong("route", verb, &why);
	status = ask("route",
		     json_pack("{s:s, s:s, s:[o]}", "do", "route", "verb", verb, "list",
			       route_json(&route)),
		     NULL);
	if (status)
		return status;
	effect_get(&effect);
	note_effect(&effect, &route);
	effect_free(&effect);
	return EXIT_DONE;
}

static int route_gone(struct args *args)
{
	char prefix[ENTRY_TEXT];
	struct entry_words words;
	struct entry_route route;
	struct entry_why why;
	int family;

	if (entry_words_gone(args, true, &words, &why))
		return wrong("route", "del", &why);
	family = family_wanted(args->options);
	if (!family && words.via && strchr(words.via, ':') && names_default(words.object))
		family = AF_INET6;
	if (entry_prefix(words.object, family, &route, &why))
		return wrong("route", "del", &why);
	entry_prefix_text(route.family, route.addr, route.len, prefix);
	return ask("route",
		   json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "do", "route", "verb", "del", "object",
			     prefix, "via", words.via, "dev", words.dev),
		   NULL);
}

static int route_flush(struct args *args)
{
	const struct options *options = args->options;
	json_int_t done;
	int status;

	if (args->count) {
		log_error("route flush: no words behind it (it takes all that came by command)");
		return EXIT_USAGE;
	}
	status = ask("route",
		     json_pack("{s:s, s:s, s:i}", "do", "route", "verb", "flush", "family",
			       options->only4	? 4
			       : options->only6 ? 6
						: 0),
		     &done);
	if (!status)
		log_note("%lld static routes removed", (long long)done);
	return status;
}

/* All their devices are there? Before anything is changed. */
static int import_devices(const struct import *import, const char *name)
{
	const char *last = NULL;
	unsigned int errors = 0;
	bool there = false;

	for (size_t i = 0; i < import->count && errors < TEXT_ERRORS; i++) {
		const struct import_route *route = &import->routes[i];
		char prefix[ENTRY_TEXT];

		if (!last || strcmp(route->entry.dev, last))
			there = if_nametoindex(route->entry.dev);
		last = route->entry.dev;
		if (there)
			continue;
		entry_prefix_text(route->entry.family, route->entry.addr, route->entry.len, prefix);
		log_error("%s:%lu: %s: %s: no such device in this network namespace (nothing was "
			  "changed)",
			  name, route->line, prefix, route->entry.dev);
		errors++;
	}
	return errors ? EXIT_USAGE : EXIT_DONE;
}

static int import_send(const struct import *import, const char *name)
{
	struct client client;
	int status = EXIT_DONE;

	if (client_open(&client, "route"))
		return EXIT_REFUSED;
	for (size_t i = 0; i < import->count && !status;) {
		json_t *list = json_array(), *reply;
		size_t first = i;

		for (; i < import->count && i < first + CONTROL_BATCH; i++)
			json_array_append_new(list, route_json(&import->routes[i].entry));
		reply = client_ask(&client,
				   json_pack("{s:s, s:s, s:b, s:o}", "do", "route", "verb",
					     "replace", "continued", first != 0, "list", list),
				   &status);
		print_notes(reply);
		if (reply)
			status = EXIT_DONE;
		else
			log_note("%s: %zu of %zu routes are in place, perhaps some more", name,
				 first, import->count);
		json_decref(reply);
	}
	client_close(&client);
	return status;
}

/* Those of the other family are of another kind. */
static void import_family(struct import *import, int family)
{
	size_t kept = 0;

	for (size_t i = 0; family && i < import->count; i++) {
		if (import->routes[i].entry.family == family)
			import->routes[kept++] = import->routes[i];
	}
	if (!family)
		return;
	import->other += import->count - kept;
	import->count = kept;
}

/* Of each family and device the first route. */
static void import_effect(const struct import *import)
{
	const struct entry_route *last = NULL;
	struct effect effect;

	effect_get(&effect);
	for (size_t i = 0; i < import->count; i++) {
		const struct entry_route *route = &import->routes[i].entry;

		if (last && last->family == route->family && !strcmp(last->dev, route->dev))
			continue;
		note_effect(&effect, route);
		last = route;
	}
	effect_free(&effect);
}

static void import_said(const struct import *import, const char *name)
{
	if (import->unknown)
		log_note("%s: %zu line%s skipped for words that are not known, the first: line "
			 "%lu, \"%s\"",
			 name, import->unknown, import->unknown == 1 ? "" : "s",
			 import->unknown_line, import->unknown_word);
	log_note("%s: %zu route%s imported, %zu of other kinds skipped, %zu with a higher metric",
		 name, import->count, import->count == 1 ? "" : "s", import->other, import->worse);
}

/* Is it the words that are wrong, or the system? */
static int import_status(int err)
{
	return err == -ENOMEM || err == -EIO || err == -EACCES || err == -EPERM || err == -EMFILE ||
			       err == -ENFILE
		       ? EXIT_REFUSED
		       : EXIT_USAGE;
}

static int import_open(const char *name, struct import *import)
{
	FILE *file = strcmp(name, "-") ? fopen(name, "re") : stdin;
	int err;

	if (!file) {
		err = -errno;
		log_error("route import: %s: %s", name, strerror(-err));
		return err;
	}
	err = import_read(file, file == stdin ? "standard input" : name, import);
	if (file != stdin)
		fclose(file);
	return err;
}

static int route_import(struct args *args)
{
	const char *name = args_next(args);
	struct import import;
	int err, status;

	if (!name || args->count) {
		log_error("route import: one file, please (\"-\": standard input)");
		return EXIT_USAGE;
	}
	err = import_open(name, &import);
	if (err)
		return import_status(err);
	name = strcmp(name, "-") ? name : "standard input";
	import_family(&import, family_wanted(args->options));
	status = import_devices(&import, name);
	if (!status)
		status = import_send(&import, name);
	if (!status) {
		import_effect(&import);
		import_said(&import, name);
	}
	import_free(&import);
	return status;
}

static int route(struct args *args)
{
	static const char *const verbs[] = {"add", "replace", "del", "flush", "import", NULL};
	const char *word = args_next(args);
	int verb;

	if (!word)
		return usage(&command_route);
	if (!strcmp(word, "delete"))
		word = "del";
	verb = args_match("verb", word, verbs);
	switch (verb) {
	case 0:
	case 1:
		return route_put(args, verbs[verb]);
	case 2:
		return route_gone(args);
	case 3:
		return route_flush(args);
	case 4:
		return route_import(args);
	default:
		return EXIT_USAGE;
	}
}

static int neigh_put(struct args *args, const char *verb)
{
	char addr[ENTRY_TEXT], lladdr[ENTRY_TEXT];
	struct entry_neigh neigh;
	struct entry_why why;

	if (entry_words_neigh(args, &neigh, &why) ||
	    check_family(args->options, neigh.family, "the address", &why))
		return wrong("neigh", verb, &why);
	entry_prefix_text(neigh.family, neigh.addr, -1, addr);
	entry_mac_text(neigh.lladdr, lladdr);
	return ask("neigh",
		   json_pack("{s:s, s:s, s:s, s:s, s:s}", "do", "neigh", "verb", verb, "object",
			     addr, "lladdr", lladdr, "dev", neigh.dev),
		   NULL);
}

static int neigh_gone(struct args *args)
{
	struct entry_words words;
	char text[ENTRY_TEXT];
	struct entry_why why;
	__u8 addr[16], family;

	if (entry_words_gone(args, false, &words, &why))
		return wrong("neigh", "del", &why);
	if (entry_address(words.object, AF_UNSPEC, addr, &family)) {
		entry_refuse(&why, "\"%.60s\": not an address", words.object);
		return wrong("neigh", "del", &why);
	}
	if (check_family(args->options, family, words.object, &why))
		return wrong("neigh", "del", &why);
	/* What a daemon has left that did not end well. */
	if (!client_there() && neigh_remove_left(if_nametoindex(words.dev), family, addr))
		return EXIT_DONE;
	entry_prefix_text(family, addr, -1, text);
	return ask("neigh",
		   json_pack("{s:s, s:s, s:s, s:s}", "do", "neigh", "verb", "del", "object", text,
			     "dev", words.dev),
		   NULL);
}

static int neigh(struct args *args)
{
	static const char *const verbs[] = {"add", "replace", "del", NULL};
	const char *word = args_next(args);
	int verb;

	if (!word)
		return usage(&command_neigh);
	if (!strcmp(word, "delete"))
		word = "del";
	verb = args_match("verb", word, verbs);
	if (verb < 0)
		return EXIT_USAGE;
	return verb == 2 ? neigh_gone(args) : neigh_put(args, verbs[verb]);
}

const struct command command_route = {
	.name = "route",
	.arguments = "add|replace PREFIX via ADDR dev DEV [mtu N] | del PREFIX | flush | "
		     "import FILE|-",
	.summary = "static routes, for labs and boxes whose kernel has none",
	.details =
		"They live in the daemon (xhop run) and go with it; what shall stay belongs into "
		"its\n"
		"file (xhop run -c FILE). XDP forwards by them; Linux does not know them, so "
		"packets\n"
		"that are handed to Linux take its own routes.\n"
		"\n"
		"A static route wins over the kernel's route of the same prefix; otherwise the\n"
		"longest prefix wins, as always. xhop show route static lists them.\n"
		"\n"
		"A next hop must be what Linux takes as one: the unicast address of another host,\n"
		"behind an Ethernet device. One that is not on a link of the device is taken, "
		"too,\n"
		"and noted; so is what keeps packets from the route: lookup kernel, a policy "
		"rule,\n"
		"a device that is no port.\n"
		"\n"
		"  add      a new one\n"
		"  replace  a new one, or in place of the one that is there\n"
		"  del      give the prefix back to the kernel's routes\n"
		"  flush    all that came by command; where one had replaced a route of the "
		"daemon's\n"
		"           file, that one is back\n"
		"  import   lines as `ip route` prints them, each as replace; those with one "
		"gateway\n"
		"           are taken, others, and lines with words that are not known, are "
		"skipped\n"
		"           and counted; if a line cannot be read, nothing is changed\n",
	.run = route,
};

const struct command command_neigh = {
	.name = "neigh",
	.arguments = "add|replace ADDR lladdr MAC dev DEV | del ADDR dev DEV",
	.summary = "static neighbours",
	.details =
		"The daemon (xhop run) puts them into the kernel's neighbour table as permanent\n"
		"entries (ip neigh shows them with proto 120), keeps them there while it runs, "
		"and\n"
		"takes them out when they are deleted or when it ends. xhop show neigh lists "
		"them.\n"
		"What a killed daemon left there goes with neigh del, detach all, or the next "
		"run.\n",
	.run = neigh,
};
