// SPDX-License-Identifier: GPL-2.0
/* The lab: see lab.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "tests/mirror/lab.h"
#include "tests/lib/tap.h"
#include "user/generation.h"
#include "user/rib_table.h"
#include "user/rtmsg.h"

struct lab lab;

static struct generation *generation_program;
static struct mnl_socket *ask;
static FILE *batch;
static char batch_name[64];

static void die(const char *what)
{
	tap_bail("%s: %s\n%s", what, strerror(errno), netns_output());
	exit(1);
}

void lab_init(void)
{
	struct kernel kernel;
	if (netns_init("mir") < 0 || netns_add(&lab.ns, "r") < 0 || netns_add(&lab.peer, "p") < 0)
		die("namespaces");
	for (int i = 0; i < LAB_DEVS; i++) {
		if (netns_sh(&lab.ns,
			     "ip link add d%d type veth peer name p%d netns %s\n"
			     "ip addr add 10.%d.0.1/24 dev d%d\n"
			     "ip addr add fd00:%d::1/64 dev d%d nodad\n"
			     "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1\n"
			     "sysctl -qw net.ipv6.route.max_size=10000000\n"
			     "ip link set d%d up\nip link set lo up\n"
			     "ip -n %s link set p%d up\n",
			     i, i, lab.peer.name, i, i, i, i, i, lab.peer.name, i) < 0)
			die("devices");
	}
	usleep(200000); /* carriers and link-local addresses */
	generation_program = kernel_probe(&kernel) ? NULL : generation_open(&kernel);
	if (!generation_program)
		die("generation program");
	if (netns_enter(&lab.ns) < 0)
		die("enter");
	ask = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!ask || mnl_socket_bind(ask, 0, MNL_SOCKET_AUTOPID) < 0)
		die("netlink");
	snprintf(batch_name, sizeof(batch_name), "/tmp/mirror-batch.%d", getpid());
}

int lab_generation(void *data, struct xhop_generation *generation)
{
	struct xhop_generation_now now;
	int err = generation_read(generation_program, &now);

	(void)data;
	if (err)
		return err;
	if (lab.busy && lab.busy--)
		return -EBUSY;
	*generation = now.generation;
	generation->ip6[0] += lab.bump.ip6[0];
	generation->ip6[1] += lab.bump.ip6[1];
	return 0;
}

static void on_link(void *data, __u32 ifindex, bool up, bool deleted)
{
	(void)data;
	if (lab.link && !deleted)
		lab.link(ifindex, up);
}

static int on_progress(void *data, __u64 routes)
{
	(void)data;
	(void)routes;
	if (lab.step)
		lab.step();
	return 0;
}

static void on_rules(void *data, int family)
{
	(void)data;
	lab.rules6 += family == AF_INET6;
}

static void on_stale(void *data, int family, bool stale)
{
	(void)data;
	lab.stale[family == AF_INET6] = stale;
	lab.went_stale += stale;
}

static int on_grow(void *data, int family)
{
	(void)data;
	(void)family;
	trie_quiesce(lab.trie[family == AF_INET6]);
	return 0;
}

