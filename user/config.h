/* SPDX-License-Identifier: GPL-2.0 */
/* The daemon's file: the grammar of the commands, one a line, comments behind "#". */
#ifndef XHOP_USER_CONFIG_H
#define XHOP_USER_CONFIG_H

#include <stdio.h>
#include "user/entry.h"
#include "user/load.h"

struct config_port {
	char name[IFNAMSIZ];
	enum load_mode mode;
};

struct config_route {
	struct entry_route route;
	unsigned int line;
};

struct config_neigh {
	struct entry_neigh neigh;
	unsigned int line;
};

struct config {
	struct config_port *ports;
	int port_count;
	bool kernel;				/* lookup kernel */
	bool flow;				/* multipath flow */
	unsigned long room[2], classes, buffer; /* prefixes, classes, bytes; 0: default */
	struct config_route *routes;
	size_t route_count;
	struct config_neigh *neighs;
	size_t neigh_count;
	char metrics_addr[ENTRY_TEXT];
	unsigned int metrics_port; /* 0: none */
	bool metrics_word;	   /* of the command line, which wins over the file */
	unsigned int set[5];	   /* lines of lookup, multipath, metrics, ...: not twice */
};

/* Prints its own errors, with FILE:LINE. config_free() after 0. 0, -EINVAL, -ENOENT, ... */
int config_read(const char *path, struct config *config);
int config_parse(FILE *file, const char *name, struct config *config);
void config_free(struct config *config);
/* Prints notes: devices that are not there now, routes that no port would ask for. */
void config_notes(const char *name, const struct config *config);

/* [ADDR:]PORT. 0 or -EINVAL. */
int config_listen(const char *word, char addr[ENTRY_TEXT], unsigned int *port);

#endif
