// SPDX-License-Identifier: GPL-2.0
/*
 * Free runs lie in bins by length, linked through their own memory, and join with free
 * neighbours. Runs in limbo are linked beside the memory, since readers may still be in them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "maps/lines.h"

enum { ENDS_FIRST = 1, ENDS_LAST = 2, ENDS_SIZE_SHIFT = 2 };
enum { FREE_LENGTH, FREE_NEXT, FREE_PREV, FREE_LENGTH_BACK = XHOP_LINE - 1 };

static int beside(struct lines *l, __u32 count)
{
	l->side = calloc(count, sizeof(struct xhop_line));
	l->ends = calloc(count + 1, 1);
	l->next = calloc(count, sizeof(*l->next));
	return l->side && l->ends && l->next ? 0 : -ENOMEM;
}

int lines_new(struct lines *l, void *mem, size_t size, __u32 reserved)
{
	size_t count = size / sizeof(struct xhop_line);

	memset(l, 0, sizeof(*l));
	l->mem = mem;
	l->count = count < XHOP_PLAIN ? count : XHOP_PLAIN;
	l->top = l->used = reserved;
	memset(mem, 0, size);
	if (!beside(l, l->count))
		return 0;
	lines_free(l);
	return -ENOMEM;
}

void lines_free(struct lines *l)
{
	free(l->side);
	free(l->ends);
	free(l->next);
	l->side = l->ends = NULL;
	l->next = NULL;
}

static __u32 bin_of(__u32 n)
{
	return n < LINES_MAX ? n : LINES_MAX;
}

static void bin_add(struct lines *l, __u32 first, __u32 n)
{
	__u32 *bin = &l->bin[bin_of(n)], *word = l->mem[first].word;

	word[FREE_LENGTH] = n;
	word[FREE_NEXT] = *bin;
	word[FREE_PREV] = 0;
	l->mem[first + n - 1].word[FREE_LENGTH_BACK] = n;
	if (*bin)
		l->mem[*bin].word[FREE_PREV] = first;
	*bin = first;
	l->ends[first] |= ENDS_FIRST;
	l->ends[first + n - 1] |= ENDS_LAST;
}

static __u32 bin_remove(struct lines *l, __u32 first)
{
	__u32 *word = l->mem[first].word, n = word[FREE_LENGTH];

	if (word[FREE_PREV])
		l->mem[word[FREE_PREV]].word[FREE_NEXT] = word[FREE_NEXT];
	else
		l->bin[bin_of(n)] = word[FREE_NEXT];
	if (word[FREE_NEXT])
		l->mem[word[FREE_NEXT]].word[FREE_PREV] = word[FREE_PREV];
	l->ends[first] &= ~ENDS_FIRST;
	l->ends[first + n - 1] &= ~ENDS_LAST;
	return n;
}

__u32 lines_take(struct lines *l, __u32 n)
{
	__u32 first, got;

	for (__u32 b = n; b < LINES_BINS; b++) {
		if (!l->bin[b])
			continue;
		first = l->bin[b];
		got = bin_remove(l, first);
		if (got > n)
			bin_add(l, first + n, got - n);
		l->used += n;
		return first;
	}
	if (l->count - l->top < n)
		return 0;
	first = l->top;
	l->top += n;
	l->used += n;
	return first;
}

static void put(struct lines *l, __u32 first, __u32 n)
{
	if (l->ends[first - 1] & ENDS_LAST) {
		first -= l->mem[first - 1].word[FREE_LENGTH_BACK];
		n += bin_remove(l, first);
	}
	if (first + n < l->top && l->ends[first + n] & ENDS_FIRST)
		n += bin_remove(l, first + n);
	if (first + n == l->top)
		l->top = first;
	else
		bin_add(l, first, n);
}

void lines_give(struct lines *l, __u32 first, __u32 n)
{
	l->used -= n;
	put(l, first, n);
}

void lines_retire(struct lines *l, __u32 first, __u32 n)
{
	l->next[first] = l->limbo;
	l->limbo = first;
	l->ends[first] = n << ENDS_SIZE_SHIFT;
	l->used -= n;
	l->waiting += n;
}

void lines_quiesce(struct lines *l)
{
	__u32 first = l->limbo, next, n;

	for (; first; first = next) {
		next = l->next[first];
		n = l->ends[first] >> ENDS_SIZE_SHIFT;
		l->ends[first] = 0;
		put(l, first, n);
	}
	l->limbo = l->waiting = 0;
}

int lines_move(struct lines *l, void *mem, size_t size)
{
	struct lines new = *l;
	size_t count = size / sizeof(struct xhop_line);

	new.mem = mem;
	new.count = count < XHOP_PLAIN ? count : XHOP_PLAIN;
	if (new.count < l->top)
		return -EINVAL;
	if (beside(&new, new.count)) {
		lines_free(&new);
		return -ENOMEM;
	}
	memcpy(mem, l->mem, (size_t)l->top * sizeof(struct xhop_line));
	memset((char *)mem + (size_t)l->top * sizeof(struct xhop_line), 0,
	       size - (size_t)l->top * sizeof(struct xhop_line));
	memcpy(new.side, l->side, (size_t)l->top * sizeof(struct xhop_line));
	memcpy(new.ends, l->ends, l->top);
	memcpy(new.next, l->next, l->top * sizeof(*l->next));
	lines_free(l);
	*l = new;
	lines_quiesce(l);
	return 0;
}
