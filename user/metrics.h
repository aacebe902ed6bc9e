/* SPDX-License-Identifier: GPL-2.0 */
/* The daemon's counters for Prometheus: GET /metrics, nothing else. */
#ifndef XHOP_USER_METRICS_H
#define XHOP_USER_METRICS_H

#include <event2/event.h>
#include "user/mirror.h"
#include "user/routes.h"
#include "user/set.h"
#include "user/statics.h"

struct metrics;

struct metrics_source {
	void *data;
	/* As they are now; NULL: not there. */
	const struct set *(*set)(void *data);
	const struct routes *(*routes)(void *data);
	const struct mirror *(*mirror)(void *data);
	const struct statics *statics;
	/* The kernel's generation is not the one that the maps hold: IPv4, IPv6. */
	void (*behind)(void *data, bool behind[2]);
};

/* Prints its own error. NULL: not possible. */
struct metrics *metrics_new(struct event_base *base, const char *addr, unsigned int port,
			    const struct metrics_source *source);
void metrics_free(struct metrics *metrics);

#endif
