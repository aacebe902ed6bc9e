// SPDX-License-Identifier: GPL-2.0
/* The daemon's file: see config.h. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/config.h"
#include "user/log.h"
#include "user/text.h"

#define WORDS_MAX 1024 /* of a line */

enum once { ONCE_LOOKUP, ONCE_MULTIPATH, ONCE_METRICS };

struct parser {
	struct config *config;
	const char *name;
	unsigned int line;
	unsigned int errors;
};

static int refuse(const struct entry_why *why)
{
	log_error("%s", why->text);
	return -EINVAL;
}

/* The list has room for one more. NULL: no memory. */
static void *more(void *list, size_t count, size_t size)
{
	void *grown = list;

	if (!(count & (count - 1))) /* 0, 1, 2, 4, ... */
		grown = realloc(list, (count ? 2 * count : 1) * size);
	if (!grown)
		log_error("%s", strerror(ENOMEM));
	return grown;
}

static int once(struct parser *p, enum once what, const char *word)
{
	if (p->config->set[what]) {
		log_error("%s: is there already, in line %u", word, p->config->set[what]);
		return -EINVAL;
	}
	p->config->set[what] = p->line;
	return 0;
}

/* One of these words. Its index, or -EINVAL. */
static int choice(struct args *args, const char *what, const char *const *names)
{
	const char *word = args_next(args);
	int found;

	if (!word) {
		log_error("%s: which one? (%s%s%s or %s)", what, names[2] ? names[2] : "",
			  names[2] ? ", " : "", names[0], names[1]);
		return -EINVAL;
	}
	found = args_match(what, word, names);
	return found < 0 ? -EINVAL : found;
}

static int add_port(struct parser *p, const char *name)
{
	struct config *c = p->config;
	struct config_port *ports;

	if (!entry_device(name)) {
		log_error("attach: \"%.40s\": not the name of a device", name);
		return -EINVAL;
	}
	for (int i = 0; i < c->port_count; i++) {
		if (!strcmp(c->ports[i].name, name)) {
			log_error("attach: %s: the device is named twice", name);
			return -EINVAL;
		}
	}
	ports = more(c->ports, c->port_count, sizeof(*ports));
	if (!ports)
		return -ENOMEM;
	c->ports = ports;
	ports[c->port_count] = (struct config_port){.mode = LOAD_AUTO};
	snprintf(ports[c->port_count++].name, IFNAMSIZ, "%s", name);
	return 0;
}

/* Else "attach eth0 lookup maps" were three devices. */
static int check_device_word(const char *word)
{
	static const char *const words[] = {
		"attach", "lookup", "multipath", "metrics", "size", "route", "neigh", "maps",
		"kernel", "flow",   "native",	 "generic", "auto", "dev",   "all",   NULL};

	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], word))
			continue;
		log_error("attach: \"%s\": a word of the grammar, not of this line (dev %s, if a "
			  "device has that name)",
			  word, word);
		return -EINVAL;
	}
	return 0;
}

static int parse_attach(struct parser *p, struct args *args)
{
	static const char *const modes[] = {"auto", "native", "generic", NULL};
	int first = p->config->port_count, mode, err = 0;
	const char *word;

	while (!err && (word = args_next(args))) {
		if (!strcmp(word, "xdp")) {
			mode = choice(args, "xdp", modes);
			for (int i = first; mode >= 0 && i < p->config->port_count; i++)
				p->config->ports[i].mode = mode;
			err = mode < 0 ? mode : 0;
			continue;
		}
		if (!strcmp(word, "dev") && args->count)
			word = args_next(args);
		else
			err = check_device_word(word);
		if (!err)
			err = add_port(p, word);
	}
	if (!err && first == p->config->port_count) {
		log_error("attach: which devices?");
		err = -EINVAL;
	}
	return err;
}

static int parse_lookup(struct parser *p, struct args *args)
{
	static const char *const names[] = {"maps", "kernel", NULL};
	int found = choice(args, "lookup", names);

	p->config->kernel = found == 1;
	return found < 0 ? found : once(p, ONCE_LOOKUP, "lookup");
}

