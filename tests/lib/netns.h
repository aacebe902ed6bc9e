/*
 * netns: named network namespaces that are gone when the program is, also after a signal.
 * Names are PREFIX<pid>-NAME and stand in /run/netns, so `ip netns exec` and `ip -n` work on them.
 * Namespaces that dead programs with the same prefix left behind are removed at netns_init().
 * Functions return 0 or -errno; what a command wrote is in netns_output().
 */
#ifndef TESTS_LIB_NETNS_H
#define TESTS_LIB_NETNS_H

#include <stdbool.h>

struct netns {
	char name[32];
	int fd;
};

/* Installs the clean-up (atexit, SIGINT, SIGTERM, SIGHUP). PREFIX of at most 4 letters. */
int netns_init(const char *prefix);
/* After fork(): forgets the parent's namespaces, so that only the parent deletes them. */
void netns_forget(void);

int netns_add(struct netns *ns, const char *name);
void netns_del(struct netns *ns);

/* Makes NS the calling process's namespace; netns_leave() goes back to where the program began. */
int netns_enter(const struct netns *ns);
void netns_leave(void);

/*
 * Runs a shell script (sh -e) in NS, NULL for the program's own; at most 60 s. -EIO when it fails.
 */
int netns_sh(const struct netns *ns, const char *script, ...) __attribute__((format(printf, 2, 3)));
/* What the last netns_sh() wrote to stdout and stderr. */
const char *netns_output(void);
/* Starts a command that lives until netns_stop() or the program's end. Returns its pid. */
int netns_spawn(const struct netns *ns, const char *command, ...)
	__attribute__((format(printf, 2, 3)));
void netns_stop(int pid);

/*
 * A raw packet socket on IFNAME, or -errno: sends frames out of it and sees all that it receives,
 * not what it sends. The caller closes it.
 */
int netns_socket(const struct netns *ns, const char *ifname);

#endif
