/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections of a listening socket: a fixed number at a time, each with a limit for silence, one
 * request answered after the other. Where accepting fails for want of files it pauses.
 */
#ifndef XHOP_USER_PEERS_H
#define XHOP_USER_PEERS_H

#include <event2/buffer.h>
#include <event2/event.h>
#include <stdbool.h>

#define PEERS 16

struct peers;
struct peer;

struct peers_ops {
	void *data;
	const char *what;	 /* for messages */
	unsigned int seconds;	 /* of silence, or of not taking an answer, until one is closed */
	bool evict;		 /* when all are taken the oldest one goes; else new ones wait */
	bool (*trusted)(int fd); /* NULL: all are */
	/*
	 * Something came in while no answer was on its way: take a whole request from `in` and give
	 * peer_answer(), or leave it there and wait for more, or peer_close().
	 */
	void (*request)(void *data, struct peer *peer, struct evbuffer *in);
};

/* fd: listens; it is closed in the end, and on failure. NULL: no memory. */
struct peers *peers_new(struct event_base *base, int fd, const struct peers_ops *ops);
void peers_free(struct peers *peers);

/* Moves what is in `answer`. last: closed when it is out. */
void peer_answer(struct peer *peer, struct evbuffer *answer, bool last);
void peer_close(struct peer *peer);

#endif
