/*
 * Namespaces, commands in them and sockets on their devices. What has to be undone stands in two
 * small static tables, so that a signal handler can undo it with system calls alone.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/netns.h"

#define NETNS_DIR      "/run/netns/"
#define NETNS_MAX      16
#define SPAWN_MAX      8
#define SCRIPT_SECONDS 60

static char prefix[8];
static char paths[NETNS_MAX][64];
static int spawned[SPAWN_MAX];
static int home = -1;
static char output[16384];

/* Only what is async-signal-safe. */
static void cleanup(void)
{
	int i;

	for (i = 0; i < SPAWN_MAX; i++)
		if (spawned[i])
			kill(-spawned[i], SIGKILL);
	for (i = 0; i < NETNS_MAX; i++) {
		if (!paths[i][0])
			continue;
		umount2(paths[i], MNT_DETACH);
		unlink(paths[i]);
		paths[i][0] = '\0';
	}
}

static void on_signal(int sig)
{
	cleanup();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void sweep(void)
{
	DIR *dir = opendir(NETNS_DIR);
	struct dirent *e;
	char path[300];
	int pid;

	while (dir && (e = readdir(dir))) {
		if (strncmp(e->d_name, prefix, strlen(prefix)) ||
		    sscanf(e->d_name + strlen(prefix), "%d-", &pid) != 1 || !kill(pid, 0))
			continue;
		snprintf(path, sizeof(path), NETNS_DIR "%s", e->d_name);
		umount2(path, MNT_DETACH);
		unlink(path);
	}
	if (dir)
		closedir(dir);
}

int netns_init(const char *start)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	unsigned int i;

	if (strlen(start) > 4)
		return -EINVAL;
	strcpy(prefix, start);
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0)
		return -errno;
	sweep();
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], on_signal);
	return atexit(cleanup) ? -ENOMEM : 0;
}

void netns_forget(void)
{
	memset(paths, 0, sizeof(paths));
	memset(spawned, 0, sizeof(spawned));
}

int netns_add(struct netns *ns, const char *name)
{
	int i, err;

	for (i = 0; i < NETNS_MAX && paths[i][0]; i++)
		;
	if (i == NETNS_MAX)
		return -ENOSPC;
	snprintf(ns->name, sizeof(ns->name), "%s%d-%s", prefix, getpid(), name);
	snprintf(paths[i], sizeof(paths[i]), NETNS_DIR "%s", ns->name);
	err = netns_sh(NULL, "ip netns add %s", ns->name);
	if (err)
		return err;
	ns->fd = open(paths[i], O_RDONLY | O_CLOEXEC);
	return ns->fd < 0 ? -errno : 0;
}

void netns_del(struct netns *ns)
{
	char path[64];
	int i;

	if (!ns->name[0])
		return;
	close(ns->fd);
	snprintf(path, sizeof(path), NETNS_DIR "%s", ns->name);
	umount2(path, MNT_DETACH);
	unlink(path);
	for (i = 0; i < NETNS_MAX; i++)
		if (!strcmp(paths[i], path))
			paths[i][0] = '\0';
	ns->name[0] = '\0';
}

int netns_enter(const struct netns *ns)
{
	return setns(ns->fd, CLONE_NEWNET) ? -errno : 0;
}

void netns_leave(void)
{
	if (setns(home, CLONE_NEWNET))
		abort();
}

const char *netns_output(void)
{
	return output;
}

/* Forks a shell in NS in a process group of its own, its output going to OUT. */
static int start_shell(const struct netns *ns, const char *script, int out)
{
	int pid = fork(), null;

	if (pid < 0)
		return -errno;
	setpgid(pid, 0);
	if (pid)
		return pid;
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(out < 0 ? null : out, 1);
	dup2(out < 0 ? null : out, 2);
	if (ns && netns_enter(ns))
		_exit(126);
	execl("/bin/sh", "sh", "-e", "-c", script, NULL);
	_exit(127);
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Collects what the script writes; false when its time is up. */
static bool read_output(int fd, long long deadline)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char drop[512];
	size_t used = 0, room;
	ssize_t n;

	for (;;) {
		n = poll(&p, 1, (int)(deadline - now_ms() > 0 ? deadline - now_ms() : 0));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		room = sizeof(output) - 1 - used;
		n = read(fd, room ? output + used : drop, room ? room : sizeof(drop));
		if (n <= 0)
			return true;
		used += room ? (size_t)n : 0;
		output[used] = '\0';
	}
}

static int run_script(const struct netns *ns, const char *script)
{
	int out[2], pid, status;
	bool done;

	output[0] = '\0';
	if (pipe2(out, O_CLOEXEC))
		return -errno;
	pid = start_shell(ns, script, out[1]);
	close(out[1]);
	if (pid < 0) {
		close(out[0]);
		return pid;
	}
	done = read_output(out[0], now_ms() + SCRIPT_SECONDS * 1000);
	if (!done)
		kill(-pid, SIGKILL);
	close(out[0]);
	if (waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	if (!done)
		return -ETIMEDOUT;
	return status ? -EIO : 0;
}

int netns_sh(const struct netns *ns, const char *script, ...)
{
	char *text = NULL;
	va_list ap;
	int err;

	va_start(ap, script);
	err = vasprintf(&text, script, ap);
	va_end(ap);
	if (err < 0)
		return -ENOMEM;
	err = run_script(ns, text);
	free(text);
	return err;
}

int netns_spawn(const struct netns *ns, const char *command, ...)
{
	char *text = NULL;
	va_list ap;
	int i, pid;

	for (i = 0; i < SPAWN_MAX && spawned[i]; i++)
		;
	if (i == SPAWN_MAX)
		return -ENOSPC;
	va_start(ap, command);
	pid = vasprintf(&text, command, ap);
	va_end(ap);
	if (pid < 0)
		return -ENOMEM;
	pid = start_shell(ns, text, -1);
	free(text);
	if (pid > 0)
		spawned[i] = pid;
	return pid;
}

void netns_stop(int pid)
{
	int i;

	if (pid <= 0)
		return;
	kill(-pid, SIGTERM);
	for (i = 0; i < 200 && waitpid(pid, NULL, WNOHANG) == 0; i++)
		usleep(10000);
	if (i == 200) {
		kill(-pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	for (i = 0; i < SPAWN_MAX; i++)
		if (spawned[i] == pid)
			spawned[i] = 0;
}

static int open_socket(const char *ifname)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int one = 1, size = 4 << 20, err;
	/* Protocol 0 receives nothing until the bind: no frame of another device slips in. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	at.sll_ifindex = if_nametoindex(ifname);
	if (!at.sll_ifindex ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at))) {
		err = -errno;
		close(fd);
		return err ? err : -ENODEV;
	}
	return fd;
}

int netns_socket(const struct netns *ns, const char *ifname)
{
	int fd = netns_enter(ns);

	if (fd)
		return fd;
	fd = open_socket(ifname);
	netns_leave();
	return fd;
}
