// SPDX-License-Identifier: GPL-2.0
/* Routes as `ip route` prints them: see import.h. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/import.h"
#include "user/log.h"
#include "user/text.h"

static bool among(const char *word, const char *const *list)
{
	for (; *list; list++) {
		if (!strcmp(word, *list))
			return true;
	}
	return false;
}

/* The next word; "\" ends a line of `ip -o` and stands for nothing. */
static char *next_word(char **at)
{
	char *word;

	while (isspace((unsigned char)**at) || **at == '\\')
		(*at)++;
	if (!**at)
		return NULL;
	word = *at;
	while (**at && !isspace((unsigned char)**at) && **at != '\\')
		(*at)++;
	if (**at)
		*(*at)++ = '\0';
	return word;
}

struct line {
	char *at;
	struct entry_words words;
	const char *type;    /* of a route that is none of ours */
	const char *unknown; /* a word that only its own ip knows */
	unsigned long metric;
	bool nexthop;
};

static int value_of(struct line *line, const char *key, const char **value, struct entry_why *why)
{
	*value = next_word(&line->at);
	return *value ? 0 : entry_refuse(why, "%.40s: nothing behind it", key);
}

/* A value that may have "lock" before it. */
static int lockable_value(struct line *line, const char *key, const char **value,
			  struct entry_why *why)
{
	if (value_of(line, key, value, why))
		return -EINVAL;
	return strcmp(*value, "lock") ? 0 : value_of(line, key, value, why);
}

/* The rest of the line says nothing of the route itself. */
static void skip_rest(struct line *line)
{
	line->at += strlen(line->at);
}

/* Words that carry one value which does not matter here. */
static const char *const pairs[] = {
	"proto",
	"protocol",
	"scope",
	"src",
	"advmss",
	"hoplimit",
	"window",
	"rtt",
	"rttvar",
	"ssthresh",
	"cwnd",
	"initcwnd",
	"initrwnd",
	"rto_min",
	"quickack",
	"features",
	"congctl",
	"realm",
	"realms",
	"flow",
	"pref",
	"error",
	"expires",
	"age",
	"users",
	"used",
	"uid",
	"ttl-propagate",
	"fastopen_no_cookie",
	"reordering",
	NULL,
};
static const char *const flags[] = {
	"onlink",     "pervasive",	"linkdown",	     "dead", "notify",	"offload",
	"rt_offload", "offload_failed", "rt_offload_failed", "trap", "rt_trap", "unresolved",
	NULL,
};

static int read_metric(struct line *line, const char *word, struct entry_why *why)
{
	const char *value;
	char *end;

	if (value_of(line, word, &value, why))
		return -EINVAL;
	line->metric = strtoul(value, &end, 10);
	if (!isdigit((unsigned char)*value) || *end)
		return entry_refuse(why, "%s \"%.40s\": not a number", word, value);
	return 0;
}

static int read_via(struct line *line, const char *word, struct entry_why *why)
{
	if (value_of(line, word, &line->words.via, why))
		return -EINVAL;
	if (!strcmp(line->words.via, "inet") || !strcmp(line->words.via, "inet6"))
		return value_of(line, word, &line->words.via, why);
	return 0;
}

static int read_word(struct line *line, char *word, struct entry_why *why)
{
	const char *value;

	if (!strcmp(word, "via"))
		return read_via(line, word, why);
	if (!strcmp(word, "dev"))
		return value_of(line, word, &line->words.dev, why);
	if (!strcmp(word, "mtu"))
		return lockable_value(line, word, &line->words.mtu, why);
	if (!strcmp(word, "metric") || !strcmp(word, "preference"))
		return read_metric(line, word, why);
	if (!strcmp(word, "table")) {
		if (value_of(line, word, &value, why))
			return -EINVAL;
		if (strcmp(value, "main") && strcmp(value, "254"))
			line->type = "another table";
	} else if (!strcmp(word, "tos") || !strcmp(word, "dsfield") || !strcmp(word, "from") ||
		   !strcmp(word, "iif")) {
		line->type = "a selector";
		return value_of(line, word, &value, why);
	} else if (!strcmp(word, "encap")) {
		line->type = "encapsulation";
		skip_rest(line);
	} else if (!strcmp(word, "nhid")) {
		line->nexthop = true;
		return value_of(line, word, &value, why);
	} else if (!strcmp(word, "nexthop")) {
		line->type = "several next hops";
		skip_rest(line);
	} else if (!strcmp(word, "cache")) {
		line->type = "cached";
		skip_rest(line);
	} else if (!strcmp(word, "nh_info") || *word == '#') {
		skip_rest(line);
	} else if (among(word, pairs)) {
		return lockable_value(line, word, &value, why);
	} else if (!among(word, flags)) {
		line->unknown = word; /* and whether a value follows */
		skip_rest(line);
	}
	return 0;
}

