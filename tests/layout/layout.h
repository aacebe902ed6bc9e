/* SPDX-License-Identifier: GPL-2.0 */
/* The layouts that tests/layout compares with what ships, for both sides. */
#ifndef XHOP_TESTS_LAYOUT_H
#define XHOP_TESTS_LAYOUT_H

#include "maps/types.h"

#define DESTINATIONS 65536
#define BATCH	     32

struct dst6 {
	__u64 high, low;
};

/* name, bits of the root, bits of a node, kind of node */
#define LAYOUTS4(X)                         \
	X(plain_16_8, 16, 8, step_plain)    \
	X(plain_24_8, 24, 8, step_plain)    \
	X(plain_20_4, 20, 4, step_plain)    \
	X(bitmap_16_8, 16, 8, step_bitmap)  \
	X(bitmap_18_6, 18, 6, step_bitmap6) \
	X(bytes_18_6, 18, 6, step_bytes6)   \
	X(range_16, 16, 16, step_range)

/* and the leading bits that are left out: what begins otherwise is not found */
#define LAYOUTS6(X)                            \
	X(plain_16_8, 0, 16, 8, step_plain)    \
	X(plain_24_8, 0, 24, 8, step_plain)    \
	X(plain_20_4, 4, 20, 4, step_plain)    \
	X(bitmap_20_8, 4, 20, 8, step_bitmap)  \
	X(bitmap_20_6, 4, 20, 6, step_bitmap6) \
	X(bytes_20_6, 4, 20, 6, step_bytes6)

#endif
