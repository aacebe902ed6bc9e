/*
 * Frames in and out of a lab: sending, the sentinels that say when all is out, and captured frames
 * with the VLAN tag put back that the receive path takes off.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/diff/lab.h"

#define SENTINEL_TYPE 0x88b6 /* IEEE 802: local experimental */
#define SENTINEL_MS   1500   /* far more than a busy machine takes: a port that is late is dead */

struct sentinel {
	unsigned char dst[6], src[6];
	uint16_t type;
	char magic[8];
	uint32_t serial;
	unsigned char fill[34];
} __attribute__((packed));

static bool is_sentinel(const unsigned char *data, ssize_t len)
{
	return len >= 22 && data[12] == SENTINEL_TYPE >> 8 && data[13] == (SENTINEL_TYPE & 0xff) &&
	       !memcmp(data + 14, "SENTINEL", 8);
}

static uint32_t sentinel_serial(const unsigned char *data)
{
	uint32_t serial;

	memcpy(&serial, data + offsetof(struct sentinel, serial), 4);
	return serial;
}

static int sentinel_send(struct lab *lab, int fd, unsigned int dst_kind, unsigned int port)
{
	struct sentinel s = {
		.dst = {2, 0, 0, 0, dst_kind, port},
		.src = {2, 0, 0, 0, 3 - dst_kind, port},
		.type = __builtin_bswap16(SENTINEL_TYPE),
		.magic = {'S', 'E', 'N', 'T', 'I', 'N', 'E', 'L'},
		.serial = lab->sentinel,
	};

	return send(fd, &s, sizeof(s), 0) == sizeof(s) ? 0 : -errno;
}

struct received {
	unsigned char data[FRAME_MAX + 4];
	ssize_t len;
	bool csum_pending;
};

/* One frame, the VLAN tag back in its place; len < 0: none there. */
static void receive(int fd, struct received *r)
{
	char control[256];
	struct iovec iov = {r->data, FRAME_MAX};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct tpacket_auxdata *aux;
	struct cmsghdr *c;
	uint16_t tag[2];

	r->len = recvmsg(fd, &msg, MSG_DONTWAIT);
	r->csum_pending = false;
	if (r->len < 14)
		return;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		aux = (struct tpacket_auxdata *)CMSG_DATA(c);
		r->csum_pending = aux->tp_status & TP_STATUS_CSUMNOTREADY;
		if (!(aux->tp_status & TP_STATUS_VLAN_VALID))
			continue;
		tag[0] = __builtin_bswap16(aux->tp_vlan_tpid);
		tag[1] = __builtin_bswap16(aux->tp_vlan_tci);
		memmove(r->data + 16, r->data + 12, r->len - 12);
		memcpy(r->data + 12, tag, 4);
		r->len += 4;
	}
}

static void outcome_add(struct outcome *out, unsigned int port, const struct received *r)
{
	struct seen *s = &out->seen[out->n];

	if (out->n == SEEN_MAX) {
		out->lost++;
		return;
	}
	s->port = port;
	s->len = r->len;
	s->csum_pending = r->csum_pending;
	s->data = malloc(r->len);
	if (!s->data) {
		out->lost++;
		return;
	}
	memcpy(s->data, r->data, r->len);
	out->n++;
}

/*
 * Reads FD until the current sentinel, giving all else to OUT (a far end) or noting that the frame
 * reached the stack (a tap, OUT->stack). False when the sentinel does not come.
 */
static bool collect(struct lab *lab, int fd, unsigned int port, struct outcome *out, bool tap,
		    bool wait)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	static struct received r;
	bool seen = false;

	for (;;) {
		receive(fd, &r);
		if (r.len < 0) {
			if (seen || !wait || poll(&p, 1, SENTINEL_MS) <= 0)
				return seen;
			continue;
		}
		if (is_sentinel(r.data, r.len)) {
			if (sentinel_serial(r.data) == lab->sentinel)
				return true;
		} else if (tap) {
			out->stack = true;
		} else {
			outcome_add(out, port, &r);
		}
	}
}

static void discard(int fd)
{
	static struct received r;

	do
		receive(fd, &r);
	while (r.len >= 0);
}

static void settle(struct lab *lab, unsigned int in, struct outcome *out)
{
	bool sent[LAB_PORTS + 1];
	unsigned int i;

	lab->sentinel++;
	sent[in] = !sentinel_send(lab, lab->host[in], 1, in);
	if (!collect(lab, lab->tap[in], in, out, true, sent[in] && !lab->deaf[in]) && sent[in])
		lab->deaf[in] = true;
	for (i = 1; i <= LAB_PORTS; i++)
		sent[i] = !sentinel_send(lab, lab->tap[i], 2, i);
	for (i = 1; i <= LAB_PORTS; i++) {
		if (!collect(lab, lab->host[i], i, out, false, sent[i] && !lab->deaf[i]) && sent[i])
			lab->deaf[i] = true;
		if (i != in)
			discard(lab->tap[i]);
	}
}

int wire_offload(int fd)
{
	struct sock_filter none = {.code = BPF_RET | BPF_K};
	struct sock_fprog prog = {1, &none};
	int one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)))
		return -errno;
	return 0;
}

static int frame_send(struct lab *lab, unsigned int port, const struct frame *f)
{
	struct virtio_net_hdr hdr = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = f->csum_start,
		.csum_offset = f->csum_offset,
	};
	struct iovec iov[] = {{&hdr, sizeof(hdr)}, {(void *)f->data, f->len}};

	if (f->csum_start)
		return writev(lab->offload[port], iov, 2) < 0 ? -errno : 0;
	return send(lab->host[port], f->data, f->len, 0) < 0 ? -errno : 0;
}

void lab_send(struct lab *lab, unsigned int port, const struct frame *f, struct outcome *out)
{
	struct tpacket_stats stats;
	socklen_t size;
	unsigned int i;

	memset(out, 0, offsetof(struct outcome, seen));
	for (i = 1; i <= LAB_PORTS; i++)
		discard(lab->tap[i]);
	out->error = frame_send(lab, port, f);
	settle(lab, port, out);
	for (i = 1; i <= LAB_PORTS; i++) {
		size = sizeof(stats);
		if (!getsockopt(lab->host[i], SOL_PACKET, PACKET_STATISTICS, &stats, &size))
			out->lost += stats.tp_drops;
	}
}

void outcome_free(struct outcome *out)
{
	unsigned int i;

	for (i = 0; i < out->n; i++)
		free(out->seen[i].data);
	out->n = 0;
}
