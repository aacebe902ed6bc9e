// SPDX-License-Identifier: GPL-2.0
/*
 * Which hash the kernel uses for its own IPv4 addresses, found out by trying: a child makes a
 * network namespace of its own, gives its loopback device some addresses, and asks a BPF program
 * which hash finds all of them. The namespace goes with the child.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "user/kernel.h"
#include "user/log.h"
#include "probe.skel.h"

#define ADDRESSES 4 /* 127.0.0.1 and what follows: hashes that agree on all are the same */

/* 127.0.0.(i + 1), network byte order. */
static in_addr_t address(int i)
{
	return htonl(INADDR_LOOPBACK + i);
}

static int addresses_set(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	for (int i = 0; i < ADDRESSES && !err; i++) {
		struct ifreq request = {};
		struct sockaddr_in *sin = (struct sockaddr_in *)&request.ifr_addr;

		snprintf(request.ifr_name, sizeof(request.ifr_name), "lo:%d", i);
		sin->sin_family = AF_INET;
		sin->sin_addr.s_addr = address(i);
		if (ioctl(fd, SIOCSIFADDR, &request))
			err = -errno;
	}
	close(fd);
	return err;
}

static int found_by(int prog_fd, in_addr_t addr)
{
	unsigned char frame[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = 1);

	memcpy(frame, &addr, sizeof(addr));
	return bpf_prog_test_run_opts(prog_fd, &opts) ? 0 : (int)opts.retval;
}

/* In the child: the bits of the hashes that find all addresses. */
static int child_ask(int prog_fd)
{
	int found = ~0;

	if (unshare(CLONE_NEWNET) || addresses_set())
		return 0;
	for (int i = 0; i < ADDRESSES; i++)
		found &= found_by(prog_fd, address(i));
	return found & 0xff;
}

static int ask(int prog_fd)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return 0;
	if (!pid)
		_exit(child_ask(prog_fd));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

enum xhop_addr_hash kernel_addr_hash(bool kfuncs)
{
	struct probe_bpf *skel = probe_bpf__open();
	enum xhop_addr_hash kind = XHOP_ADDR_HASH_UNKNOWN;
	struct xhop_config *config;
	int found = 0;

	if (!skel)
		return kind;
	config = (struct xhop_config *)&skel->rodata->config;
	config->has_kfuncs = kfuncs;
	if (!probe_bpf__load(skel))
		found = ask(bpf_program__fd(skel->progs.xhop_probe));
	probe_bpf__destroy(skel);
	for (int k = XHOP_ADDR_HASH_XOR; k <= XHOP_ADDR_HASH_PLAIN; k++) {
		if (found == 1 << k)
			kind = k;
	}
	log_debug("hash of the kernel's own addresses: kind %d (0: unknown, the FIB is asked)",
		  kind);
	return kind;
}
