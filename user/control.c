// SPDX-License-Identifier: GPL-2.0
/* The daemon's socket: see control.h. */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "user/control.h"
#include "user/control_path.h"
#include "user/daemon_lock.h"

#define PEERS	     16
#define PEER_SECONDS 30 /* of silence, or of not taking an answer */

struct peer {
	struct control *control;
	struct bufferevent *bev; /* NULL: free */
	bool busy;		 /* an answer is on its way */
};

struct control {
	struct evconnlistener *listener;
	control_handler handler;
	void *data;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct peer peers[PEERS];
};

void control_path(char *path, size_t size, __u64 cookie)
{
	snprintf(path, size, DAEMON_DIR "/%llu.sock", (unsigned long long)cookie);
}

static void peer_close(struct peer *peer)
{
	bufferevent_free(peer->bev);
	peer->bev = NULL;
	peer->busy = false;
}

static void answer(struct peer *peer, json_t *object)
{
	struct evbuffer *out = bufferevent_get_output(peer->bev);
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	peer->busy = true;
	if (!text || evbuffer_add(out, text, strlen(text)) || evbuffer_add(out, "\n", 1)) {
		free(text);
		peer_close(peer);
		return;
	}
	free(text);
}

static void request(struct peer *peer, const char *line, size_t len)
{
	json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL), *reply;

	if (json_is_object(object))
		reply = peer->control->handler(peer->control->data, object);
	else
		reply = json_pack("{s:s, s:i}", "error", "not a JSON object", "status", 1);
	json_decref(object);
	answer(peer, reply);
}

static void on_read(struct bufferevent *bev, void *data)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct peer *peer = data;
	size_t len;
	char *line;

	if (peer->busy)
		return;
	line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);
	if (line) {
		request(peer, line, len);
		free(line);
	} else if (evbuffer_get_length(in) >= CONTROL_LINE) {
		peer_close(peer);
	}
}

/* The answer is out: is there another request? */
static void on_written(struct bufferevent *bev, void *data)
{
	struct peer *peer = data;

	peer->busy = false;
	on_read(bev, peer);
}

static void on_event(struct bufferevent *bev, short what, void *data)
{
	(void)bev;
	(void)what;
	peer_close(data);
}

static bool is_trusted(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	       (cred.uid == 0 || cred.uid == geteuid());
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *addr,
		      int len, void *data)
{
	const struct timeval patience = {.tv_sec = PEER_SECONDS};
	struct control *control = data;
	struct peer *peer = NULL;

	(void)addr;
	(void)len;
	for (int i = 0; i < PEERS && !peer; i++) {
		if (!control->peers[i].bev)
			peer = &control->peers[i];
	}
	if (peer && is_trusted(fd))
		peer->bev = bufferevent_socket_new(evconnlistener_get_base(listener), fd,
						   BEV_OPT_CLOSE_ON_FREE);
	if (!peer || !peer->bev) {
		close(fd);
		return;
	}
	peer->control = control;
	bufferevent_setcb(peer->bev, on_read, on_written, on_event, peer);
	bufferevent_setwatermark(peer->bev, EV_READ, 0, CONTROL_LINE);
	bufferevent_set_timeouts(peer->bev, &patience, &patience);
	if (bufferevent_enable(peer->bev, EV_READ | EV_WRITE))
		peer_close(peer);
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd, err;

	if (mkdir(DAEMON_DIR, 0700) && errno != EEXIST)
		return -errno;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	unlink(path); /* the daemon's lock is ours: nobody listens there */
	fchmod(fd, 0600);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || chmod(path, 0600) ||
	    listen(fd, PEERS)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

struct control *control_new(struct event_base *base, __u64 cookie, control_handler handler,
			    void *data)
{
	struct control *control = calloc(1, sizeof(*control));
	int fd;

	if (!control)
		return NULL;
	control->handler = handler;
	control->data = data;
	control_path(control->path, sizeof(control->path), cookie);
	fd = listen_at(control->path);
	if (fd >= 0)
		control->listener =
			evconnlistener_new(base, on_accept, control, LEV_OPT_CLOSE_ON_FREE, 0, fd);
	if (control->listener)
		return control;
	if (fd >= 0)
		close(fd);
	free(control);
	errno = fd < 0 ? -fd : ENOMEM;
	return NULL;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	for (int i = 0; i < PEERS; i++) {
		if (control->peers[i].bev)
			peer_close(&control->peers[i]);
	}
	unlink(control->path);
	evconnlistener_free(control->listener);
	free(control);
}
