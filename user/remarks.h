/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What will not be accelerated, why, and the command that changes it: asked of the kernel at
 * attach, before traffic shows it, and by `xhop show status` at any time.
 */
#ifndef XHOP_USER_REMARKS_H
#define XHOP_USER_REMARKS_H

#include <stdbool.h>
#include "user/link.h"
#include "user/set.h"

/* What a remark closes the gate for: nothing, a family, all, or what comes in on one device. */
enum remark_closes { CLOSES_NOTHING, CLOSES_IP4, CLOSES_IP6, CLOSES_ALL, CLOSES_DEV };

struct remark {
	char dev[IFNAMSIZ]; /* "": the whole namespace */
	char reason[24];    /* the word that packets passed for it are counted under */
	char text[200];	    /* what is there: "nftables table inet filter, chain forward" */
	char fix[200];	    /* command, "" if there is none */
	enum remark_closes closes;
};

struct remarks {
	struct remark *list;
	int count;
};

/* Look at the set's ports and their namespace. remarks_free() afterwards. */
void remarks_collect(const struct set *set, const struct links *links, struct remarks *remarks);
void remarks_free(struct remarks *remarks);

/* Add one; text as printf() does it. For the parts that look (look_*.c). */
struct remark *remark_add(struct remarks *remarks, const char *dev, const char *reason,
			  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* "open", "partly closed" (for a family or a device), "closed". */
const char *remarks_gate(const struct remarks *remarks);

/* What the remark keeps from being accelerated: "", "IPv4: ", "p1: ", ... at the line's start. */
const char *remark_scope(const struct remark *remark, char *buf, int size);

/* Collect and print as notes. */
void remarks_print(const struct set *set);

/* The parts. Each asks one side of the kernel; what it cannot ask it leaves out. */
void look_netfilter(const struct set *set, struct remarks *remarks);
void look_xfrm(struct remarks *remarks);
void look_qdiscs(const struct set *set, struct remarks *remarks);
void look_xdp_features(const struct set *set, const struct links *links, struct remarks *remarks);

#endif
