// SPDX-License-Identifier: GPL-2.0
/* The daemon's lock: see daemon_lock.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "user/control.h"
#include "user/daemon_lock.h"
#include "user/log.h"

static void lock_path(char *path, size_t size, __u64 cookie)
{
	snprintf(path, size, DAEMON_DIR "/%llu.lock", (unsigned long long)cookie);
}

int daemon_lock(__u64 cookie)
{
	struct stat here, there;
	char path[64], who[24] = "";
	int fd, err, pid;

	if (mkdir(DAEMON_DIR, 0700) && errno != EEXIST) {
		err = -errno;
		log_error("run: " DAEMON_DIR ": %s", strerror(-err));
		return err;
	}
	lock_path(path, sizeof(path), cookie);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		err = -errno;
		log_error("run: %s: %s", path, strerror(-err));
		return err;
	}
	/* Whoever had it may have removed the name meanwhile. */
	if (!flock(fd, LOCK_EX | LOCK_NB) && !fstat(fd, &here) && !stat(path, &there) &&
	    here.st_ino == there.st_ino)
		return fd;
	close(fd);
	json_decref(client_try(json_pack("{s:s}", "do", "status"), 100, &pid));
	if (pid)
		snprintf(who, sizeof(who), ", pid %d", pid);
	log_error("run: a daemon runs in this network namespace already%s (xhop show status tells "
		  "more)",
		  who);
	return -EBUSY;
}

void daemon_unlock(int lock, __u64 cookie)
{
	char path[64];

	lock_path(path, sizeof(path), cookie);
	unlink(path);
	close(lock);
}
