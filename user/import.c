// SPDX-License-Identifier: GPL-2.0
/* Routes as `ip route` prints them: see import.h. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/import.h"
#include "user/log.h"

#define LINE_MAX_BYTES 65536

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
	const char *type; /* of a route that is none of ours */
	unsigned long metric;
	int via_family;
	bool nexthop;
};

static int value_of(struct line *line, const char *key, const char **value, struct entry_why *why)
{
	*value = next_word(&line->at);
	return *value ? 0 : entry_refuse(why, "%.40s: nothing behind it", key);
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

static int read_mtu(struct line *line, const char *word, struct entry_why *why)
{
	if (value_of(line, word, &line->words.mtu, why))
		return -EINVAL;
	if (!strcmp(line->words.mtu, "lock"))
		return value_of(line, word, &line->words.mtu, why);
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
		return read_mtu(line, word, why);
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
		line->at += strlen(line->at);
	} else if (!strcmp(word, "nhid")) {
		line->nexthop = true;
		return value_of(line, word, &value, why);
	} else if (!strcmp(word, "nexthop")) {
		line->type = "several next hops";
		line->at += strlen(line->at);
	} else if (!strcmp(word, "cache")) {
		line->type = "cached";
		line->at += strlen(line->at);
	} else if (among(word, pairs)) {
		return value_of(line, word, &value, why);
	} else if (!among(word, flags)) {
		return entry_refuse(why, "\"%.40s\": not a word of ip route", word);
	}
	return 0;
}

int import_line(char *text, struct entry_route *route, unsigned long *metric, const char **other,
		struct entry_why *why)
{
	static const char *const types[] = {"local",	 "broadcast",	"anycast",  "multicast",
					    "blackhole", "unreachable", "prohibit", "throw",
					    "nat",	 "xresolve",	NULL};
	struct line line = {.at = text};
	char *word = next_word(&line.at);

	*other = NULL;
	if (!word || *word == '#' || !strcmp(word, "nexthop") || !strcmp(word, "cache"))
		return 0; /* the last two continue the line before */
	if (among(word, types)) {
		line.type = word;
		word = next_word(&line.at);
	} else if (!strcmp(word, "unicast")) {
		word = next_word(&line.at);
	}
	line.words.object = word;
	if (!word)
		return entry_refuse(why, "no prefix");
	while ((word = next_word(&line.at))) {
		if (read_word(&line, word, why))
			return -EINVAL;
	}
	if (!line.type && !line.words.via && entry_prefix(line.words.object, 0, route, why))
		return -EINVAL;
	if (line.type || !line.words.via) {
		*other = line.type	  ? line.type
			 : line.words.dev ? "no gateway"
			 : line.nexthop	  ? "a nexthop object"
					  : "several next hops";
		return 0;
	}
	if (entry_route_read(&line.words, route, why))
		return -EINVAL;
	*metric = line.metric;
	return 1;
}

struct one {
	struct entry_route route;
	unsigned long metric;
	size_t nth;
};

static int by_prefix(const void *a, const void *b)
{
	const struct one *x = a, *y = b;
	int diff = (int)x->route.family - y->route.family;

	diff = diff ? diff : memcmp(x->route.addr, y->route.addr, 16);
	diff = diff ? diff : (int)x->route.len - y->route.len;
	if (diff)
		return diff;
	if (x->metric != y->metric)
		return x->metric < y->metric ? -1 : 1;
	return x->nth < y->nth ? -1 : 1;
}

static bool same_prefix(const struct entry_route *a, const struct entry_route *b)
{
	return a->family == b->family && a->len == b->len && !memcmp(a->addr, b->addr, 16);
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
		if (import->count &&
		    same_prefix(&import->routes[import->count - 1], &list[i].route))
			import->skipped++;
		else
			import->routes[import->count++] = list[i].route;
	}
	return 0;
}

static int grow(struct one **list, size_t count, size_t *room)
{
	struct one *grown;

	if (count < *room)
		return 0;
	grown = realloc(*list, (*room ? 2 * *room : 1024) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*list = grown;
	*room = *room ? 2 * *room : 1024;
	return 0;
}

static int read_all(FILE *file, const char *name, struct one **list, size_t *count, size_t *skipped)
{
	unsigned long line_number = 0;
	size_t room = 0, size = 0;
	struct entry_why why;
	const char *other;
	char *line = NULL;
	ssize_t len;
	int ret = 0;

	while (ret >= 0 && (len = getline(&line, &size, file)) >= 0) {
		line_number++;
		ret = grow(list, *count, &room);
		if (ret)
			break;
		if (len > LINE_MAX_BYTES || (size_t)len != strlen(line))
			ret = entry_refuse(&why, "not a line of text");
		else
			ret = import_line(line, &(*list)[*count].route, &(*list)[*count].metric,
					  &other, &why);
		if (ret == 1) {
			(*list)[*count].nth = *count;
			(*count)++;
		} else if (!ret) {
			*skipped += other != NULL;
		} else {
			log_error("%s:%lu: %s (nothing was changed)", name, line_number, why.text);
		}
	}
	if (ret >= 0 && ferror(file)) {
		ret = -EIO;
		log_error("%s: %s", name, strerror(errno));
	}
	free(line);
	return ret < 0 ? ret : 0;
}

int import_read(FILE *file, const char *name, struct import *import)
{
	struct one *list = NULL;
	size_t count = 0;
	int err;

	*import = (struct import){};
	err = read_all(file, name, &list, &count, &import->skipped);
	if (!err)
		err = choose(list, count, import);
	if (err == -ENOMEM)
		log_error("%s: %s", name, strerror(ENOMEM));
	free(list);
	return err;
}

void import_free(struct import *import)
{
	free(import->routes);
	*import = (struct import){};
}
