// SPDX-License-Identifier: GPL-2.0
/* The other side of the daemon's socket: see control.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "user/cmd.h"
#include "user/control.h"
#include "user/control_path.h"
#include "user/log.h"
#include "user/netns.h"

#define PATIENCE      10  /* seconds of silence until the daemon is given up */
#define FILL_PATIENCE 60  /* seconds that it may take to fill its maps */
#define FILL_MS	      200 /* between two questions meanwhile */

static int refused(int err, const char *command)
{
	if (err == -ENOENT || err == -ECONNREFUSED)
		log_error("%s: no daemon runs in this network namespace, and it is what has the "
			  "route maps (xhop run DEV...)",
			  command);
	else if (err == -EAGAIN)
		log_error("%s: the daemon takes no more questions: it hangs, or many are asked "
			  "(xhop show status tells how it is)",
			  command);
	else
		log_error("%s: the daemon's socket: %s%s", command, strerror(-err),
			  err == -EACCES ? " (needs root)" : "");
	return err == -ECONNREFUSED ? -ENOENT : err;
}

/* Who made the socket listen. */
static int peer_pid(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) ? 0 : cred.pid;
}

static int connect_within(struct client *client, unsigned int ms)
{
	const struct timeval patience = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	__u64 cookie;
	int err = netns_cookie(&cookie);

	client->fd = -1;
	if (err)
		return err;
	control_path(addr.sun_path, sizeof(addr.sun_path), cookie);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0)
		return -errno;
	setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(client->fd, (struct sockaddr *)&addr, sizeof(addr))) {
		err = -errno;
		client_close(client);
		return err;
	}
	client->pid = peer_pid(client->fd);
	return 0;
}

int client_open(struct client *client, const char *command)
{
	int err;

	*client = (struct client){.command = command};
	err = connect_within(client, PATIENCE * 1000);
	return err ? refused(err, command) : 0;
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

static int send_line(struct client *client, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	int err;

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

/* *reply: an object, a new reference. 0 or -errno (-EPROTO: another language). */
static int ask_once(struct client *client, const json_t *request, json_t **reply)
{
	ssize_t len = request ? send_line(client, request) : -ENOMEM;

	*reply = NULL;
	if (!len)
		len = receive_line(client);
	if (len < 0)
		return len;
	*reply = json_loadb(client->buf, len, 0, NULL);
	if (json_is_object(*reply))
		return 0;
	json_decref(*reply);
	*reply = NULL;
	return -EPROTO;
}

static void silent(const struct client *client, int err)
{
	if (err == -EAGAIN)
		log_error(
			"%s: the daemon, pid %d, has not answered for %d s (kill -CONT %d if it is "
			"stopped; else kill it and start xhop run again)",
			client->command, client->pid, PATIENCE, client->pid);
	else
		log_error("%s: the daemon, pid %d, does not answer: %s (xhop show status tells how "
			  "it is)",
			  client->command, client->pid,
			  err == -EPROTO ? "it speaks another language" : strerror(-err));
}

/* Until it has filled its maps, which is when it can do what it is asked. */
static int ask_until_filled(struct client *client, const json_t *request, json_t **reply)
{
	const struct timespec pause = {.tv_nsec = FILL_MS * 1000000};
	int err = ask_once(client, request, reply);

	for (int ms = 0; !err && json_object_get(*reply, "wait") && ms < FILL_PATIENCE * 1000;
	     ms += FILL_MS) {
		json_decref(*reply);
		nanosleep(&pause, NULL);
		err = ask_once(client, request, reply);
	}
	return err;
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Whoever reads what we print (a pager) may have taken longer than the daemon waits. */
static int open_again(struct client *client)
{
	const char *command = client->command;

	if (!client->answered || seconds() - client->answered < CONTROL_IDLE / 2)
		return 0;
	client_close(client);
	return client_open(client, command);
}

json_t *client_ask(struct client *client, json_t *request, int *status)
{
	const char *error, *wait;
	json_t *reply = NULL;
	int err;

	*status = EXIT_REFUSED;
	if (!request) {
		log_error("%s: words that are not UTF-8 cannot be told to the daemon",
			  client->command);
		return NULL;
	}
	if (open_again(client)) {
		json_decref(request);
		return NULL;
	}
	err = ask_until_filled(client, request, &reply);
	client->answered = seconds();
	json_decref(request);
	if (err) {
		silent(client, err);
		return NULL;
	}
	error = json_string_value(json_object_get(reply, "error"));
	wait = json_string_value(json_object_get(reply, "wait"));
	if (!error && !wait)
		return reply;
	if (wait)
		log_error("%s: the daemon, pid %d, is still %s (try again; xhop show status tells "
			  "how it is)",
			  client->command, client->pid, wait);
	else
		log_error("%s", error);
	if (json_integer_value(json_object_get(reply, "status")) == EXIT_USAGE)
		*status = EXIT_USAGE;
	json_decref(reply);
	return NULL;
}

json_t *client_try(json_t *request, unsigned int ms, int *pid)
{
	struct client client = {};
	json_t *reply = NULL;

	*pid = 0;
	if (!connect_within(&client, ms)) {
		*pid = client.pid;
		ask_once(&client, request, &reply);
		client_close(&client);
	}
	json_decref(request);
	return reply;
}

bool client_there(void)
{
	struct client client = {};
	int err = connect_within(&client, 1000);

	client_close(&client);
	return !err || err == -EAGAIN;
}
