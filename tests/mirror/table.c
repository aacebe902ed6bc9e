// SPDX-License-Identifier: GPL-2.0
/* A whole Internet table: figures, and the kernel's answer for many addresses. */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "tests/lib/tap.h"
#include "tests/mirror/cases.h"
#include "tests/mirror/lab.h"

#define RATE	5000 /* changes a second */
#define SECONDS 5
#define PROBES	2000

struct line {
	__u8 addr[16];
	__u8 family, len;
};

static struct line *lines;
static unsigned int count;

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void read_lines(const char *name)
{
	FILE *in = fopen(name, "r");
	unsigned int room = 0;
	char text[128], *slash;

	while (in && fgets(text, sizeof(text), in)) {
		struct line line = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};

		slash = strchr(text, '/');
		if (!slash)
			continue;
		*slash = 0;
		line.len = atoi(slash + 1);
		if (inet_pton(line.family, text, line.addr) != 1)
			continue;
		if (count == room) {
			room = room ? 2 * room : 4096;
			lines = realloc(lines, room * sizeof(*lines));
			if (!lines)
				abort();
		}
		lines[count++] = line;
	}
	if (in)
		fclose(in);
}

static int put_route(char *buf, const struct line *line, unsigned int hop, int flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	int size = line->family == AF_INET ? 4 : 16, dev = hop % LAB_DEVS, n = 2 + hop / LAB_DEVS;
	__u8 via4[4] = {10, dev, 0, n}, via6[16] = {0xfd, [3] = dev, [15] = n};
	struct rtmsg *rtm;

	nlh->nlmsg_type = RTM_NEWROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | flags;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = line->family;
	rtm->rtm_dst_len = line->len;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_BGP;
	rtm->rtm_type = RTN_UNICAST;
	mnl_attr_put(nlh, RTA_DST, size, line->addr);
	mnl_attr_put(nlh, RTA_GATEWAY, size, line->family == AF_INET ? via4 : via6);
	return nlh->nlmsg_len;
}

/* Sends routes [from, to) in batches; the kernel takes them before send() returns. */
static void load(struct mnl_socket *nl, unsigned int from, unsigned int to)
{
	static char buf[65536];
	unsigned int used = 0;

	for (unsigned int i = from; i < to; i++) {
		used += MNL_ALIGN(put_route(buf + used, &lines[i], random() % LAB_HOPS, 0));
		if (used > sizeof(buf) - 512 || i + 1 == to) {
			mnl_socket_sendto(nl, buf, used);
			used = 0;
		}
	}
}

/* CPU time of this process in user mode. */
static double user_seconds(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return r.ru_utime.tv_sec + r.ru_utime.tv_usec / 1e6;
}

static long rss_kib(void)
{
	char line[256];
	FILE *in = fopen("/proc/self/status", "r");
	long kib = 0;

	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	}
	if (in)
		fclose(in);
	return kib;
}

/* The kernel's part of a dump: received and thrown away. */
static double bare_dump(void)
{
	static char buf[65536];
	double began = seconds();

	for (int i = 0; i < 2; i++) {
		struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
		struct rtmsg *rtm;
		ssize_t len;

		nlh->nlmsg_type = RTM_GETROUTE;
		nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
		rtm->rtm_family = i ? AF_INET6 : AF_INET;
		mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID);
		mnl_socket_sendto(nl, nlh, nlh->nlmsg_len);
		do {
			len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		} while (len > 0 && ((struct nlmsghdr *)buf)->nlmsg_type != NLMSG_DONE);
		mnl_socket_close(nl);
	}
	return seconds() - began;
}

/* RATE changes a second of random prefixes, for SECONDS. */
static pid_t churn(void)
{
	pid_t pid = fork();
	struct mnl_socket *nl;
	double began;
	char buf[512];

	if (pid)
		return pid;
	netns_forget();
	nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID);
	began = seconds();
	for (unsigned int i = 0; i < RATE * SECONDS; i++) {
		int len = put_route(buf, &lines[random() % count], random() % LAB_HOPS,
				    NLM_F_REPLACE);

		mnl_socket_sendto(nl, buf, len);
		while (seconds() - began < (double)i / RATE)
			usleep(100);
	}
	_exit(0);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* From a change's return to the published generation that has it. */
