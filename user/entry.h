/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Static routes and neighbours as words: read, checked and printed the same way wherever they
 * come from (command line, file, socket). No system calls.
 */
#ifndef XHOP_USER_ENTRY_H
#define XHOP_USER_ENTRY_H

#include <linux/types.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include "user/args.h"

struct entry_route {
	__u8 family, len, via_family;
	__u8 addr[16], via[16];
	__u32 mtu; /* 0: none */
	char dev[IFNAMSIZ];
};

struct entry_neigh {
	__u8 family;
	__u8 addr[16], lladdr[6];
	char dev[IFNAMSIZ];
};

#define ENTRY_TEXT 64 /* room for a prefix or an address */

/* Why something was refused. */
struct entry_why {
	char text[240];
};
int entry_refuse(struct entry_why *why, const char *fmt, ...)
	__attribute__((format(printf, 2, 3))); /* -EINVAL */

/* PREFIX, "default" or an address; family: AF_UNSPEC for either. 0 or -EINVAL. */
int entry_prefix(const char *word, int family, struct entry_route *route, struct entry_why *why);
int entry_address(const char *word, int family, __u8 addr[16], __u8 *family_found);
bool entry_device(const char *word);

bool entry_same_prefix(const struct entry_route *a, const struct entry_route *b);

/* false: addresses that no router forwards to (multicast, loopback, link-local). */
bool entry_forwardable(const struct entry_route *route);

/* The parts as words; what is missing is NULL. 0 or -EINVAL. */
struct entry_words {
	const char *object; /* prefix or address */
	const char *via, *dev, *mtu, *lladdr;
};
int entry_route_read(const struct entry_words *words, struct entry_route *route,
		     struct entry_why *why);
int entry_neigh_read(const struct entry_words *words, struct entry_neigh *neigh,
		     struct entry_why *why);

/* `PREFIX via ADDR dev DEV [mtu N]` and `ADDR lladdr MAC dev DEV`, in any order behind the first.
 */
int entry_words_route(struct args *args, struct entry_route *route, struct entry_why *why);
int entry_words_neigh(struct args *args, struct entry_neigh *neigh, struct entry_why *why);
/* Of `del`: the object only; dev is optional for a route. */
int entry_words_gone(struct args *args, bool route, struct entry_words *words,
		     struct entry_why *why);

void entry_prefix_text(int family, const __u8 *addr, int len, char text[ENTRY_TEXT]);
void entry_mac_text(const __u8 lladdr[6], char text[ENTRY_TEXT]);

#endif
