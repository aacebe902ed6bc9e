/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the daemon does besides following the kernel: static entries, its file, the control
 * socket, metrics. The daemon starts it once the maps are filled.
 */
#ifndef XHOP_USER_SERVICE_H
#define XHOP_USER_SERVICE_H

#include "user/config.h"
#include "user/metrics.h"

struct service;

struct service_host {
	void *data;
	struct event_base *base;
	struct mirror *mirror;
	__u64 cookie;
	const char *file; /* NULL: none; read again on SIGHUP */
	const struct set *(*set)(void *data);
	const struct routes *(*routes)(void *data);
	void (*behind)(void *data, bool behind[2]);
	/* Ports by name. 0 or -errno; they print their own errors. */
	int (*attach)(void *data, const char **names, int count, enum load_mode mode);
	int (*detach)(void *data, const char **names, int count);
	/* After SIGHUP. */
	int (*multipath)(void *data, bool flow);
};

/* Takes what is in config; its ports are attached already. Prints its own errors. NULL: failed. */
struct service *service_start(const struct service_host *host, struct config *config);
void service_stop(struct service *service);

/* NULL is allowed. */
void service_links(struct service *service);
void service_neigh(struct service *service, const struct mirror_neigh *neigh);
struct statics *service_statics(struct service *service);

#endif
