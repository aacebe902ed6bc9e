// SPDX-License-Identifier: GPL-2.0
/* The other side of the daemon's socket: see control.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "user/cmd.h"
#include "user/control.h"
#include "user/control_path.h"
#include "user/log.h"
#include "user/netns.h"

#define PATIENCE 60 /* seconds that the daemon may take for an answer */

static int refused(int err, const char *command)
{
	if (err == -ENOENT || err == -ECONNREFUSED)
		log_error("%s: no daemon runs in this network namespace, and it is what has the "
			  "route maps (xhop run DEV...)",
			  command);
	else
		log_error("%s: the daemon's socket: %s%s", command, strerror(-err),
			  err == -EACCES ? " (needs root)" : "");
	return err == -ECONNREFUSED ? -ENOENT : err;
}

int client_open(struct client *client, const char *command)
{
	const struct timeval patience = {.tv_sec = PATIENCE};
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	__u64 cookie;
	int err = netns_cookie(&cookie);

	*client = (struct client){.fd = -1};
	if (err)
		return refused(err, command);
	control_path(addr.sun_path, sizeof(addr.sun_path), cookie);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0)
		return refused(-errno, command);
	setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(client->fd, (struct sockaddr *)&addr, sizeof(addr))) {
		err = -errno;
		client_close(client);
		return refused(err, command);
	}
	return 0;
}

void client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	free(client->buf);
	*client = (struct client){.fd = -1};
}

static int send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -errno;
		data += sent;
		len -= sent;
	}
	return 0;
}

static int send_line(struct client *client, json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	int err;

	json_decref(request);
	if (!text)
		return -ENOMEM;
	err = send_all(client->fd, text, strlen(text));
	if (!err)
		err = send_all(client->fd, "\n", 1);
	free(text);
	return err;
}

/* One line into client->buf. Its length, or -errno. */
static ssize_t receive_line(struct client *client)
{
	size_t room;
	char *grown;
	ssize_t got;

	client->used = 0;
	while (!client->used || client->buf[client->used - 1] != '\n') {
		if (client->used == client->room) {
			room = client->room ? 2 * client->room : 65536;
			grown = realloc(client->buf, room);
			if (!grown)
				return -ENOMEM;
			client->buf = grown;
			client->room = room;
		}
		got = recv(client->fd, client->buf + client->used, client->room - client->used, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : -ECONNRESET;
		client->used += got;
	}
	return client->used;
}

json_t *client_ask(struct client *client, json_t *request, int *status)
{
	ssize_t len = request ? send_line(client, request) : -ENOMEM;
	json_t *reply = NULL;
	const char *error;

	*status = EXIT_REFUSED;
	if (!len)
		len = receive_line(client);
	if (len > 0)
		reply = json_loadb(client->buf, len, 0, NULL);
	if (!json_is_object(reply)) {
		log_error("the daemon does not answer: %s (xhop show status tells how it is)",
			  len == -EAGAIN ? "it is busy"
			  : len < 0	 ? strerror(-len)
					 : "it speaks another language");
		json_decref(reply);
		return NULL;
	}
	error = json_string_value(json_object_get(reply, "error"));
	if (!error)
		return reply;
	log_error("%s", error);
	if (json_integer_value(json_object_get(reply, "status")) == EXIT_USAGE)
		*status = EXIT_USAGE;
	json_decref(reply);
	return NULL;
}

bool client_there(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	bool there = false;
	__u64 cookie;
	int fd;

	if (netns_cookie(&cookie))
		return false;
	control_path(addr.sun_path, sizeof(addr.sun_path), cookie);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		there = !connect(fd, (struct sockaddr *)&addr, sizeof(addr));
		close(fd);
	}
	return there;
}