static int parse_multipath(struct parser *p, struct args *args)
{
	static const char *const names[] = {"kernel", "flow", NULL};
	int found = choice(args, "multipath", names);

	p->config->flow = found == 1;
	return found < 0 ? found : once(p, ONCE_MULTIPATH, "multipath");
}

static int parse_size(struct parser *p, struct args *args)
{
	static const char *const names[] = {"routes4", "routes6", "classes", "buffer", NULL};
	struct config *c = p->config;
	unsigned long *const values[] = {&c->room[0], &c->room[1], &c->classes, &c->buffer};
	static const unsigned long max[] = {1ul << 26, 1ul << 26, 65535, 1ul << 30};
	const char *word = args_next(args);
	int what;

	if (!word) {
		log_error("size: of what? (routes4, routes6, classes or buffer)");
		return -EINVAL;
	}
	what = args_match("size", word, names);
	if (what < 0)
		return -EINVAL;
	word = args_next(args);
	if (!word) {
		log_error("size %s: how much?", names[what]);
		return -EINVAL;
	}
	return args_number(names[what], word, 1, max[what], values[what]) ? -EINVAL : 0;
}

/* "add" or "replace": a file names each entry once, so they mean the same. */
static int parse_verb(struct args *args, const char *object)
{
	static const char *const verbs[] = {"add", "replace", NULL};

	return choice(args, object, verbs) < 0 ? -EINVAL : 0;
}

static int parse_route(struct parser *p, struct args *args)
{
	struct config *c = p->config;
	struct config_route *routes;
	struct entry_why why;

	if (parse_verb(args, "route"))
		return -EINVAL;
	routes = more(c->routes, c->route_count, sizeof(*routes));
	if (!routes)
		return -ENOMEM;
	c->routes = routes;
	routes[c->route_count].line = p->line;
	if (entry_words_route(args, &routes[c->route_count].route, &why))
		return refuse(&why);
	c->route_count++;
	return 0;
}

static int parse_neigh(struct parser *p, struct args *args)
{
	struct config *c = p->config;
	struct config_neigh *neighs;
	struct entry_why why;

	if (parse_verb(args, "neigh"))
		return -EINVAL;
	neighs = more(c->neighs, c->neigh_count, sizeof(*neighs));
	if (!neighs)
		return -ENOMEM;
	c->neighs = neighs;
	neighs[c->neigh_count].line = p->line;
	if (entry_words_neigh(args, &neighs[c->neigh_count].neigh, &why))
		return refuse(&why);
	c->neigh_count++;
	return 0;
}

int config_listen(const char *word, char addr[ENTRY_TEXT], unsigned int *port)
{
	const char *colon = strrchr(word, ':');
	char text[ENTRY_TEXT] = "127.0.0.1";
	unsigned long number;
	__u8 bytes[16], family;

	if (colon) {
		bool brackets = *word == '[' && colon > word + 1 && colon[-1] == ']';
		size_t len = colon - word - 2 * brackets;

		if (len >= sizeof(text))
			return -EINVAL;
		memcpy(text, word + brackets, len);
		text[len] = '\0';
		if (entry_address(text, brackets ? AF_INET6 : AF_INET, bytes, &family))
			return -EINVAL;
	}
	if (args_number("port", colon ? colon + 1 : word, 1, 65535, &number))
		return -EINVAL;
	*port = number;
	strcpy(addr, text);
	return 0;
}

static int parse_metrics(struct parser *p, struct args *args)
{
	const char *word = args_next(args);

	if (!word) {
		log_error("metrics: where? ([ADDR:]PORT)");
		return -EINVAL;
	}
	if (config_listen(word, p->config->metrics_addr, &p->config->metrics_port)) {
		log_error("metrics: \"%.80s\": not [ADDR:]PORT (as 127.0.0.1:9105 or [::1]:9105)",
			  word);
		return -EINVAL;
	}
	return once(p, ONCE_METRICS, "metrics");
}

