/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The daemon's socket, root's alone, one a network namespace: one JSON object a line each way.
 * A client's next request is read only once the answer to its last is sent.
 */
#ifndef XHOP_USER_CONTROL_H
#define XHOP_USER_CONTROL_H

#include <event2/event.h>
#include <jansson.h>
#include <linux/types.h>
#include <stdbool.h>
#include <time.h>

#define CONTROL_LINE  (1u << 20) /* bytes of a request */
#define CONTROL_BATCH 1000	 /* routes of one request or answer */
#define CONTROL_IDLE  30	 /* seconds without a request until the daemon hangs up */

struct control;

/* The answer to a request, which may be any object: a new reference. */
typedef json_t *(*control_handler)(void *data, const json_t *request);

/* Prints its own error. NULL: not possible. Removes a socket that a dead daemon has left. */
struct control *control_new(struct event_base *base, __u64 cookie, control_handler handler,
			    void *data);
void control_free(struct control *control);

/*
 * The other side, blocking. A daemon that fills its maps answers {"wait": what for}: it is asked
 * again; one that says nothing for a while is given up. Between two questions there may be any
 * time.
 */
struct client {
	const char *command; /* for messages */
	int fd;
	int pid;	 /* the daemon's */
	time_t answered; /* when it did so last */
	char *buf;
	size_t used, room;
};

/* The daemon of this network namespace. Prints its own error. 0, or -errno (-ENOENT: none). */
int client_open(struct client *client, const char *command);
void client_close(struct client *client);
/* A daemon listens in this network namespace. Says nothing. */
bool client_there(void);

/*
 * Takes the reference to request. The answer; NULL: an error, which is printed, and *status is an
 * exit status.
 */
json_t *client_ask(struct client *client, json_t *request, int *status);

/*
 * Both in one, without a word, for what the daemon is not needed for. Takes the reference. NULL: no
 * answer within so many ms. *pid: the daemon's, 0: there is none.
 */
json_t *client_try(json_t *request, unsigned int ms, int *pid);

#endif
