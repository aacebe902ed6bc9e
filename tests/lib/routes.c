// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "maps/trie.h"
#include "tests/lib/routes.h"

struct prefix {
	uint8_t addr[16];
	int len; /* 0: none */
};

static char wrong[256];

static int covers(const uint8_t *a, const uint8_t *b, int len)
{
	if (memcmp(a, b, len / 8))
		return 0;
	return !(len % 8) || !((a[len / 8] ^ b[len / 8]) >> (8 - len % 8));
}

int routes_find(const struct routes *r, const uint8_t *addr, int len)
{
	for (int i = 0; i < r->count; i++)
		if (r->route[i].len == len && covers(r->route[i].addr, addr, len))
			return i;
	return -1;
}

void routes_set(struct routes *r, const uint8_t *addr, int len, uint32_t value)
{
	int i = routes_find(r, addr, len);

	if (i < 0)
		i = r->count++;
	memcpy(r->route[i].addr, addr, r->bits / 8);
	r->route[i].len = len;
	r->route[i].value = value;
}

void routes_del(struct routes *r, int at)
{
	r->route[at] = r->route[--r->count];
}

uint32_t routes_get(const struct routes *r, const uint8_t *addr)
{
	int best = -1;
	uint32_t value = XHOP_ASK;

	for (int i = 0; i < r->count; i++) {
		if (r->route[i].len > best && covers(r->route[i].addr, addr, r->route[i].len)) {
			best = r->route[i].len;
			value = r->route[i].value;
		}
	}
	return value;
}

/* Addresses close to each other, at the corners of the space, at both sides of 2000::/4. */
static void make_addr(const uint8_t *in, int bits, uint8_t *addr)
{
	static const char *const bases4[] = {"10.0.0.0",	"10.0.255.255", "0.0.0.0",
					     "255.255.255.255", "192.0.2.0",	"11.0.0.0"};
	static const char *const bases6[] = {
		"2001:db8::",
		"2001:db8::ffff",
		"::",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"2fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"1fff:ffff::",
	};
	int family = bits == 32 ? AF_INET : AF_INET6;

	inet_pton(family, (bits == 32 ? bases4 : bases6)[in[0] % 6], addr);
	for (int i = 0; i < 1 + in[1] % 3; i++)
		addr[in[2 + i] % (bits / 8)] ^= in[5 + i] & (in[1] & 0x80 ? 0xff : 0x83);
}

static int make_len(uint8_t in, int bits)
{
	static const uint8_t nasty4[] = {0, 1, 7, 8, 9, 15, 16, 17, 20, 23, 24, 25, 31, 32, 32, 24};
	static const uint8_t nasty6[] = {0,  1,	 3,  4,	  5,   8,   12,	 16,  23,  24, 25,
					 28, 32, 33, 40,  44,  47,  48,	 49,  56,  63, 64,
					 65, 72, 96, 112, 120, 121, 127, 128, 128, 48};

	if (in & 0x80)
		return in % (bits + 1);
	return bits == 32 ? nasty4[in % sizeof(nasty4)] : nasty6[in % sizeof(nasty6)];
}

/* Answers that need no word, that just do, that differ everywhere, that repeat. */
static uint32_t make_value(const uint8_t *in)
{
	uint32_t any = in[1] << 16 | in[2] << 8 | in[3];

	switch (in[0] % 8) {
	case 0:
		return XHOP_ASK;
	case 1:
		return 126 + in[1] % 4;
	case 2:
		return 0x7fffffff - in[1] % 2;
	case 3:
	case 4:
		return 1 + in[1] % 4;
	case 5:
		return 1000 + in[1] % 4;
	default:
		return any;
	}
}

static void step_addr(uint8_t *addr, int bits, int by)
{
	for (int i = bits / 8 - 1; i >= 0; i--) {
		addr[i] += by;
		if (addr[i] != (by > 0 ? 0 : 0xff))
			break;
	}
}

static int check_addr(const struct trie *t, const struct routes *r, const uint8_t *addr)
{
	char text[INET6_ADDRSTRLEN];
	uint32_t got = trie_get(t, addr), want = routes_get(r, addr);

	if (got == want)
		return 0;
	inet_ntop(r->bits == 32 ? AF_INET : AF_INET6, addr, text, sizeof(text));
	snprintf(wrong, sizeof(wrong), "%s: 0x%x instead of 0x%x, %d routes", text, got, want,
		 r->count);
	return -1;
}

/* The prefix's first and last address and their neighbours, and one from elsewhere. */
static int check_around(const struct trie *t, const struct routes *r, const uint8_t *addr, int len,
			const uint8_t *in)
{
	uint8_t a[16] = {}, b[16] = {}, other[16] = {};

	memcpy(a, addr, r->bits / 8);
	memcpy(b, addr, r->bits / 8);
	for (int i = len; i < r->bits; i++) {
		a[i / 8] &= ~(0x80 >> i % 8);
		b[i / 8] |= 0x80 >> i % 8;
	}
	make_addr(in, r->bits, other);
	if (check_addr(t, r, a) || check_addr(t, r, b) || check_addr(t, r, other))
		return -1;
	step_addr(a, r->bits, -1);
	step_addr(b, r->bits, 1);
	return check_addr(t, r, a) || check_addr(t, r, b) ? -1 : 0;
}

