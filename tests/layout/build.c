// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/layout/build.h"

#define COUNT_MAX 1200000

__u64 random64(void)
{
	static __u64 s = 88172645463325252;

	s ^= s << 13;
	s ^= s >> 7;
	s ^= s << 17;
	return s * 0x9e3779b97f4a7c15 >> 32 | s << 32;
}

static addr_t host_bits(int len)
{
	return len ? ((addr_t)1 << (128 - len)) - 1 : ~(addr_t)0;
}

static int by_addr(const void *a, const void *b)
{
	const struct prefix *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr ? 1 : x->len - y->len;
}

static int table_init(struct table t[2])
{
	for (int i = 0; i < 2; i++) {
		t[i].bits = i ? 128 : 32;
		t[i].count = 0;
		t[i].prefix = calloc(COUNT_MAX, sizeof(struct prefix));
		if (!t[i].prefix)
			return -ENOMEM;
	}
	return 0;
}

static void table_add(struct table *t, addr_t addr, int len)
{
	if (t->count < COUNT_MAX)
		t->prefix[t->count++] =
			(struct prefix){addr & ~host_bits(len), len, 1 + random64() % HOPS};
}

/* Sorted and each prefix once. */
static void table_finish(struct table *t)
{
	size_t n = 0;

	qsort(t->prefix, t->count, sizeof(*t->prefix), by_addr);
	for (size_t i = 0; i < t->count; i++)
		if (!n || by_addr(&t->prefix[i], &t->prefix[n - 1]))
			t->prefix[n++] = t->prefix[i];
	t->count = n;
}

int table_read(struct table t[2], const char *path)
{
	char command[300], line[100];
	FILE *file;
	int err = table_init(t);

	snprintf(command, sizeof(command), "zcat -f '%s'", path);
	file = err ? NULL : popen(command, "re");
	if (!file)
		return err ? err : -errno;
	while (fgets(line, sizeof(line), file)) {
		char *slash = strchr(line, '/');
		int v6 = !!strchr(line, ':');
		unsigned char bytes[16] = {};
		addr_t a = 0;

		if (!slash)
			continue;
		*slash = '\0';
		if (inet_pton(v6 ? AF_INET6 : AF_INET, line, bytes) != 1)
			continue;
		for (int i = 0; i < 16; i++)
			a = a << 8 | bytes[i];
		table_add(&t[v6], a, atoi(slash + 1));
	}
	err = pclose(file) || !t[0].count ? -ENOENT : 0;
	table_finish(&t[0]);
	table_finish(&t[1]);
	return err;
}

int table_make(struct table t[2], size_t count4, size_t count6)
{
	static const __u8 len4[] = {24, 24, 24, 24, 24, 24, 24, 24, 24, 23, 22, 22, 21, 20, 19, 16},
			  len6[] = {48, 48, 48, 48, 48, 48, 48, 32, 32, 44, 40, 36, 29, 33, 46, 64};
	int err = table_init(t);

	if (err)
		return err;
	/* in blocks of providers: 4,000 /14s, 300 /20s of 16 /24s each */
	for (size_t i = 0; i < count4; i++) {
		addr_t block = (random64() % 4000 * 2654435761u & 0xfffc0000) ^ 1 << 24;
		addr_t a = (block | (random64() & 0x3ffff)) << 96;

		table_add(&t[0], a, i % 1000 ? len4[i / 7 % 16] : 8 + (int)(random64() % 25));
	}
	for (size_t i = 0; i < count6; i++) {
		addr_t block = 0x20000 | (random64() % 300 * 2654435761u >> 4 & 0xffff);
		addr_t a = block << 108 | (addr_t)(random64() & 0xf0f) << 96 |
			   (addr_t)(random64() & 0xff0fffff) << 64;

		table_add(&t[1], a, i % 1000 ? len6[i / 7 % 16] : 4 + (int)(random64() % 125));
	}
	table_finish(&t[0]);
	table_finish(&t[1]);
	return 0;
}

addr_t table_address(const struct table *t, int len)
{
	const struct prefix *p;
	addr_t any = (addr_t)random64() << 64 | random64();

	do {
		p = &t->prefix[random64() % t->count];
	} while (len && p->len != len);
	return p->addr | (any & host_bits(p->len));
}

