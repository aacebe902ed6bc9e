// SPDX-License-Identifier: GPL-2.0
/*
 * A full table by rules: see generate.h. From the shortest length to the longest, a prefix is the
 * neighbour of one just made (allocations come in runs), lies inside a shorter one (more specific
 * announcements), or begins a new block of address space. The shares are chosen so that more than
 * half of the prefixes lie inside another and more have their sibling, as in a real table.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tests/bench/generate.h"

struct length {
	int len, count;
};

/* Prefixes a length of a full table of 901,899 and 160,147 routes. */
static const struct length lengths4[] = {
	{8, 16},      {9, 13},	   {10, 38},	 {11, 103},   {12, 299},   {13, 581},	{14, 1203},
	{15, 2100},   {16, 13490}, {17, 8235},	 {18, 13798}, {19, 24870}, {20, 42611}, {21, 50750},
	{22, 108623}, {23, 96510}, {24, 537698}, {25, 20},    {26, 3},	   {27, 11},	{28, 18},
	{29, 17},     {30, 3},	   {31, 3},	 {32, 886},   {0, 0},
};
static const struct length lengths6[] = {
	{16, 1},     {19, 1},	  {20, 16},    {21, 3},	   {22, 7},    {23, 8},	    {24, 30},
	{25, 8},     {26, 15},	  {27, 20},    {28, 193},  {29, 4371}, {30, 650},   {31, 284},
	{32, 22548}, {33, 2926},  {34, 2603},  {35, 1043}, {36, 5996}, {37, 880},   {38, 1617},
	{39, 1377},  {40, 13418}, {41, 903},   {42, 2301}, {43, 1001}, {44, 14365}, {45, 1553},
	{46, 3039},  {47, 3153},  {48, 75488}, {49, 11},   {50, 3},    {52, 1},	    {55, 1},
	{56, 24},    {58, 20},	  {60, 2},     {64, 184},  {112, 2},   {122, 1},    {124, 4},
	{125, 9},    {126, 19},	  {127, 42},   {128, 6},   {0, 0},
};

/* Prefixes made so far: a hash table of their numbers + 1. */
struct known {
	int *slots;
	unsigned int mask;
};

static unsigned int hash(const unsigned char *addr, int len)
{
	__u64 h = 14695981039346656037ull ^ len;

	for (int i = 0; i < 16; i++)
		h = (h ^ addr[i]) * 1099511628211ull;
	return h ^ h >> 32;
}

/* False: it is there already. */
static bool known_add(struct known *known, const struct routes *routes, const unsigned char *addr,
		      int len)
{
	unsigned int at = hash(addr, len) & known->mask;
	const struct prefix *p;

	for (; known->slots[at]; at = (at + 1) & known->mask) {
		p = &routes->prefixes[known->slots[at] - 1];
		if (p->len == len && !memcmp(p->addr, addr, 16))
			return false;
	}
	known->slots[at] = routes->count + 1;
	return true;
}

/* Random bits from bit `from` to bit `to`. */
static void fill(unsigned char *addr, int from, int to, __u64 *state)
{
	for (int bit = from; bit < to; bit++) {
		addr[bit / 8] &= ~(0x80 >> bit % 8);
		if (table_random(state) >> 63)
			addr[bit / 8] |= 0x80 >> bit % 8;
	}
}

/* The prefix behind this one, in its own length. */
static void step(unsigned char *addr, int len)
{
	int bit = len - 1;

	while (bit >= 0 && addr[bit / 8] & 0x80 >> bit % 8) {
		addr[bit / 8] &= ~(0x80 >> bit % 8);
		bit--;
	}
	if (bit >= 0)
		addr[bit / 8] |= 0x80 >> bit % 8;
}

/* Nothing that is special, private, or that the benchmark itself uses. */
static bool usable(const struct routes *routes, const unsigned char *a, int len)
{
	if (routes->family == AF_INET)
		return a[0] >= 1 && a[0] <= 223 && a[0] != 10 && a[0] != 127 &&
		       !(a[0] == 169 && (len < 16 || a[1] == 254)) &&
		       !(a[0] == 192 && (len < 16 || a[1] == 168));
	return (a[0] & 0xe0) == 0x20;
}

static void draw(const struct routes *routes, int shorter, int len, __u64 *state,
		 unsigned char *addr)
{
	static const __u16 blocks[] = {0x2001, 0x2400, 0x2600, 0x2800, 0x2a00, 0x2c00};
	unsigned int dice = table_random(state) >> 32;
	const struct prefix *p;
	int same = routes->count - shorter, four = routes->family == AF_INET;

	memset(addr, 0, 16);
	if (same && dice % 100 < (four ? 68 : 55)) {
		memcpy(addr, routes->prefixes[routes->count - 1].addr, 16);
		step(addr, len);
	} else if (shorter && dice % 100 < (four ? 72 : 88)) {
		p = &routes->prefixes[table_random(state) % shorter];
		memcpy(addr, p->addr, 16);
		fill(addr, p->len, len, state);
	} else if (routes->family == AF_INET6 && len > 16) {
		addr[0] = blocks[dice % 6] >> 8;
		addr[1] = blocks[dice % 6] & 0xff;
		fill(addr, 12, len, state);
	} else {
		fill(addr, 0, len, state);
	}
}

static int generate_family(struct routes *routes, const struct length *lengths, __u64 state)
{
	struct known known = {.mask = (1 << 21) - 1};
	unsigned char addr[16];
	int err = 0;

	known.slots = calloc(known.mask + 1, sizeof(*known.slots));
	if (!known.slots)
		return -ENOMEM;
	for (; lengths->count && !err; lengths++) {
		int shorter = routes->count;

		for (int left = lengths->count; left && !err;) {
			draw(routes, shorter, lengths->len, &state, addr);
			if (!usable(routes, addr, lengths->len) ||
			    !known_add(&known, routes, addr, lengths->len))
				continue;
			err = routes_append(routes, addr, lengths->len);
			left--;
		}
	}
	free(known.slots);
	return err;
}

int generate(struct table *table)
{
	int err = generate_family(&table->routes[0], lengths4, 0x853c49e6748fea9bull);

	return err ?: generate_family(&table->routes[1], lengths6, 0xda3e39cb94b95bdbull);
}
