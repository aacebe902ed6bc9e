/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A route table of one family, as the program reads it: longest match to a hop index. Plain
 * memory, no kernel calls; the memory belongs to the caller (the mmap of routes4 or routes6),
 * the bookkeeping beside it to the trie. One writer; programs may read at any time and find,
 * for each address, the answer before or the answer after a change.
 *
 * What a change replaces goes into limbo, until the caller knows that no reader is left in it
 * and says so with trie_quiesce(). A caller that fills a table before it has readers says so every
 * thousand changes or so, else the limbo of a full table fills the memory.
 */
#ifndef XHOP_MAPS_TRIE_H
#define XHOP_MAPS_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include "maps/types.h"

struct trie;

struct trie_usage {
	size_t used;  /* bytes that readers can reach, and the root */
	size_t limbo; /* bytes that wait for trie_quiesce() */
	size_t size;  /* all bytes of the memory that the trie uses */
	__u64 prefixes;
};

/*
 * family: AF_INET or AF_INET6. mem: size bytes, page or line aligned; it is cleared.
 * NULL: no memory, another family, or size below trie_size_min().
 */
struct trie *trie_new(int family, void *mem, size_t size);
void trie_free(struct trie *t);

/*
 * addr: 4 or 16 bytes in network byte order, bits behind len are ignored. value: a hop index
 * below XHOP_CHILD, or XHOP_ASK, an answer as any other: it hides a shorter prefix's hop. A
 * prefix that is there gets the new value. 0, -EINVAL, -ENOMEM, or -ENOSPC: the memory is full;
 * if there is limbo, wait for the readers, call trie_quiesce() and try again, else trie_move().
 * Nothing changes on an error.
 */
int trie_set(struct trie *t, const void *addr, int len, __u32 value);
/* 0, -ENOENT, or what trie_set() returns: what was merged may part again and need memory. */
int trie_del(struct trie *t, const void *addr, int len);

/*
 * on: a change may wait, unseen by readers and by trie_get(), for those that follow: a sorted table
 * is filled several times as fast. Off again: all that waited is there. Memory never fails it.
 */
void trie_gather(struct trie *t, bool on);

/* What the program finds for an address, read from the memory as the program reads it. */
__u32 trie_get(const struct trie *t, const void *addr);
/* The value of exactly this prefix: 0, -EINVAL or -ENOENT. */
int trie_exact(const struct trie *t, const void *addr, int len, __u32 *value);

void trie_usage(const struct trie *t, struct trie_usage *u);
/* Every reader has left what was replaced before this call. */
void trie_quiesce(struct trie *t);

/*
 * Copies the table into other, larger memory (which is cleared first) and goes on there. The old
 * memory is left as it is, for readers that have not moved. 0, -EINVAL (smaller), -ENOMEM.
 */
int trie_move(struct trie *t, void *mem, size_t size);

/* Bytes for a full Internet table with headroom, and the least that trie_new() takes. */
size_t trie_size_default(int family);
size_t trie_size_min(int family);

#endif
