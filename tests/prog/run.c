/*
 * Runs one frame and compares everything that a run leaves: verdict, bytes, reasons, hops. What a
 * forwarded frame must look like is made here from the frame that went in, by other means than the
 * program's: the header checksum is computed from nothing.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/prog/prog.h"
#include "user/show.h"

static unsigned int hit[XHOP_REASON_COUNT];
static const char *skip_why[XHOP_REASON_COUNT];

static char *text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *text(const char *fmt, ...)
{
	char *out = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&out, fmt, ap) < 0)
		abort();
	va_end(ap);
	return out;
}

int snapshot_take(struct snapshot *s)
{
	struct xhop_port_counters one;
	int err;

	memset(s, 0, sizeof(*s));
	for (int i = 0; i < router.set.count; i++) {
		err = set_port_counters(&router.set, router.set.ports[i].config.slot, &one);
		if (err)
			return err;
		for (int r = 0; r < XHOP_REASON_SLOTS; r++)
			s->ports.reason[r] += one.reason[r];
		s->ports.rx_bytes += one.rx_bytes;
		s->ports.maps += one.maps;
	}
	err = set_hop_counters(&router.set, XHOP_HOPS_SHARED, &s->shared);
	if (err)
		return err;
	s->nhops = set_hops(&router.set, &s->hops);
	return s->nhops < 0 ? s->nhops : 0;
}

void snapshot_free(struct snapshot *s)
{
	free(s->hops);
	s->hops = NULL;
}

void frame_forward(struct frame *frame, const struct xhop_hop_key *hop)
{
	unsigned char *d = frame->data;
	unsigned int out = 0;
	uint16_t sum;

	if (d[12] == 0x08) {
		frame->len = 14 + (d[16] << 8 | d[17]);
		d[22]--;
		d[24] = d[25] = 0;
		sum = frame_csum(d + 14, (d[14] & 15) * 4, 0);
		memcpy(d + 24, &sum, 2);
	} else {
		frame->len = 14 + 40 + (d[18] << 8 | d[19]);
		d[21]--;
	}
	for (unsigned int i = 1; i <= PORTS; i++)
		if (router.ifindex[i] == hop->ifindex)
			out = i;
	memcpy(d, hop->lladdr, 6);
	memcpy(d + 6, (unsigned char[]){2, 0, 0, 0, 1, out}, 6);
}

static char *reason_name(int reason)
{
	return text("%s", reason < XHOP_REASON_COUNT ? reason_texts[reason].word : "?");
}

/* Exactly one reason more, and it is the expected one. */
static char *check_reason(const struct snapshot *a, const struct snapshot *b, unsigned int len,
			  const struct expect *e)
{
	__u64 bytes = b->ports.rx_bytes - a->ports.rx_bytes, total = 0;
	bool counted = !(e->flags & CASE_UNCOUNTED);
	char *names = text("%s", ""), *more, *why;

	for (int r = 0; r < XHOP_REASON_SLOTS; r++) {
		__u64 n = b->ports.reason[r] - a->ports.reason[r];
		char *name;

		total += n;
		if (!n)
			continue;
		name = reason_name(r);
		more = text("%s%s%s", names, *names ? ", " : "", name);
		free(name);
		free(names);
		names = more;
	}
	if (total != counted ||
	    (counted && b->ports.reason[e->reason] - a->ports.reason[e->reason] != 1)) {
		why = text("counted as %s (%llu), expected %s", *names ? names : "nothing",
			   (unsigned long long)total,
			   counted ? reason_texts[e->reason].word : "nothing");
		free(names);
		return why;
	}
	free(names);
	if (bytes != (!counted ? 0 : len))
		return text("counted %llu bytes of a frame of %u", (unsigned long long)bytes, len);
	if (counted)
		hit[e->reason]++;
	return NULL;
}

static const struct set_hop *hop_by_id(const struct snapshot *s, __u32 id)
{
	for (int i = 0; i < s->nhops; i++)
		if (s->hops[i].id == id)
			return &s->hops[i];
	return NULL;
}

static bool hop_is(const struct set_hop *hop, unsigned int out, const char *via)
{
	struct xhop_hop_key key = router_hop(out, via);

	return !memcmp(&hop->key, &key, sizeof(key));
}

/* The one hop that counted, if it is the expected one; *why otherwise. NULL: none counted. */
static const struct set_hop *check_hop(const struct snapshot *a, const struct snapshot *b,
				       const struct expect *e, int family, unsigned int len,
				       char **why)
{
	const char *via = e->via ? e->via : family == AF_INET ? "10.0.2.2" : "2001:db8:2::2";
	const char *other = family == AF_INET ? "10.0.3.2" : "2001:db8:3::2";
	const struct set_hop *counted = NULL;

	if (memcmp(&a->shared, &b->shared, sizeof(a->shared)))
		*why = text("the shared hop counted");
	for (int i = 0; i < b->nhops && !*why; i++) {
		const struct set_hop *now = &b->hops[i], *was = hop_by_id(a, now->id);
		__u64 packets = now->counters.packets - (was ? was->counters.packets : 0);
		__u64 bytes = now->counters.bytes - (was ? was->counters.bytes : 0);

		if (was && memcmp(&was->key, &now->key, sizeof(was->key)))
			*why = text("hop %u became another", now->id);
		else if (!packets && !bytes)
			continue;
		else if (counted || e->reason)
			*why = text("hop %u counted, and should not", now->id);
		else if (!hop_is(now, e->out ? e->out : 2, via) &&
			 !(e->flags & CASE_EITHER && hop_is(now, 3, other)))
			*why = text("hop %u counted, which is not %s on p%u", now->id, via,
				    e->out ? e->out : 2);
		else if (packets != 1 || bytes != len)
			*why = text("hop %u counted %llu packets, %llu bytes, not 1 of %u", now->id,
				    (unsigned long long)packets, (unsigned long long)bytes, len);
		counted = now;
	}
	if (!*why && !counted && !e->reason && !(e->flags & CASE_UNCOUNTED))
		*why = text("no hop counted");
	return counted;
}

