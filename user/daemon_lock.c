// SPDX-License-Identifier: GPL-2.0
/* The daemon's lock: see daemon_lock.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "user/control.h"
#include "user/control_path.h"
#include "user/daemon_lock.h"
#include "user/log.h"

/* One that was killed just now may not be gone yet, or one that starts elsewhere sweeps. */
#define TRIES	  20
#define PAUSE_MS  50
#define ANSWER_MS 100

static void lock_path(char *path, size_t size, __u64 cookie)
{
	snprintf(path, size, DAEMON_DIR "/%llu.lock", (unsigned long long)cookie);
}

/* The lock's fd, or -errno (-EBUSY: somebody has it, or has just removed it). */
static int lock_try(const char *path, int flags)
{
	struct stat here, there;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);

	if (fd < 0)
		return -errno;
	/* Whoever had it may have removed the name meanwhile. */
	if (!flock(fd, LOCK_EX | LOCK_NB) && !fstat(fd, &here) && !stat(path, &there) &&
	    here.st_ino == there.st_ino)
		return fd;
	close(fd);
	return -EBUSY;
}

/* Does the daemon that has the lock answer? *pid: its, 0 if it does not even listen. */
static bool is_alive(int *pid)
{
	json_t *says = client_try(json_pack("{s:s}", "do", "status"), ANSWER_MS, pid);
	bool alive = says;

	json_decref(says);
	return alive;
}

/* What daemons left here that were killed, in namespaces that may be gone as well. */
static void sweep(void)
{
	char lock[64], sock[64];
	const struct dirent *file;
	DIR *dir = opendir(DAEMON_DIR);
	__u64 cookie;
	int fd;

	while (dir && (file = readdir(dir))) {
		cookie = strtoull(file->d_name, NULL, 10);
		lock_path(lock, sizeof(lock), cookie);
		if (strcmp(lock + strlen(DAEMON_DIR "/"), file->d_name))
			continue;
		fd = lock_try(lock, 0);
		if (fd < 0)
			continue;
		control_path(sock, sizeof(sock), cookie);
		unlink(sock);
		daemon_unlock(fd, cookie);
	}
	if (dir)
		closedir(dir);
}

int daemon_lock(__u64 cookie)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000};
	char path[64], who[24] = "";
	int fd, pid = 0;

	if (mkdir(DAEMON_DIR, 0700) && errno != EEXIST) {
		fd = -errno;
		log_error("run: " DAEMON_DIR ": %s", strerror(-fd));
		return fd;
	}
	lock_path(path, sizeof(path), cookie);
	fd = lock_try(path, O_CREAT);
	for (int tries = 0; fd == -EBUSY && tries < TRIES && !is_alive(&pid); tries++) {
		nanosleep(&pause, NULL);
		fd = lock_try(path, O_CREAT);
	}
	if (fd >= 0) {
		sweep();
		return fd;
	}
	if (fd != -EBUSY) {
		log_error("run: %s: %s", path, strerror(-fd));
		return fd;
	}
	if (pid)
		snprintf(who, sizeof(who), ", pid %d", pid);
	log_error("run: a daemon runs in this network namespace already%s (xhop show status tells "
		  "more)",
		  who);
	return fd;
}

void daemon_unlock(int lock, __u64 cookie)
{
	char path[64];

	lock_path(path, sizeof(path), cookie);
	unlink(path);
	close(lock);
}
