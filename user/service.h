/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the daemon does besides following the kernel: static entries, its file, the control
 * socket, metrics. It listens before the ports are attached; who asks for more than how the daemon
 * is waits until the maps are filled.
 */
#ifndef XHOP_USER_SERVICE_H
#define XHOP_USER_SERVICE_H

#include <jansson.h>
#include "user/config.h"
#include "user/metrics.h"

struct service;

struct service_host {
	void *data;
	struct event_base *base;
	__u64 cookie;
	const char *file; /* NULL: none; read again on SIGHUP */
	bool maps_wanted; /* else the ports use kernel lookups */
	const struct set *(*set)(void *data);
	const struct routes *(*routes)(void *data);
	void (*behind)(void *data, bool behind[2]);
	/* Ports by name. 0 or -errno; they print their own errors. */
	int (*attach)(void *data, const char **names, int count, enum load_mode mode);
	int (*detach)(void *data, const char *name); /* it may not be there */
	/* After SIGHUP. */
	int (*multipath)(void *data, bool flow);
	/* Answers: how the daemon is; {"ids"} of its route maps. */
	json_t *(*status)(void *data);
	json_t *(*maps)(void *data);
};

/* Listens where the daemon is asked, and where config says. Prints its own errors. NULL: failed. */
struct service *service_open(const struct service_host *host, const struct config *config);
/* The maps are filled, the ports of config attached. Takes what is in config. 0 or -errno. */
int service_start(struct service *service, struct mirror *mirror, struct config *config);
void service_stop(struct service *service);

/* NULL is allowed. */
void service_links(struct service *service);
void service_neigh(struct service *service, const struct mirror_neigh *neigh);
struct statics *service_statics(struct service *service);

#endif