static char *check_bytes(const struct frame *want, const unsigned char *out, unsigned int len)
{
	char *diff = frame_difference(want->data, want->len, out, len), *hex, *why;

	if (!diff)
		return NULL;
	hex = frame_hex(out, len < 128 ? len : 128);
	why = text("expected or got: %s\nout:\n%s", diff, hex);
	free(diff);
	free(hex);
	return why;
}

#define FIRST_BUFFER 3520 /* a page less headroom and struct skb_shared_info */

/*
 * What a port without sight of the skb answers instead: native before Linux 6.3, and generic. Those
 * kernels do not tell either which devices take frames of several buffers.
 */
static struct expect expect_here(const struct expect *e, unsigned int port, bool buffers)
{
	struct expect here = *e;

	if (!router.hidden && port != 5)
		return here;
	/* The skb is asked before the FIB is. */
	if (e->flags & CASE_NO_SUM && (!e->reason || e->reason >= XHOP_EXT_HEADER))
		here.reason = XHOP_SKB_CHECKSUM;
	else if (e->flags & CASE_FLOW_HASH && !e->reason)
		here.reason = XHOP_MULTIPATH;
	else if (buffers && router.hidden && !e->reason)
		here.reason = XHOP_EGRESS_XDP;
	return here;
}

/* The frame that must come out. */
static char *check_frame(const struct snapshot *a, const struct snapshot *b,
			 const struct frame *frame, const unsigned char *out, unsigned int len,
			 const struct expect *e)
{
	int family = frame->data[12] == 0x86 ? AF_INET6 : AF_INET;
	const struct set_hop *hop;
	struct frame want = *frame;
	char *why = NULL;

	hop = check_hop(a, b, e, family, len, &why);
	if (!why && hop)
		frame_forward(&want, &hop->key);
	return why ? why : check_bytes(&want, out, len);
}

char *run_frame(unsigned int port, const struct frame *frame, unsigned int linear,
		const struct expect *expect)
{
	static unsigned char out[FRAME_MAX + 512];
	struct xdp_md ctx = {
		.data_end = linear ? linear : frame->len,
		.ingress_ifindex = router.ifindex[port],
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->data, .data_size_in = frame->len,
		    .data_out = out, .data_size_out = sizeof(out), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);
	struct expect e =
		expect_here(expect, port, linear ? linear < frame->len : frame->len > FIRST_BUFFER);
	__u32 verdict = e.reason || e.flags & CASE_UNCOUNTED ? XDP_PASS : XDP_REDIRECT;
	struct snapshot before, after;
	char *why;

	if (router.maps && verdict == XDP_REDIRECT) {
		router_follow();
		bpf_prog_test_run_opts(router.prog[port], &opts);
		opts.data_size_out = sizeof(out);
	}
	if (snapshot_take(&before))
		return text("cannot read the counters");
	if (bpf_prog_test_run_opts(router.prog[port], &opts)) {
		why = text("BPF_PROG_RUN: %s", strerror(errno));
		snapshot_free(&before);
		return why;
	}
	if (snapshot_take(&after))
		return text("cannot read the counters");
	router.by_maps += after.ports.maps - before.ports.maps;
	why = check_reason(&before, &after, frame->len, &e);
	if (!why && opts.retval != verdict)
		why = text("verdict %u, expected %u", opts.retval, verdict);
	if (!why)
		why = check_frame(&before, &after, frame, out, opts.data_size_out, &e);
	snapshot_free(&before);
	snapshot_free(&after);
	return why;
}

char *run_text(unsigned int port, const char *frame_text, const struct expect *expect)
{
	struct frame_env env = router_env(port);
	struct frame frame;

	if (frame_build(&frame, &env, "%s", frame_text))
		return text("frame: %s", frame_error());
	return run_frame(port, &frame, 0, expect);
}

char *host_send(unsigned int port, const char *frame_text)
{
	struct frame_env env = router_env(port);
	struct frame frame;
	char *why = NULL, dev[8];
	int fd;

	if (frame_build(&frame, &env, "%s", frame_text))
		return text("frame: %s", frame_error());
	snprintf(dev, sizeof(dev), "h%u", port);
	netns_leave();
	fd = netns_socket(&router.hosts, dev);
	netns_enter(&router.ns);
	if (fd < 0 || send(fd, frame.data, frame.len, 0) != (ssize_t)frame.len)
		why = text("%s cannot send", dev);
	if (fd >= 0)
		close(fd);
	return why;
}

void result(char *why, const char *name, ...)
{
	char full[256];
	va_list ap;

	va_start(ap, name);
	vsnprintf(full, sizeof(full), name, ap);
	va_end(ap);
	tap_result(!why, "%s", full);
	if (why)
		tap_diag("%s", why);
	free(why);
}

void covered(enum xhop_reason reason)
{
	hit[reason]++;
}

void skipped(enum xhop_reason reason, const char *name, const char *why)
{
	tap_skip(name, "%s", why);
	skip_why[reason] = why;
}

void coverage_run(void)
{
	unsigned int missing = 0;

	for (int r = 0; r < XHOP_REASON_COUNT; r++)
		missing += !hit[r] && !skip_why[r];
	tap_result(!missing, "every reason was hit, or skipped for a stated cause");
	for (int r = 0; r < XHOP_REASON_COUNT; r++)
		if (!hit[r])
			tap_diag("%s: %s", reason_texts[r].word,
				 skip_why[r] ? skip_why[r] : "never");
}
