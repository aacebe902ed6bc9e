/* SPDX-License-Identifier: GPL-2.0 */
/* The objects of `xhop show`. Each prints itself and returns 0 or -errno. */
#ifndef XHOP_USER_SHOW_H
#define XHOP_USER_SHOW_H

#include "user/kernel.h"
#include "user/link.h"
#include "user/machine.h"
#include "user/out.h"
#include "user/set.h"

struct show {
	const struct options *options;
	const char *dev; /* only this port; NULL: all */
	unsigned long watch;
	int (*print)(const struct show *show, const struct set *set, const struct links *links);
};

int show_status(const struct show *show, const struct set *set, const struct links *links);
int show_dev(const struct show *show, const struct set *set, const struct links *links);
int show_hop(const struct show *show, const struct set *set, const struct links *links);
int show_reason(const struct show *show, const struct set *set, const struct links *links);

/* What the daemon has; they read their own words. An exit status. */
int show_route(struct args *args);
int show_neigh(struct args *args);

/* The list of reasons, by enum xhop_reason. */
struct reason_text {
	const char *word, *sentence;
};
extern const struct reason_text reason_texts[XHOP_REASON_COUNT];

/* Counters of the ports that show->dev selects, added up. 0 or -errno. */
int show_sum(const struct show *show, const struct set *set, struct xhop_port_counters *sum);

#endif