static int parse_line(struct parser *p, struct args *args)
{
	static const char *const names[] = {"attach", "lookup", "multipath", "size",
					    "route",  "neigh",	"metrics",   NULL};
	static int (*const parse[])(struct parser *, struct args *) = {
		parse_attach, parse_lookup, parse_multipath, parse_size,
		parse_route,  parse_neigh,  parse_metrics};
	int found = args_match("line", args_next(args), names), err;

	if (found < 0)
		return -EINVAL;
	err = parse[found](p, args);
	if (!err && args->count) {
		log_error("%s: \"%.40s\": one word too many", names[found], args->words[0]);
		err = -EINVAL;
	}
	return err;
}

/* Into words, up to the comment. Their number, or -EINVAL. */
static int split(char *line, char **words)
{
	int count = 0;

	for (;;) {
		while (isspace((unsigned char)*line))
			line++;
		if (!*line || *line == '#')
			return count;
		if (count == WORDS_MAX) {
			log_error("more than %d words", WORDS_MAX);
			return -EINVAL;
		}
		words[count++] = line;
		while (*line && !isspace((unsigned char)*line))
			line++;
		if (*line)
			*line++ = '\0';
	}
}

/* --- what is there twice -------------------------------------------------------------------- */

static int by_prefix(const void *a, const void *b)
{
	const struct config_route *x = *(const struct config_route *const *)a;
	const struct config_route *y = *(const struct config_route *const *)b;
	int diff = (int)x->route.family - y->route.family;

	diff = diff ? diff : (int)x->route.len - y->route.len;
	diff = diff ? diff : memcmp(x->route.addr, y->route.addr, 16);
	return diff ? diff : (int)x->line - (int)y->line;
}

static int by_address(const void *a, const void *b)
{
	const struct config_neigh *x = *(const struct config_neigh *const *)a;
	const struct config_neigh *y = *(const struct config_neigh *const *)b;
	int diff = (int)x->neigh.family - y->neigh.family;

	diff = diff ? diff : memcmp(x->neigh.addr, y->neigh.addr, 16);
	diff = diff ? diff : strcmp(x->neigh.dev, y->neigh.dev);
	return diff ? diff : (int)x->line - (int)y->line;
}

/* Pointers to the members of an array, in order. NULL: no memory. */
static const void **sorted(const void *array, size_t count, size_t size,
			   int (*order)(const void *, const void *))
{
	const void **list = malloc((count + 1) * sizeof(*list));

	for (size_t i = 0; list && i < count; i++)
		list[i] = (const char *)array + i * size;
	if (list)
		qsort(list, count, sizeof(*list), order);
	return list;
}

static int say_twice(struct parser *p, unsigned int line, unsigned int before, const char *what,
		     const char *kind)
{
	log_error("%s:%u: %s: has a %s already, in line %u", p->name, line, what, kind, before);
	return ++p->errors < TEXT_ERRORS ? 0 : -EINVAL;
}

static int check_routes(struct parser *p)
{
	const struct config *c = p->config;
	const struct config_route **list = (const struct config_route **)sorted(
		c->routes, c->route_count, sizeof(*c->routes), by_prefix);
	char prefix[ENTRY_TEXT];
	int err = list ? 0 : -ENOMEM;

	for (size_t i = 1; i < c->route_count && !err; i++) {
		const struct entry_route *a = &list[i - 1]->route, *b = &list[i]->route;

		if (!entry_same_prefix(a, b))
			continue;
		entry_prefix_text(b->family, b->addr, b->len, prefix);
		err = say_twice(p, list[i]->line, list[i - 1]->line, prefix, "route");
	}
	free(list);
	return err;
}

