// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "maps/node.h"

#define WORDS_MAX   128
#define DIRECT_MAX  (XHOP_RUN_WORD - 1)
#define PLAIN_LINES (NODE_SLOTS / XHOP_LINE)

static __u8 *bytes(const struct lines *l, __u32 node)
{
	return l->mem[node_first(node)].byte;
}

static __u32 *words(const struct lines *l, __u32 node)
{
	return l->mem[node_first(node)].word;
}

struct node_side *node_side(const struct lines *l, __u32 node)
{
	return (struct node_side *)(l->side + node_first(node) * sizeof(struct xhop_line));
}

__u8 *node_lens(const struct lines *l, __u32 node)
{
	return l->side + node_first(node) * sizeof(struct xhop_line) + sizeof(struct node_side);
}

static int first_word(int runs)
{
	return (XHOP_NODE_RUNS + runs + 3) / 4;
}

static int lines_for(int runs, int count)
{
	return (first_word(runs) + count + XHOP_LINE - 1) / XHOP_LINE;
}

int node_lines(const struct lines *l, __u32 node)
{
	struct node_side *side = node_side(l, node);

	return node & XHOP_PLAIN ? PLAIN_LINES : lines_for(side->runs, side->words);
}

void runs_one(struct runs *r, __u32 value, __u8 len)
{
	r->count = 1;
	r->start[0] = 0;
	r->value[0] = value;
	r->len[0] = len;
}

static void runs_add(struct runs *r, int start, __u32 value, __u8 len)
{
	int n = r->count;

	if (n && len != RUN_CHILD && r->len[n - 1] == len && r->value[n - 1] == value)
		return;
	r->start[n] = start;
	r->value[n] = value;
	r->len[n] = len;
	r->count++;
}

static int run_last(const struct runs *r, int i)
{
	return i + 1 < r->count ? r->start[i + 1] - 1 : NODE_SLOTS - 1;
}

static void runs_copy(struct runs *to, int at, const struct runs *from, int first, int count)
{
	memcpy(to->start + at, from->start + first, count);
	memcpy(to->len + at, from->len + first, count);
	memcpy(to->value + at, from->value + first, count * sizeof(*to->value));
}

void runs_change(const struct runs *old, struct runs *r, int first, int last,
		 const struct change *c)
{
	int i = old->count - 1; /* from the end: a table often comes in order */

	while (old->start[i] > first)
		i--;
	runs_copy(r, 0, old, 0, i);
	r->count = i;
	for (; i < old->count && old->start[i] <= last; i++) {
		int start = old->start[i], end = run_last(old, i);

		if (c->match && !change_hits(c, old->len[i])) {
			runs_add(r, start, old->value[i], old->len[i]);
			continue;
		}
		if (start < first)
			runs_add(r, start, old->value[i], old->len[i]);
		runs_add(r, start < first ? first : start, c->value, c->len);
		if (end > last)
			runs_add(r, last + 1, old->value[i], old->len[i]);
	}
	if (i == old->count)
		return;
	runs_add(r, old->start[i], old->value[i], old->len[i]);
	i++;
	runs_copy(r, r->count, old, i, old->count - i);
	r->count += old->count - i;
}

void runs_put(const struct runs *old, struct runs *r, int slot, __u32 value, __u8 len)
{
	struct change always = {.value = value, .len = len};

	runs_change(old, r, slot, slot, &always);
}

static void read_plain(const struct lines *l, __u32 node, struct runs *r)
{
	__u8 *len = node_lens(l, node);

	for (int i = 0; i < NODE_SLOTS; i++)
		runs_add(r, i, words(l, node)[i], len[i]);
}

void node_read(const struct lines *l, __u32 node, struct runs *r)
{
	__u8 *byte = bytes(l, node), code;
	__u32 *word = words(l, node) + byte[XHOP_NODE_WORDS];

	r->count = 0;
	if (node & XHOP_PLAIN) {
		read_plain(l, node, r);
		return;
	}
	for (int w = 0; w < NODE_SLOTS / 64; w++) {
		__u64 bits = l->mem[node_first(node)].bits[w];

		for (; bits; bits &= bits - 1)
			r->start[r->count++] = w * 64 + __builtin_ctzll(bits);
	}
	memcpy(r->len, node_lens(l, node), r->count);
	for (int i = 0; i < r->count; i++) {
		code = byte[XHOP_NODE_RUNS + i];
		r->value[i] = code & XHOP_RUN_WORD ? word[code & DIRECT_MAX] : code;
	}
}