static int unit(const struct layout *l)
{
	return l->kind == step_bytes6 ? 32 : 64;
}

size_t layout_bytes(const struct layout *l)
{
	return (l->used * unit(l) + 63) / 64 * 64;
}

/* Writes a node's slots as runs; how many bytes it takes. */
static size_t emit_runs(const struct layout *l, const __u32 *slots, int count, __u8 *to)
{
	__u64 *bits = (__u64 *)to;
	__u32 *word = (__u32 *)to;
	int n = 0, runs = 0, first;

	for (int i = 0; i < count; i++)
		runs += !i || slots[i] != slots[i - 1];
	first = l->kind == step_range	 ? 0
		: l->kind == step_bitmap ? 9
		: l->kind == step_bytes6 ? (8 + runs + 3) / 4
					 : 2;
	for (int i = 0; i < count; i++) {
		if (i && slots[i] == slots[i - 1])
			continue;
		if (l->kind == step_range)
			word[first++] = (__u32)i << 16 | slots[i];
		else
			bits[i / 64] |= 1ull << i % 64;
		if (l->kind == step_bytes6) {
			to[8 + n++] = slots[i] < 128 ? slots[i] : 0x80 | (__u32)first;
			if (slots[i] >= 128)
				word[first++] = slots[i];
		} else if (l->kind != step_range) {
			word[first++] = slots[i];
		}
	}
	for (int w = 1; l->kind == step_bitmap && w < 4; w++)
		to[32 + w] = to[31 + w] + __builtin_popcountll(bits[w - 1]);
	return first * sizeof(*word);
}

static __u32 emit(struct layout *l, const __u32 *slots, int count)
{
	__u8 *to = l->mem->byte + l->used * unit(l);
	size_t size = count * sizeof(*slots);
	__u32 at = l->used;

	if ((l->used + 100) * unit(l) + size > (size_t)LAYOUT_LINES * sizeof(*l->mem)) {
		fprintf(stderr, "layout: %s is too large\n", l->name);
		exit(1);
	}
	if (l->kind == step_plain)
		memcpy(to, slots, size);
	else
		size = emit_runs(l, slots, count, to);
	l->used += (size + unit(l) - 1) / unit(l);
	if (l->kind == step_range)
		at |= size / sizeof(*slots) << 17;
	return XHOP_CHILD | at;
}

/* The prefixes p[0..n) lie behind depth bits that are the same. */
static __u32 build(struct layout *l, const struct prefix *p, size_t n, int depth, __u32 inherited,
		   int bits)
{
	size_t count = (size_t)1 << bits, first, deep;
	__u32 *slots = malloc(count * sizeof(*slots)), entry = 0;
	struct prefix *below = malloc((n + 1) * sizeof(*below));

	for (size_t i = 0; i < count; i++)
		slots[i] = inherited;
	for (size_t i = 0; i < n; i++) {
		if (p[i].len > depth + bits)
			continue;
		first = p[i].len <= depth ? 0 : (size_t)(p[i].addr << depth >> (128 - bits));
		deep = p[i].len <= depth ? 0 : p[i].len - depth;
		for (size_t k = 0; k < count >> deep; k++)
			slots[first + k] = p[i].value;
	}
	for (size_t i = 0, k; i < n; i = k) {
		first = (size_t)(p[i].addr << depth >> (128 - bits));
		deep = 0;
		for (k = i; k < n && (size_t)(p[k].addr << depth >> (128 - bits)) == first; k++)
			if (p[k].len > depth + bits)
				below[deep++] = p[k];
		if (deep)
			slots[first] = build(l, below, deep, depth + bits, slots[first], l->stride);
	}
	if (depth == l->skip)
		memcpy(l->mem, slots, count * sizeof(*slots));
	else
		entry = emit(l, slots, count);
	free(slots);
	free(below);
	return entry;
}

void layout_build(struct layout *l, const struct table *t)
{
	l->used = ((size_t)sizeof(__u32) << l->root) / unit(l);
	build(l, t->prefix, t->count, l->skip, XHOP_ASK, l->root);
}
