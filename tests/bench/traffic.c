// SPDX-License-Identifier: GPL-2.0
/* What the source sends, and the tables it is forwarded by: the rest of lab.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tests/bench/lab.h"
#include "tests/bench/route.h"

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* Both tries have keys of a length, then the address; values are hop numbers. */
static int lpm_add(int fd, const struct routes *routes, int from, int to)
{
	struct {
		__u32 len;
		unsigned char addr[16];
	} key;
	__u32 hop;

	for (int i = from; i < to; i++) {
		key.len = routes->prefixes[i].len;
		memcpy(key.addr, routes->prefixes[i].addr, 16);
		hop = routes->prefixes[i].hop;
		if (bpf_map_update_elem(fd, &key, &hop, BPF_ANY))
			return -errno;
	}
	return 0;
}

/* What the kernel's own objects take, of the whole machine. */
static double slab_bytes(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	double kib = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Slab: %lf", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib * 1024;
}

static int fill_family(struct lab *lab, struct mnl_socket *nl, int six, int n)
{
	int fd = bpf_map__fd(six ? lab->skel->maps.lpm6 : lab->skel->maps.lpm4);
	const struct routes *routes = &lab->table->routes[six];
	int from = lab->filled[six], to = n < routes->count ? n : routes->count, err;
	double start = now_ns(), slab = slab_bytes();

	err = route_add(nl, routes, from, to, lab->p2);
	lab->kernel_ns[six] = now_ns() - start;
	lab->kernel_bytes[six] += slab_bytes() - slab;
	if (err)
		return err;
	start = now_ns();
	err = lpm_add(fd, routes, from, to);
	lab->lpm_ns[six] = now_ns() - start;
	if (!err && to > from)
		lab->filled[six] = to;
	return err;
}

int lab_fill(struct lab *lab, int n)
{
	struct mnl_socket *nl;
	int err = netns_enter(&lab->router);

	nl = err ? NULL : route_open();
	if (!nl)
		err = err ?: -errno;
	for (int six = 0; six < 2 && !err; six++)
		err = fill_family(lab, nl, six, n);
	if (nl)
		mnl_socket_close(nl);
	netns_leave();
	if (err)
		fprintf(stderr, "bench: cannot add routes: %s\n", strerror(-err));
	return err;
}

static __u32 add_words(__u32 sum, const unsigned char *p, int bytes)
{
	for (int i = 0; i < bytes; i += 2)
		sum += p[i] << 8 | p[i + 1];
	return sum;
}

static __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

/* UDP behind the IP header, where there is room. */
static void put_udp(unsigned char *at, int len)
{
	memset(at, 0, len);
	at[1] = 9;
	at[2] = BENCH_PROBE_PORT >> 8;
	at[3] = BENCH_PROBE_PORT & 0xff;
	at[4] = len >> 8;
	at[5] = len & 0xff;
}

static void put_frame(int family, int size, unsigned char *frame)
{
	static const unsigned char macs[] = {2, 0, 0, 0, 1, 1, 2, 0, 0, 0, 1, 2};
	unsigned char *ip = frame + 14;
	int len = size - 14;

	memset(frame, 0, size);
	memcpy(frame, macs, 12);
	if (family == AF_INET) {
		memcpy(frame + 12, "\x08\0\x45\0\0\0\0\0\0\0\x40\x11", 12);
		ip[2] = len >> 8;
		ip[3] = len & 0xff;
		inet_pton(AF_INET, "10.1.0.2", ip + 12);
		put_udp(ip + 20, len - 20);
		return;
	}
	memcpy(frame + 12, "\x86\xdd\x60\0\0\0\0\0\x11\x40", 10);
	len -= 40;
	ip[4] = len >> 8;
	ip[5] = len & 0xff;
	inet_pton(AF_INET6, "fd01::2", ip + 8);
	if (len >= 8)
		put_udp(ip + 40, len);
	else
		ip[6] = IPPROTO_NONE;
}

void lab_frames(struct lab *lab, int family, unsigned char (*dests)[16], int size,
		unsigned char *frame)
{
	struct bench_bpf__bss *bss = lab->skel->bss;
	__u32 sum;

	put_frame(family, size, frame);
	sum = add_words(0, frame + 14, 20);
	for (int i = 0; i < BENCH_DESTS; i++) {
		if (family == AF_INET6) {
			memcpy(&bss->dests6[i], dests[i], 16);
			continue;
		}
		memcpy(&bss->dests4[i].addr, dests[i], 4);
		bss->dests4[i].check = htons(fold(add_words(sum, dests[i], 4)));
	}
	memcpy(family == AF_INET ? bss->header4 : bss->header6, frame, family == AF_INET ? 34 : 54);
	/* A frame that is right by itself, too. */
	if (family == AF_INET) {
		memcpy(frame + 30, &bss->dests4[0].addr, 4);
		memcpy(frame + 24, &bss->dests4[0].check, 2);
	} else {
		memcpy(frame + 38, &bss->dests6[0], 16);
	}
}

void lab_traffic(struct lab *lab, int family, int n, enum pattern pattern, int size,
		 unsigned char *frame)
{
	const struct routes *routes = &lab->table->routes[family == AF_INET6];
	unsigned char(*dests)[16] = malloc(BENCH_DESTS * 16);

	if (!dests)
		abort();
	table_destinations(routes, n < routes->count ? n : routes->count, pattern, BENCH_DESTS,
			   dests);
	lab_frames(lab, family, dests, size, frame);
	free(dests);
}
