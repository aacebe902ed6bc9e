/* SPDX-License-Identifier: GPL-2.0 */
/* A set of prefixes: those that changed while a dump runs. */
#ifndef XHOP_USER_RIB_TOUCHED_H
#define XHOP_USER_RIB_TOUCHED_H

#include <stdbool.h>
#include <linux/types.h>

struct touched_slot {
	__u8 addr[16];
	__u8 len, used;
};

struct touched {
	struct touched_slot *slot;
	__u32 slots, count; /* slots: a power of two, or 0 */
};

int touched_add(struct touched *s, const __u8 addr[16], int len);
bool touched_has(const struct touched *s, const __u8 addr[16], int len);
void touched_clear(struct touched *s);

#endif
