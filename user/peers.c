// SPDX-License-Identifier: GPL-2.0
/* Connections of a listening socket: see peers.h. */
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "user/log.h"
#include "user/peers.h"

#define INPUT_MAX     (1u << 20) /* bytes that are read ahead */
#define PAUSE_SECONDS 1		 /* when no connection can be accepted */
#define SAY_SECONDS   60	 /* between two words about that */

struct peer {
	struct peers *peers;
	struct bufferevent *bev; /* NULL: free */
	unsigned long number;	 /* in the order of their coming */
	bool busy;		 /* an answer is on its way */
	bool last;		 /* and it is the last one */
};

struct peers {
	struct peers_ops ops;
	struct evconnlistener *listener;
	struct event *again;
	time_t said;
	unsigned long numbers;
	struct peer list[PEERS];
};

void peer_close(struct peer *peer)
{
	bufferevent_free(peer->bev);
	peer->bev = NULL;
	peer->busy = false;
	if (!event_pending(peer->peers->again, EV_TIMEOUT, NULL))
		evconnlistener_enable(peer->peers->listener);
}

void peer_answer(struct peer *peer, struct evbuffer *answer, bool last)
{
	peer->busy = true;
	peer->last = last;
	if (bufferevent_write_buffer(peer->bev, answer))
		peer_close(peer);
}

/* Whoever asked has closed the connection, and is not to have what was asked for. */
static bool is_gone(const struct peer *peer)
{
	struct pollfd fd = {.fd = bufferevent_getfd(peer->bev)};

	return poll(&fd, 1, 0) == 1 && fd.revents & (POLLHUP | POLLERR);
}

static void on_read(struct bufferevent *bev, void *data)
{
	struct peer *peer = data;
	const struct peers_ops *ops = &peer->peers->ops;

	if (peer->busy)
		return;
	if (is_gone(peer))
		peer_close(peer);
	else
		ops->request(ops->data, peer, bufferevent_get_input(bev));
}

/* The answer is out: is there another request? */
static void on_written(struct bufferevent *bev, void *data)
{
	struct peer *peer = data;

	if (peer->busy && peer->last) {
		peer_close(peer);
		return;
	}
	peer->busy = false;
	if (evbuffer_get_length(bufferevent_get_input(bev)))
		on_read(bev, peer);
}

static void on_event(struct bufferevent *bev, short what, void *data)
{
	(void)bev;
	(void)what;
	peer_close(data);
}

/* The oldest one, rather one that has asked for nothing. */
static struct peer *oldest(struct peers *peers)
{
	struct peer *found = &peers->list[0];

	for (int i = 1; i < PEERS; i++) {
		struct peer *peer = &peers->list[i];

		if (peer->busy != found->busy ? !peer->busy : peer->number < found->number)
			found = peer;
	}
	return found;
}

static struct peer *unused(struct peers *peers)
{
	for (int i = 0; i < PEERS; i++) {
		if (!peers->list[i].bev)
			return &peers->list[i];
	}
	return NULL;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *addr,
		      int len, void *data)
{
	struct peers *peers = data;
	const struct timeval patience = {.tv_sec = peers->ops.seconds};
	struct peer *peer;

	(void)addr;
	(void)len;
	if (peers->ops.trusted && !peers->ops.trusted(fd)) {
		close(fd);
		return;
	}
	peer = unused(peers);
	if (!peer) { /* only with evict */
		peer = oldest(peers);
		peer_close(peer);
	}
	peer->bev = bufferevent_socket_new(evconnlistener_get_base(listener), fd,
					   BEV_OPT_CLOSE_ON_FREE);
	if (!peer->bev) {
		close(fd);
		return;
	}
	peer->peers = peers;
	peer->number = peers->numbers++;
	peer->busy = peer->last = false;
	if (!peers->ops.evict && !unused(peers))
		evconnlistener_disable(listener);
	bufferevent_setcb(peer->bev, on_read, on_written, on_event, peer);
	bufferevent_setwatermark(peer->bev, EV_READ, 0, INPUT_MAX);
	bufferevent_set_timeouts(peer->bev, &patience, &patience);
	if (bufferevent_enable(peer->bev, EV_READ | EV_WRITE))
		peer_close(peer);
}

/* No file is free, or no memory: what waits in the queue would wake us for ever. */
static void on_refused(struct evconnlistener *listener, void *data)
{
	const struct timeval pause = {.tv_sec = PAUSE_SECONDS};
	int err = EVUTIL_SOCKET_ERROR();
	struct peers *peers = data;
	struct timespec now;

	evconnlistener_disable(listener);
	event_add(peers->again, &pause);
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (peers->said && now.tv_sec - peers->said < SAY_SECONDS)
		return;
	peers->said = now.tv_sec;
	log_error("%s: cannot accept connections: %s (tried again every second; prlimit --pid %d "
		  "--nofile shows how many files may be open)",
		  peers->ops.what, strerror(err), (int)getpid());
}

static void on_again(evutil_socket_t fd, short what, void *data)
{
	struct peers *peers = data;

	(void)fd;
	(void)what;
	if (peers->ops.evict || unused(peers))
		evconnlistener_enable(peers->listener);
}

struct peers *peers_new(struct event_base *base, int fd, const struct peers_ops *ops)
{
	struct peers *peers = calloc(1, sizeof(*peers));

	if (peers) {
		peers->ops = *ops;
		peers->again = event_new(base, -1, 0, on_again, peers);
	}
	if (peers && peers->again)
		peers->listener =
			evconnlistener_new(base, on_accept, peers,
					   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (peers && peers->listener) {
		evconnlistener_set_error_cb(peers->listener, on_refused);
		return peers;
	}
	close(fd);
	if (peers && peers->again)
		event_free(peers->again);
	free(peers);
	return NULL;
}

void peers_free(struct peers *peers)
{
	if (!peers)
		return;
	for (int i = 0; i < PEERS; i++) {
		if (peers->list[i].bev)
			peer_close(&peers->list[i]);
	}
	evconnlistener_free(peers->listener);
	event_free(peers->again);
	free(peers);
}