/* The type of a route before its prefix, which `ip -N` prints as a number. */
static char *read_type(struct line *line, char *word)
{
	static const char *const types[] = {"local",	 "broadcast",	"anycast",  "multicast",
					    "blackhole", "unreachable", "prohibit", "throw",
					    "nat",	 "xresolve",	NULL};
	bool numeric = word[strspn(word, "0123456789")] == '\0';

	if (!numeric && !among(word, types) && strcmp(word, "unicast"))
		return word;
	if (strcmp(word, "unicast") && strcmp(word, "1"))
		line->type = numeric ? "another type" : word;
	return next_word(&line->at);
}

/* What keeps it from being a route of ours, NULL: nothing. */
static const char *other_kind(const struct line *line)
{
	if (line->type)
		return line->type;
	if (line->unknown)
		return "a word that is not known";
	if (line->words.via)
		return NULL;
	return line->words.dev ? "no gateway"
	       : line->nexthop ? "a nexthop object"
			       : "several next hops";
}

int import_line(char *text, struct import_line *read, struct entry_why *why)
{
	struct line line = {.at = text};
	char *word = next_word(&line.at);

	*read = (struct import_line){};
	if (!word || *word == '#' || !strcmp(word, "nexthop") || !strcmp(word, "cache") ||
	    !strcmp(word, "nh_info"))
		return 0; /* the last three continue the line before */
	line.words.object = read_type(&line, word);
	if (!line.words.object)
		return entry_refuse(why, "no prefix");
	while ((word = next_word(&line.at))) {
		if (read_word(&line, word, why))
			return -EINVAL;
	}
	read->other = other_kind(&line);
	read->unknown = line.unknown;
	read->metric = line.metric;
	if (read->other)
		return line.type ? 0 : entry_prefix(line.words.object, 0, &read->route, why);
	return entry_route_read(&line.words, &read->route, why) ? -EINVAL : 1;
}

struct one {
	struct import_route route;
	unsigned long metric;
};

static int by_prefix(const void *a, const void *b)
{
	const struct one *x = a, *y = b;
	const struct entry_route *v = &x->route.entry, *w = &y->route.entry;
	int diff = (int)v->family - w->family;

	diff = diff ? diff : memcmp(v->addr, w->addr, 16);
	diff = diff ? diff : (int)v->len - w->len;
	if (diff)
		return diff;
	if (x->metric != y->metric)
		return x->metric < y->metric ? -1 : 1;
	return x->route.line < y->route.line ? -1 : 1;
}

/* One route a prefix. */
static int choose(struct one *list, size_t count, struct import *import)
{
	if (count)
		qsort(list, count, sizeof(*list), by_prefix);
	import->routes = malloc((count + 1) * sizeof(*import->routes));
	if (!import->routes)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (import->count && entry_same_prefix(&import->routes[import->count - 1].entry,
						       &list[i].route.entry))
			import->worse++;
		else
			import->routes[import->count++] = list[i].route;
	}
	return 0;
}

struct reader {
	struct import *import;
	const char *name;
	struct one *list;
	size_t count, room;
	unsigned long line;
	unsigned int errors;
};

static int grow(struct reader *r)
{
	size_t room = r->room ? 2 * r->room : 1024;
	struct one *grown;

	if (r->count < r->room)
		return 0;
	grown = realloc(r->list, room * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	r->list = grown;
	r->room = room;
	return 0;
}

/* What is wrong with a line does not end it; -E2BIG: that is enough. */
static int take_line(struct reader *r, char *text)
{
	struct import *import = r->import;
	struct import_line read;
	struct entry_why why;
	int ret = import_line(text, &read, &why);

	if (ret < 0) {
		log_error("%s:%lu: %s (nothing was changed)", r->name, r->line, why.text);
		return ++r->errors < TEXT_ERRORS ? 0 : -E2BIG;
	}
	if (read.unknown && !import->unknown++) {
		import->unknown_line = r->line;
		snprintf(import->unknown_word, sizeof(import->unknown_word), "%s", read.unknown);
	} else if (!ret && !read.unknown) {
		import->other += read.other != NULL;
	}
	if (!ret)
		return 0;
	ret = grow(r);
	if (ret)
		return ret;
	r->list[r->count++] = (struct one){{read.route, r->line}, read.metric};
	return 0;
}

static int read_all(FILE *file, struct reader *r)
{
	char *text = malloc(TEXT_LINE);
	int ret = text ? 0 : -ENOMEM;

	while (!ret && (ret = text_line(file, text, TEXT_LINE)) > 0) {
		r->line++;
		ret = take_line(r, text);
	}
	free(text);
	if (r->errors >= TEXT_ERRORS)
		log_error("%s: %u lines are wrong, the others were not looked at", r->name,
			  r->errors);
	else if (ret)
		log_error("%s:%lu: %s (nothing was changed)", r->name, r->line + 1,
			  text_error(ret));
	return r->errors ? -EINVAL : ret;
}

int import_read(FILE *file, const char *name, struct import *import)
{
	struct reader r = {.import = import, .name = name};
	int err;

	*import = (struct import){};
	err = read_all(file, &r);
	if (!err) {
		err = choose(r.list, r.count, import);
		if (err)
			log_error("%s: %s", name, strerror(-err));
	}
	free(r.list);
	return err;
}

void import_free(struct import *import)
{
	free(import->routes);
	*import = (struct import){};
}