static int check_exact(const struct trie *t, const struct routes *r, const uint8_t *addr, int len)
{
	uint32_t value = 0;
	int at = routes_find(r, addr, len), err = trie_exact(t, addr, len, &value);
	struct trie_usage u;

	trie_usage(t, &u);
	if (u.prefixes == (unsigned int)r->count && (at < 0 ? err == -ENOENT : !err) &&
	    (at < 0 || value == r->route[at].value))
		return 0;
	snprintf(wrong, sizeof(wrong), "exact: %d, 0x%x, %llu prefixes of %d", err, value,
		 u.prefixes, r->count);
	return -1;
}

/* A prefix that ends in the same byte as the one before, or any. */
static int make_prefix(const struct prefix *before, const uint8_t *in, int bits, uint8_t *addr)
{
	int bytes = before->len ? (before->len - 1) / 8 : 0;

	make_addr(in, bits, addr);
	if (!before->len || in[23] % 4 == 0)
		return make_len(in[8], bits);
	memcpy(addr, before->addr, bytes);
	return bytes * 8 + 1 + in[8] % 8;
}

/* gathered: the answers may come later. */
static int change(struct trie *t, struct routes *r, const uint8_t *in, struct prefix *before,
		  bool gathered, unsigned int *full)
{
	uint8_t addr[16] = {};
	uint32_t value = make_value(in + 9);
	int len = make_prefix(before, in, r->bits, addr), at, err;

	if (in[13] % 16 == 0 && r->count) {
		at = in[14] % r->count;
		memcpy(addr, r->route[at].addr, 16);
		len = r->route[at].len;
	}
	at = routes_find(r, addr, len);
	if (r->count >= ROUTES_MAX - 1 || in[13] % 5 == 0) {
		err = trie_del(t, addr, len);
		if (!err && at >= 0)
			routes_del(r, at);
		else if (at < 0 && err == -ENOENT)
			err = 0;
	} else {
		err = trie_set(t, addr, len, value);
		if (!err)
			routes_set(r, addr, len, value);
	}
	if (err == -ENOSPC)
		++*full;
	else if (err)
		return snprintf(wrong, sizeof(wrong), "change: %d, found %d", err, at), -1;
	memcpy(before->addr, addr, sizeof(addr));
	before->len = len;
	if (gathered)
		return check_exact(t, r, addr, len);
	return check_around(t, r, addr, len, in + 15) || check_exact(t, r, addr, len) ? -1 : 0;
}

/* Begins to gather, or ends it: then each prefix, of which some are asked, has its answer. */
static int gather(struct trie *t, const struct routes *r, const uint8_t *in, bool on)
{
	trie_gather(t, on);
	for (int i = in[22] % 8; i < r->count && !on; i += 8)
		if (check_around(t, r, r->route[i].addr, r->route[i].len, in + 15))
			return -1;
	return 0;
}

/* Into memory that is larger by some lines; the old is let go. */
static int move(struct trie *t, void **mem, size_t *bytes, size_t lines)
{
	void *next = aligned_alloc(64, *bytes + lines * 64);
	int err = next ? trie_move(t, next, *bytes + lines * 64) : -ENOMEM;

	if (err)
		return snprintf(wrong, sizeof(wrong), "move: %d", err), -1;
	memset(*mem, 0xff, *bytes);
	free(*mem);
	*mem = next;
	*bytes += lines * 64;
	return 0;
}

/* Deleting may need memory too: runs part again. */
static int empty(struct trie *t, struct routes *r, size_t root, void **mem, size_t *bytes)
{
	struct trie_usage u;

	while (r->count) {
		int at = r->count / 2, err = trie_del(t, r->route[at].addr, r->route[at].len);

		trie_quiesce(t);
		if (err == -ENOSPC && !move(t, mem, bytes, 20))
			continue;
		if (err)
			return snprintf(wrong, sizeof(wrong), "del of the last: %d", err), -1;
		routes_del(r, at);
	}
	trie_quiesce(t);
	trie_usage(t, &u);
	if (u.used == root && !u.limbo && !u.prefixes)
		return 0;
	snprintf(wrong, sizeof(wrong), "%zu bytes used of an empty table, %zu in limbo",
		 u.used - root, u.limbo);
	return -1;
}

const char *routes_compare(int family, const uint8_t *data, size_t size, size_t lines,
			   unsigned int *full, unsigned int *moved)
{
	size_t root = trie_size_min(family), bytes = root + lines * 64;
	struct routes *r = calloc(1, sizeof(*r));
	void *mem = aligned_alloc(64, bytes);
	struct trie *t = trie_new(family, mem, bytes);
	struct prefix before = {};
	unsigned int count = 0;
	bool gathered = false;
	int err = 0;

	wrong[0] = '\0';
	r->bits = family == AF_INET ? 32 : 128;
	full = full ? full : &count;
	moved = moved ? moved : &count;
	for (size_t i = 0; i + ROUTES_OP <= size && !err; i += ROUTES_OP) {
		if (data[i + 23] >= 0xfc)
			err = gather(t, r, data + i, gathered = !gathered);
		err = err ? err : change(t, r, data + i, &before, gathered, full);
		if (data[i + 14] % 8 == 0)
			trie_quiesce(t);
		if (!err && data[i + 14] == 0xff) {
			err = move(t, &mem, &bytes, data[i + 13] % 2);
			++*moved;
		}
	}
	if (!err && size >= ROUTES_OP && !gather(t, r, data, false))
		empty(t, r, root, &mem, &bytes);
	trie_free(t);
	free(mem);
	free(r);
	return wrong[0] ? wrong : NULL;
}
