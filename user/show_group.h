/* SPDX-License-Identifier: GPL-2.0 */
/* The hops of a group, those that share its flows and those left out, for `xhop show route get`. */
#ifndef XHOP_USER_SHOW_GROUP_H
#define XHOP_USER_SHOW_GROUP_H

#include <jansson.h>

/*
 * shared: the daemon's list (via, dev, weight). Beside it the kernel's route for addr is asked, if
 * it has this prefix. A new list of objects: via, dev, weight, used, why.
 */
json_t *group_all(const json_t *shared, const char *prefix, const char *addr);

#endif
