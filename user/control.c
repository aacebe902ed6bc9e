// SPDX-License-Identifier: GPL-2.0
/* The daemon's socket: see control.h. */
#include <errno.h>
#include <fcntl.h>
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
#include "user/log.h"
#include "user/peers.h"

struct control {
	struct peers *peers;
	control_handler handler;
	void *data;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

void control_path(char *path, size_t size, __u64 cookie)
{
	snprintf(path, size, DAEMON_DIR "/%llu.sock", (unsigned long long)cookie);
}

static void answer(struct peer *peer, json_t *object)
{
	struct evbuffer *out = evbuffer_new();
	char *text;

	if (!object) /* the kernel takes any bytes as a device's name */
		object = json_pack("{s:s, s:i}", "error",
				   "the daemon's answer is not UTF-8 (a device's name?)", "status",
				   2);
	text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	if (!text || !out || evbuffer_add(out, text, strlen(text)) || evbuffer_add(out, "\n", 1))
		peer_close(peer);
	else
		peer_answer(peer, out, false);
	if (out)
		evbuffer_free(out);
	free(text);
}

static void on_request(void *data, struct peer *peer, struct evbuffer *in)
{
	const struct control *control = data;
	json_t *object, *reply;
	size_t len;
	char *line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);

	if (!line) {
		if (evbuffer_get_length(in) >= CONTROL_LINE)
			peer_close(peer);
		return;
	}
	object = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	free(line);
	if (json_is_object(object))
		reply = control->handler(control->data, object);
	else
		reply = json_pack("{s:s, s:i}", "error", "not a JSON object", "status", 1);
	json_decref(object);
	answer(peer, reply);
}

static bool is_trusted(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	       (cred.uid == 0 || cred.uid == geteuid());
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
		unlink(path);
		return err;
	}
	return fd;
}

struct control *control_new(struct event_base *base, __u64 cookie, control_handler handler,
			    void *data)
{
	struct control *control = calloc(1, sizeof(*control));
	const struct peers_ops ops = {
		.data = control,
		.what = "the control socket",
		.seconds = CONTROL_IDLE,
		.trusted = is_trusted,
		.request = on_request,
	};
	int fd = -ENOMEM;

	if (control) {
		control->handler = handler;
		control->data = data;
		control_path(control->path, sizeof(control->path), cookie);
		fd = listen_at(control->path);
	}
	if (fd >= 0)
		control->peers = peers_new(base, fd, &ops);
	if (control && control->peers)
		return control;
	log_error("run: %s: %s (the daemon makes its control socket there)",
		  control ? control->path : "control socket", strerror(fd < 0 ? -fd : ENOMEM));
	if (fd >= 0)
		unlink(control->path);
	free(control);
	return NULL;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	unlink(control->path);
	peers_free(control->peers);
	free(control);
}
