/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Gives out runs of 1 to LINES_MAX lines of a route map's memory, takes them back when readers
 * have left them. All in constant time; nothing here fails but lines_new() and lines_take().
 */
#ifndef XHOP_MAPS_LINES_H
#define XHOP_MAPS_LINES_H

#include <stddef.h>
#include "maps/types.h"

#define LINES_MAX  16
#define LINES_BINS (LINES_MAX + 1)

struct lines {
	struct xhop_line *mem;
	__u8 *side;	       /* the trie's own byte beside each byte of mem */
	__u8 *ends;	       /* which lines begin or end a free run */
	__u32 *next;	       /* of a run in limbo */
	__u32 bin[LINES_BINS]; /* free runs by length, the last bin: LINES_MAX and longer */
	__u32 limbo;
	__u32 count, top; /* lines in mem; from top on all are free */
	__u32 used, waiting;
};

/* reserved: lines at the start that are never given out. 0 or -ENOMEM. */
int lines_new(struct lines *l, void *mem, size_t size, __u32 reserved);
void lines_free(struct lines *l);
/* The first line, or 0: no room. */
__u32 lines_take(struct lines *l, __u32 n);
/* Back at once: no reader ever saw them. */
void lines_give(struct lines *l, __u32 first, __u32 n);
/* Into limbo. */
void lines_retire(struct lines *l, __u32 first, __u32 n);
void lines_quiesce(struct lines *l);
/* Goes on in other memory; limbo is free there. 0, -EINVAL or -ENOMEM. */
int lines_move(struct lines *l, void *mem, size_t size);

#endif