static long us_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int lab_mirror(unsigned int buffer)
{
	long began;
	int err;

	struct mirror_ops ops = {
		.generation = lab_generation,
		.stale = on_stale,
		.grow = on_grow,
		.progress = on_progress,
		.link = on_link,
		.rules = on_rules,
	};

	lab_end();
	for (int i = 0; i < 2; i++) {
		size_t size = trie_size_default(i ? AF_INET6 : AF_INET);

		lab.memory[i] = mmap(NULL, size, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (lab.memory[i] == MAP_FAILED)
			die("mmap");
		lab.trie[i] = trie_new(i ? AF_INET6 : AF_INET, lab.memory[i], size);
		if (!lab.trie[i])
			die("trie");
	}
	lab.mirror = mirror_new(&ops, lab.trie[0], lab.trie[1], LAB_CLASS);
	if (!lab.mirror)
		die("mirror");
	mirror_set_buffer(lab.mirror, buffer);
	began = us_now();
	err = mirror_start(lab.mirror);
	lab.start_us = us_now() - began;
	return err;
}

void lab_end(void)
{
	mirror_free(lab.mirror);
	lab.mirror = NULL;
	for (int i = 0; i < 2; i++) {
		if (!lab.trie[i])
			continue;
		trie_free(lab.trie[i]);
		munmap(lab.memory[i], trie_size_default(i ? AF_INET6 : AF_INET));
		lab.trie[i] = NULL;
	}
}

void lab_sync(void)
{
	mirror_event(lab.mirror);
	mirror_sync(lab.mirror, &lab.generation, lab.valid);
	if (lab.valid[0] && lab.valid[1]) {
		mirror_quiesce(lab.mirror);
		trie_quiesce(lab.trie[0]);
		trie_quiesce(lab.trie[1]);
	}
}

bool lab_settle(int ms)
{
	long end = us_now() / 1000 + ms;

	while (us_now() / 1000 < end) {
		int wait;

		lab_sync();
		wait = mirror_timeout(lab.mirror);
		if (wait < 0 && lab.valid[0] && lab.valid[1])
			return true;
		if (wait > 0)
			usleep(1000);
		if (wait == 0)
			mirror_resync_step(lab.mirror);
	}
	return false;
}

void lab_add(const char *format, ...)
{
	va_list args;

	if (!batch)
		batch = fopen(batch_name, "w");
	if (!batch)
		die(batch_name);
	va_start(args, format);
	vfprintf(batch, format, args);
	va_end(args);
	fputc('\n', batch);
}

void lab_run(void)
{
	char command[128];

	if (!batch)
		return;
	fclose(batch);
	batch = NULL;
	/* Run from the lab's namespace, where this process is. */
	snprintf(command, sizeof(command), "ip -force -batch %s >/dev/null 2>&1", batch_name);
	if (system(command) < 0)
		die("ip -batch");
	unlink(batch_name);
}

struct answer {
	struct rib_change c;
	int hops;  /* -1: no route */
	int error; /* the kernel's, negative: there is no answer */
};

static int on_answer(void *data, const struct rib_change *c, unsigned int hop)
{
	struct answer *a = data;

	a->c = *c;
	a->hops = hop + 1;
	return 0;
}

static bool plain_nexthop(void *data, __u32 id)
{
	(void)data;
	(void)id;
	return true;
}

/* What the kernel says when it has no memory or no time, and not of the route. */
static bool passing_error(int error)
{
	return error == -ENOMEM || error == -ENOBUFS || error == -EAGAIN || error == -EINTR;
}

static struct answer ask_once(int family, const __u8 *addr, unsigned int flags)
{
	char buf[16384];
	struct answer a = {.hops = -1};
	struct rtmsg_to to = {.plain = plain_nexthop, .change = on_answer, .data = &a};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	static unsigned int seq;
	struct rtmsg *rtm;
	ssize_t len;

	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = ++seq;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = family;
	rtm->rtm_dst_len = family == AF_INET ? 32 : 128;
	rtm->rtm_flags = RTM_F_LOOKUP_TABLE | flags;
	mnl_attr_put(nlh, RTA_DST, family == AF_INET ? 4 : 16, addr);
	if (mnl_socket_sendto(ask, nlh, nlh->nlmsg_len) < 0)
		die("ask");
	len = mnl_socket_recvfrom(ask, buf, sizeof(buf));
	if (len < 0)
		die("answer");
	nlh = (struct nlmsghdr *)buf;
	if (!mnl_nlmsg_ok(nlh, len) || nlh->nlmsg_seq != seq)
		die("answer");
	if (nlh->nlmsg_type == RTM_NEWROUTE)
		rtmsg_route(nlh, &to);
	else if (nlh->nlmsg_type == NLMSG_ERROR)
		a.error = ((const struct nlmsgerr *)mnl_nlmsg_get_payload(nlh))->error;
	return a;
}

static struct answer kernel_answer(int family, const __u8 *addr, unsigned int flags)
{
	struct answer a = ask_once(family, addr, flags);

	for (int i = 0; i < 10 && passing_error(a.error); i++) {
		usleep(1000);
		a = ask_once(family, addr, flags);
	}
	return a;
}

bool lab_moved(int family)
{
	struct xhop_generation now;
	bool same;

	if (lab_generation(NULL, &now) < 0)
		die("generation");
	same = family == AF_INET ? !memcmp(now.ip4, lab.generation.ip4, sizeof(now.ip4))
				 : !memcmp(now.ip6, lab.generation.ip6, sizeof(now.ip6));
	return !same;
}

static void tell(int family, const __u8 *addr, __u32 value, const struct rib_key *key,
		 const struct answer *a)
{
	char text[INET6_ADDRSTRLEN], net[INET6_ADDRSTRLEN], via[2][INET6_ADDRSTRLEN];

	inet_ntop(family, addr, text, sizeof(text));
	inet_ntop(family, a->c.addr, net, sizeof(net));
	inet_ntop(a->c.key.gw_family ?: family, a->c.key.gateway, via[0], sizeof(via[0]));
	inet_ntop(key && key->gw_family ? key->gw_family : family, key ? key->gateway : a->c.addr,
		  via[1], sizeof(via[1]));
	tap_diag("%s: maps %u oif %u via %s metric %u; kernel %s/%d type %d oif %u via %s metric "
		 "%u hops %d odd %d down %d error %d",
		 text, value, key ? key->oif : 0, key ? via[1] : "-", key ? key->priority : 0, net,
		 a->c.len, a->c.key.type, a->c.oif, via[0], a->c.metric, a->hops, a->c.odd,
		 a->c.down, a->error);
}

bool lab_compare(int family, const __u8 *addr, bool plain)
{
	__u32 value = trie_get(lab.trie[family == AF_INET6], addr);
	const struct rib_key *key = value ? rib_class(mirror_rib(lab.mirror), value, NULL) : NULL;
	struct answer a = kernel_answer(family, addr, RTM_F_FIB_MATCH);
	bool known = a.hops == 1 && !a.c.odd && !a.c.down;
	bool other =
		a.hops > 0 && !rib_prefix_covers(a.c.addr, a.c.len, addr, 8 * sizeof(a.c.addr));

	lab.compared++;
	if (!key) {
		lab.asked++;
		if (plain && known && !a.c.tos) {
			if (lab.needless++ < 5)
				tell(family, addr, value, key, &a);
		}
		return true;
	}
	/*
	 * IPv6 caches by nexthop object, with the route that used it first, and tells that one as
	 * the match. The device is right.
	 */
	if (other && family == AF_INET6 && key->nh_id) {
		a = kernel_answer(family, addr, 0);
		if (a.hops == 1 && a.c.oif == rib_class_oif(mirror_rib(lab.mirror), value))
			return true;
	}
	if (known && !memcmp(key, &a.c.key, sizeof(*key)))
		return true;
	if (lab_moved(family)) {
		lab.moved++;
		return true;
	}
	if (lab.wrong++ < 10)
		tell(family, addr, value, key, &a);
	return false;
}
