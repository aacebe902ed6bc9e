/*
 * reason: why xhop handed a frame to Linux, from its own counters. And whether a look at the frame
 * alone would let XDP do what Linux did.
 */
#ifndef TESTS_DIFF_REASON_H
#define TESTS_DIFF_REASON_H

#include "tests/diff/lab.h"
#include "user/set.h"

struct reasons {
	struct set set;
	uint64_t seen[XHOP_REASON_COUNT];
};

/* Finds xhop in the router; without one reasons_next() answers "". */
void reasons_open(struct reasons *r, const struct lab *lab);
void reasons_close(struct reasons *r);
/* The word of the reason that was counted since the last call, "" if there is none. */
const char *reasons_next(struct reasons *r);

/* Did Linux only forward F: one frame out, and all of it but the MACs, TTL and checksum F's? */
bool only_forwarded(const struct frame *f, const struct outcome *out);

#endif