static int check_neighs(struct parser *p)
{
	const struct config *c = p->config;
	const struct config_neigh **list = (const struct config_neigh **)sorted(
		c->neighs, c->neigh_count, sizeof(*c->neighs), by_address);
	char text[ENTRY_TEXT + IFNAMSIZ + 8];
	int err = list ? 0 : -ENOMEM;

	for (size_t i = 1; i < c->neigh_count && !err; i++) {
		const struct entry_neigh *a = &list[i - 1]->neigh, *b = &list[i]->neigh;

		if (a->family != b->family || memcmp(a->addr, b->addr, 16) ||
		    strcmp(a->dev, b->dev))
			continue;
		entry_prefix_text(b->family, b->addr, -1, text);
		strcat(strcat(text, " dev "), b->dev);
		err = say_twice(p, list[i]->line, list[i - 1]->line, text, "neighbour");
	}
	free(list);
	return err;
}

/* --- the whole ------------------------------------------------------------------------------ */

/* A wrong line does not end it: what else is wrong is said, too. */
static int parse_text(struct parser *p, char *line)
{
	char *words[WORDS_MAX], where[4200];
	struct args args = {.words = words};
	int err;

	snprintf(where, sizeof(where), "%s:%u: ", p->name, p->line);
	log_context(where);
	args.count = split(line, words);
	err = args.count < 0 ? args.count : args.count ? parse_line(p, &args) : 0;
	log_context(NULL);
	if (!err || err == -ENOMEM)
		return err;
	return ++p->errors < TEXT_ERRORS ? 0 : -EINVAL;
}

static int parse_all(struct parser *p, FILE *file)
{
	char *line = malloc(TEXT_LINE);
	int err = line ? 0 : -ENOMEM;

	while (!err && (err = text_line(file, line, TEXT_LINE)) > 0) {
		p->line++;
		err = parse_text(p, line);
	}
	free(line);
	if (err && p->errors < TEXT_ERRORS)
		log_error("%s:%u: %s", p->name, p->line + (err != -ENOMEM), text_error(err));
	return err;
}

int config_parse(FILE *file, const char *name, struct config *config)
{
	struct parser p = {.config = config, .name = name};
	int err;

	*config = (struct config){};
	err = parse_all(&p, file);
	if (!err)
		err = check_routes(&p);
	if (!err)
		err = check_neighs(&p);
	if (p.errors >= TEXT_ERRORS)
		log_error("%s: %u errors, the rest was not looked at", name, p.errors);
	if (!err && p.errors)
		err = -EINVAL;
	if (err)
		config_free(config);
	return err;
}

int config_read(const char *path, struct config *config)
{
	FILE *file = fopen(path, "re");
	int err;

	if (!file) {
		err = -errno;
		log_error("run: -c \"%s\": %s", path, strerror(-err));
		return err;
	}
	err = config_parse(file, path, config);
	fclose(file);
	return err;
}

/* line 0: a port's. Of a device that many entries name it is said once. */
static void missing(const char *name, unsigned int line, const char *dev, const char **last)
{
	if (*last && !strcmp(*last, dev))
		return;
	*last = dev;
	if (if_nametoindex(dev))
		return;
	if (line)
		log_note("%s:%u: %s: no such device in this network namespace now", name, line,
			 dev);
	else
		log_note("%s: %s: no such device in this network namespace now", name, dev);
}

void config_notes(const char *name, const struct config *config)
{
	const char *last = NULL;

	if (config->kernel && config->route_count)
		log_note("%s: lookup kernel: no port looks into the route maps, so the static "
			 "routes "
			 "are not used",
			 name);
	for (int i = 0; i < config->port_count; i++)
		missing(name, 0, config->ports[i].name, &last);
	for (size_t i = 0; i < config->route_count; i++)
		missing(name, config->routes[i].line, config->routes[i].route.dev, &last);
	for (size_t i = 0; i < config->neigh_count; i++)
		missing(name, config->neighs[i].line, config->neighs[i].neigh.dev, &last);
}

void config_free(struct config *config)
{
	free(config->ports);
	free(config->routes);
	free(config->neighs);
	*config = (struct config){};
}