static void encode_plain(const struct runs *r, struct node_image *image)
{
	__u32 *word = image->line[0].word;

	image->lines = PLAIN_LINES;
	image->flags = XHOP_CHILD | XHOP_PLAIN;
	image->head.runs = NODE_SLOTS;
	image->head.words = 0;
	for (int i = 0; i < r->count; i++) {
		for (int slot = r->start[i]; slot <= run_last(r, i); slot++) {
			word[slot] = r->value[i];
			image->len[slot] = r->len[i];
		}
	}
}

/* A word for each child and each hop index that is too large; -1: more than a byte can count. */
static int encode_words(const struct runs *r, __u8 *codes, __u32 *word)
{
	__u8 seen[256] = {}; /* by a hash of the value: its word + 1; equal values may miss it */
	int count = 0;

	for (int i = 0; i < r->count; i++) {
		__u32 value = r->value[i];
		__u8 *hint = &seen[value * 0x9e3779b1u >> 24];

		if (value <= DIRECT_MAX) {
			codes[i] = value;
		} else if (r->len[i] != RUN_CHILD && *hint && word[*hint - 1] == value) {
			codes[i] = XHOP_RUN_WORD | (*hint - 1);
		} else if (count == WORDS_MAX) {
			return -1;
		} else {
			word[count] = value;
			codes[i] = XHOP_RUN_WORD | count++;
			if (r->len[i] != RUN_CHILD)
				*hint = count;
		}
	}
	return count;
}

void node_encode(const struct runs *r, struct node_image *image)
{
	__u8 *byte = image->line[0].byte; /* of all lines */
	__u32 *word = image->line[0].word;
	int first = first_word(r->count), count;

	count = encode_words(r, byte + XHOP_NODE_RUNS, word + first);
	if (count < 0) {
		encode_plain(r, image);
		return;
	}
	image->lines = lines_for(r->count, count);
	image->flags = XHOP_CHILD;
	image->head.runs = r->count;
	image->head.words = count;
	memcpy(image->len, r->len, r->count);
	memset(byte, 0, XHOP_NODE_RANKS);
	for (int i = 0; i < r->count; i++)
		image->line[0].bits[r->start[i] / 64] |= 1ull << r->start[i] % 64;
	for (int w = 0, before = 0; w < NODE_SLOTS / 64; w++) {
		byte[XHOP_NODE_RANKS + w] = before;
		before += __builtin_popcountll(image->line[0].bits[w]);
	}
	byte[XHOP_NODE_WORDS] = first;
}

__u32 node_write(struct lines *l, __u32 first, const struct node_image *image)
{
	__u32 node = image->flags | first;

	memcpy(&l->mem[first], image->line, image->lines * sizeof(struct xhop_line));
	*node_side(l, node) = image->head;
	memcpy(node_lens(l, node), image->len, image->head.runs);
	return node;
}

static int run_of(const struct lines *l, __u32 node, int slot)
{
	__u64 bits = l->mem[node_first(node)].bits[slot / 64] << (~slot & 63);

	return bytes(l, node)[XHOP_NODE_RANKS + slot / 64] + __builtin_popcountll(bits) - 1;
}

__u32 *node_slot(const struct lines *l, __u32 node, int slot, __u32 *value)
{
	__u32 *word = words(l, node);
	__u8 code;

	if (node & XHOP_PLAIN) {
		word += slot;
	} else {
		code = __atomic_load_n(&bytes(l, node)[XHOP_NODE_RUNS + run_of(l, node, slot)],
				       __ATOMIC_ACQUIRE);
		if (!(code & XHOP_RUN_WORD)) {
			*value = code;
			return NULL;
		}
		word += bytes(l, node)[XHOP_NODE_WORDS] + (code & DIRECT_MAX);
	}
	*value = __atomic_load_n(word, __ATOMIC_ACQUIRE);
	return word;
}

__u8 node_slot_len(const struct lines *l, __u32 node, int slot)
{
	return node_lens(l, node)[node & XHOP_PLAIN ? slot : run_of(l, node, slot)];
}

int node_code(const struct lines *l, __u32 node, __u32 value)
{
	__u32 *word = words(l, node) + bytes(l, node)[XHOP_NODE_WORDS];
	int count = node_side(l, node)->words;

	if (value <= DIRECT_MAX)
		return value;
	for (int i = 0; i < count; i++)
		if (word[i] == value)
			return XHOP_RUN_WORD | i;
	return -1;
}

void node_set_run(struct lines *l, __u32 node, int run, __u8 code, __u8 len)
{
	node_lens(l, node)[run] = len;
	__atomic_store_n(&bytes(l, node)[XHOP_NODE_RUNS + run], code, __ATOMIC_RELEASE);
}

void node_set_slot(struct lines *l, __u32 node, int slot, __u32 value, __u8 len)
{
	node_lens(l, node)[slot] = len;
	__atomic_store_n(&words(l, node)[slot], value, __ATOMIC_RELEASE);
}
