// SPDX-License-Identifier: GPL-2.0
/* Namespaces: see netns.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "user/log.h"
#include "user/netns.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* Linux 5.14 */
#endif

int netns_join(const char *name)
{
	char path[4096];
	int fd, err;

	if (strchr(name, '/'))
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err = errno;
		log_error("-n %s: %s (ip netns shows the names)", name,
			  err == ENOENT ? "no such network namespace" : strerror(err));
		return -err;
	}
	if (setns(fd, CLONE_NEWNET)) {
		err = errno;
		log_error("-n %s: cannot enter: %s%s", name,
			  err == EINVAL ? "not a network namespace" : strerror(err),
			  err == EPERM ? " (needs CAP_SYS_ADMIN)" : "");
		close(fd);
		return -err;
	}
	close(fd);
	return 0;
}

#define NAMES "/run/netns/"

bool netns_is(const char *name)
{
	struct stat own, there;
	char path[sizeof(NAMES) + NAME_MAX];

	if (!*name)
		return true;
	snprintf(path, sizeof(path), NAMES "%s", name);
	return !stat("/proc/thread-self/ns/net", &own) && !stat(path, &there) &&
	       own.st_ino == there.st_ino && own.st_dev == there.st_dev;
}

void netns_name(char *name, size_t size)
{
	DIR *dir = opendir(NAMES);
	struct dirent *entry;

	*name = '\0';
	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name == '.' || !netns_is(entry->d_name))
			continue;
		snprintf(name, size, "%s", entry->d_name);
		break;
	}
	if (dir)
		closedir(dir);
}

int netns_cookie(__u64 *cookie)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*cookie);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &len))
		err = -errno;
	close(fd);
	return err;
}

int netns_lock(void)
{
	/* The abstract names of unix sockets belong to the network namespace. */
	struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = "\0xhop-lock"};
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + sizeof("\0xhop-lock") - 1;
	struct timespec wait = {.tv_nsec = 20 * 1000 * 1000};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		log_error("lock: %s", strerror(errno));
		return -errno;
	}
	for (int tries = 0; tries < 500; tries++) {
		if (!bind(fd, (struct sockaddr *)&addr, len))
			return 0; /* stays open until the process ends */
		if (errno != EADDRINUSE)
			break;
		nanosleep(&wait, NULL);
	}
	if (errno == EADDRINUSE)
		log_error("another xhop has been changing this namespace's ports for 10 s "
			  "(ss -xa | grep xhop-lock shows that it is there)");
	else
		log_error("lock: %s", strerror(errno));
	close(fd);
	return -EBUSY;
}

/* Parent of a process, 0 if it cannot be told. */
static int parent_of(int pid)
{
	char path[64], line[512], *after;
	int parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	after = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL; /* behind the name */
	if (!after || sscanf(after, ") %*c %d", &parent) != 1)
		parent = 0;
	fclose(file);
	return parent;
}

static int mounts_open(int pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The mount namespace of process 1 or, if that is out of reach, of the eldest ancestor. */
static int mounts_of_host(void)
{
	int fd = mounts_open(1), one;

	if (fd >= 0)
		return fd;
	for (int pid = getppid(); pid > 1; pid = parent_of(pid)) {
		one = mounts_open(pid);
		if (one < 0)
			break;
		if (fd >= 0)
			close(fd);
		fd = one;
	}
	return fd;
}

int mounts_enter_host(void)
{
	struct stat own, host;
	int fd = mounts_of_host(), err = 0;

	if (fd < 0)
		return -EACCES;
	if (stat("/proc/self/ns/mnt", &own) || fstat(fd, &host))
		err = -errno;
	else if ((own.st_ino != host.st_ino || own.st_dev != host.st_dev) && setns(fd, CLONE_NEWNS))
		err = -errno;
	close(fd);
	return err;
}
