/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A route table that is slow and plainly right, and streams of changes that a struct trie is
 * compared under; the unit test feeds random bytes, the fuzzer its own.
 */
#ifndef XHOP_TESTS_LIB_ROUTES_H
#define XHOP_TESTS_LIB_ROUTES_H

#include <stddef.h>
#include <stdint.h>

#define ROUTES_MAX 600
#define ROUTES_OP  24 /* bytes that one change takes from the stream */

struct routes {
	int bits; /* of an address */
	int count;
	struct {
		uint8_t addr[16];
		int len;
		uint32_t value;
	} route[ROUTES_MAX];
};

void routes_set(struct routes *r, const uint8_t *addr, int len, uint32_t value);
int routes_find(const struct routes *r, const uint8_t *addr, int len); /* -1: not there */
void routes_del(struct routes *r, int at);
uint32_t routes_get(const struct routes *r, const uint8_t *addr);

/*
 * Does size / ROUTES_OP changes to a new trie with lines of memory behind its root, compares
 * after each, deletes all in the end and checks that no memory is lost. NULL, or what was wrong.
 * full, moved: counts what the caller wants to have met, may be NULL.
 */
const char *routes_compare(int family, const uint8_t *data, size_t size, size_t lines,
			   unsigned int *full, unsigned int *moved);

#endif
