/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A router in a namespace with a mirror of its FIB, and the kernel's own answers to compare with.
 * One lab a process. The functions end the program when the lab itself fails.
 */
#ifndef TESTS_MIRROR_LAB_H
#define TESTS_MIRROR_LAB_H

#include "tests/lib/netns.h"
#include "user/mirror.h"

#define LAB_DEVS  4
#define LAB_HOPS  64 /* gateways: 10.DEV.0.N and fd00:DEV::N, N = 2 to 17 */
#define LAB_CLASS 4096

struct lab {
	struct netns ns, peer;
	struct mirror *mirror;
	struct trie *trie[2];
	void *memory[2];
	struct xhop_generation generation; /* published */
	bool valid[2];
	bool stale[2];
	int went_stale;		     /* times */
	long start_us;		     /* what mirror_start() took */
	struct xhop_generation bump; /* is added to the kernel's generation */
	int busy;		     /* so many times it cannot be read */
	void (*link)(__u32 ifindex, bool up);
	void (*step)(void); /* of the first dump, each of them */
	int rules6;	    /* times that the IPv6 rules were read */
	unsigned long compared, asked, needless, wrong;
	unsigned long moved; /* the FIB, before the maps were found to differ */
};

extern struct lab lab;

void lab_init(void);
/* A mirror from nothing; buffer: of its event socket, 0: default. */
int lab_mirror(unsigned int buffer);
void lab_end(void);

/* Reads the kernel's generation of the current namespace. */
int lab_generation(void *data, struct xhop_generation *generation);

/* The kernel's FIB is not the one that was published: the program would not look at the maps. */
bool lab_moved(int family);

/* Events, resyncs and sync until both families are published and no resync is wanted. */
bool lab_settle(int ms);
/* As lab_settle(), but no resync: what the maps say right after a change. */
void lab_sync(void);

/* Lines for ip -batch, run by lab_run(); errors of single lines are ignored. */
void lab_add(const char *format, ...) __attribute__((format(printf, 1, 2)));
void lab_run(void);

/*
 * Compares the maps' answer for an address with the kernel's and counts it in lab. plain: asking
 * is needless where the kernel has one next hop. false: the maps say something else.
 */
bool lab_compare(int family, const __u8 *addr, bool plain);

#endif