static void latency(int family, const char *name)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	static double took[PROBES];
	unsigned int n = 0, syncs = 0;
	double end = seconds() + SECONDS - 1;
	char buf[512];

	mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID);
	while (n < PROBES && seconds() < end) {
		const struct line *line = &lines[random() % count];
		double began;

		if (line->family != family)
			continue;
		mnl_socket_sendto(nl, buf,
				  put_route(buf, line, random() % LAB_HOPS, NLM_F_REPLACE));
		began = seconds();
		do {
			lab_sync();
			syncs++;
			if (mirror_timeout(lab.mirror) == 0)
				mirror_resync_step(lab.mirror);
		} while (!lab.valid[family == AF_INET6] && seconds() < end);
		took[n++] = (seconds() - began) * 1e3;
		usleep(500);
	}
	mnl_socket_close(nl);
	qsort(took, n, sizeof(*took), by_value);
	if (n)
		tap_diag("%s: %u changes published, ms median %.3f, p99 %.3f, most %.3f, %.1f "
			 "syncs each",
			 name, n, took[n / 2], took[n * 99 / 100], took[n - 1], (double)syncs / n);
}

static void under_churn(int family, const char *name)
{
	struct mirror_stats before, after;
	pid_t pid = churn();

	mirror_stats(lab.mirror, &before);
	latency(family, name);
	waitpid(pid, NULL, 0);
	mirror_stats(lab.mirror, &after);
	tap_diag("meanwhile %llu events, %llu resyncs, %llu losses, %llu unexplained",
		 after.events - before.events, after.resyncs - before.resyncs,
		 after.losses - before.losses, after.unexplained - before.unexplained);
}

static void compare_table(unsigned int n)
{
	lab.compared = lab.asked = lab.needless = lab.wrong = 0;
	for (unsigned int i = 0; i < n; i++) {
		struct line line = lines[random() % count];
		int bits = line.family == AF_INET ? 32 : 128;

		for (int b = random() % 8 ? line.len : 3; b < bits; b++)
			line.addr[b / 8] ^= (random() % 2 * 0x80) >> b % 8;
		lab_compare(line.family, line.addr, true);
	}
	tap_result(!lab.wrong && !lab.needless, "the kernel's answer for random addresses");
	tap_diag("%lu compared, %lu asked, %lu needless, %lu wrong", lab.compared, lab.asked,
		 lab.needless, lab.wrong);
}

void case_table(const char *name, unsigned int addresses)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct trie_usage use[2];
	struct rib_usage u;
	double began, dump, user;
	long rss;

	read_lines(name);
	mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID);
	began = seconds();
	load(nl, 0, count);
	mnl_socket_close(nl);
	tap_diag("%u prefixes, loaded in %.1f s", count, seconds() - began);
	rss = rss_kib();
	for (int i = 0; i < 3; i++) {
		dump = bare_dump();
		user = user_seconds();
		if (!tap_result(lab_mirror(0) == 0, "filled"))
			return;
		tap_diag("dump and fill %.2f s, of that %.2f s in user mode; the dump alone %.2f s",
			 lab.start_us / 1e6, user_seconds() - user, dump);
	}
	rib_usage(mirror_rib(lab.mirror), &u);
	trie_usage(lab.trie[0], &use[0]);
	trie_usage(lab.trie[1], &use[1]);
	tap_diag("%llu + %llu routes, %llu classes; resident %ld KiB more than before, of that rib "
		 "%zu, tries' maps %zu",
		 u.routes[0], u.routes[1], u.classes, rss_kib() - rss, u.memory / 1024,
		 (use[0].used + use[1].used) / 1024);
	tap_result(lab_settle(20000), "published");
	compare_table(addresses);
	latency(AF_INET, "IPv4, quiet");
	latency(AF_INET6, "IPv6, quiet");
	under_churn(AF_INET, "IPv4, 5000 changes a second");
	under_churn(AF_INET6, "IPv6, 5000 changes a second");
	tap_result(lab_settle(20000), "published after the churn");
	compare_table(addresses);
}
