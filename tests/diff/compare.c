/*
 * Cleans an outcome of noise and of what is random, and compares two. Every exception stands here,
 * each as narrow as it can be: a filter too many would hide a difference.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/diff/compare.h"

/* 127.0.0.1, 10.x.y.1 and 10.x.y.254: what lab and cases give the router. */
static bool router_address(const unsigned char *a)
{
	if (!memcmp(a, "\x7f\0\0\1", 4))
		return true;
	return a[0] == 10 && (a[3] == 1 || a[3] == 254);
}

static bool router_mac(const unsigned char *mac)
{
	return !memcmp(mac, "\x02\0\0\0\x01", 5);
}

static unsigned int type_of(const struct seen *s)
{
	return s->len < 14 ? 0 : s->data[12] << 8 | s->data[13];
}

static bool is_report(const struct seen *s)
{
	static const unsigned char routers[16] = {0xff, 2, [15] = 0x16};
	const unsigned char *ip = s->data + 14;

	if (!router_mac(s->data + 6))
		return false;
	if (type_of(s) == 0x86dd && s->len >= 14 + 49)
		return !memcmp(ip + 24, routers, 16) && ip[6] == 0 && ip[7] == 1 && ip[48] == 143;
	if (type_of(s) == 0x0800 && s->len >= 34)
		return ip[9] == IPPROTO_IGMP && !memcmp(ip + 16, "\xe0\0\0\x16", 4);
	return false;
}

static bool is_request(const struct seen *s)
{
	if (!router_mac(s->data + 6))
		return false;
	if (type_of(s) == 0x0806)
		return s->len >= 42 && s->data[21] == 1;
	/* Hop limit 255: its own; a solicitation it forwards has less. */
	return type_of(s) == 0x86dd && s->len >= 14 + 48 && s->data[20] == IPPROTO_ICMPV6 &&
	       s->data[21] == 255 && s->data[54] == 135;
}

static uint64_t hash_of(const unsigned char *data, unsigned int len, uint64_t h)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		h = (h ^ data[i]) * 1099511628211ULL;
	return h;
}

static bool seen_before(struct lab *lab, const unsigned char *data, unsigned int len,
			unsigned int kind)
{
	const unsigned int room = sizeof(lab->before) / sizeof(lab->before[0]);
	uint64_t h = hash_of(data, len, 14695981039346656037ULL + kind);
	unsigned int i;

	for (i = 0; i < lab->nbefore && i < room; i++)
		if (lab->before[i] == h)
			return true;
	lab->before[lab->nbefore++ % room] = h;
	return false;
}

/*
 * The router's redirects are held back by a clock. IPv4 counts by source, also those it then does
 * not send (for a fragment, for an ICMP error), ip_rt_send_redirect(): only at the first frame from
 * a source is it certain what comes. IPv6 counts by source and by destination and lets six pass at
 * once, ip6_forward() and ndisc_send_redirect(): the first six of a router are certain to come.
 */
static bool is_limited_redirect(struct lab *lab, bool first, const struct seen *s)
{
	const unsigned char *ip = s->data + 14;

	if (!router_mac(s->data + 6))
		return false;
	if (type_of(s) == 0x0800 && s->len >= 42 && ip[9] == IPPROTO_ICMP &&
	    ip[(ip[0] & 15) * 4] == 5 && router_address(ip + 12))
		return !first;
	if (type_of(s) == 0x86dd && s->len >= 94 && ip[6] == IPPROTO_ICMPV6 && ip[40] == 137 &&
	    ip[7] == 255 && ip[8] == 0xfe)
		return lab->redirects6++ >= REDIRECTS6;
	return false;
}

/*
 * An answer to an earlier frame: the kernel gave up on a neighbour, seconds later and by a clock.
 * An answer to F quotes its addresses and what follows them.
 */
static bool is_late_answer(const struct frame *f, const struct seen *s)
{
	const unsigned char *ip = s->data + 14, *quote;

	if (!router_mac(s->data + 6))
		return false;
	if (type_of(s) == 0x0800 && s->len >= 70 && router_address(ip + 12) &&
	    ip[9] == IPPROTO_ICMP && ip[20] == 3 && ip[21] == 1) {
		quote = ip + 28;
		return f->len < 42 || memcmp(quote + 12, f->data + 26, 16);
	}
	if (type_of(s) == 0x86dd && s->len >= 110 && ip[6] == IPPROTO_ICMPV6 && ip[40] == 1 &&
	    ip[41] == 3) {
		quote = ip + 48;
		return f->len < 62 || memcmp(quote + 8, f->data + 22, 40);
	}
	return false;
}

static bool is_noise(struct lab *lab, const struct frame *f, bool first, const struct seen *s)
{
	return is_report(s) || is_limited_redirect(lab, first, s) || is_late_answer(f, s) ||
	       (is_request(s) && seen_before(lab, s->data, s->len, s->port));
}

/* Blanks the times of an IP timestamp option, and with them the header checksum. */
static bool mask_option_times(unsigned char *ip, unsigned int room)
{
	unsigned int hlen = (ip[0] & 15) * 4, at = 20, n;
	bool found = false;

	while (at + 1 < hlen && at + 1 < room && ip[at]) {
		n = ip[at] == 1 ? 1 : ip[at + 1];
		if (!n || at + n > hlen || at + n > room)
			break;
		if (ip[at] == 68 && n > 4) {
			memset(ip + at + 4, 0, n - 4);
			found = true;
		}
		at += n;
	}
	if (found)
		memset(ip + 10, 0, 2);
	return found;
}

static void mask_icmp(unsigned char *icmp, unsigned int room)
{
	if (room >= 20 && icmp[0] == 14) {
		memset(icmp + 12, 0, 8);
		memset(icmp + 2, 0, 2);
	}
	if (room >= 28 && (icmp[0] == 3 || icmp[0] == 11 || icmp[0] == 12 || icmp[0] == 5) &&
	    mask_option_times(icmp + 8, room - 8))
		memset(icmp + 2, 0, 2);
}

static void mask(const struct frame *f, struct seen *s)
{
	unsigned char *ip = s->data + 14;
	unsigned int room = s->len - 14, hlen;
	bool own;

	if (type_of(s) != 0x0800 || s->len < 34)
		return;
	hlen = (ip[0] & 15) * 4;
	own = router_address(ip + 12) && (f->len < 34 || memcmp(f->data + 26, ip + 12, 4));
	if (own) {
		memset(ip + 4, 0, 2);
		memset(ip + 10, 0, 2);
	}
	mask_option_times(ip, room);
	if (own && ip[9] == IPPROTO_ICMP && room > hlen)
		mask_icmp(ip + hlen, room - hlen);
}

void outcome_clean(struct lab *lab, const struct frame *f, struct outcome *out)
{
	bool first = f->len >= 34 && f->data[12] == 8 && !seen_before(lab, f->data + 26, 4, 1000);
	unsigned int i, kept = 0;
	struct seen *s;

	for (i = 0; i < out->n; i++) {
		s = &out->seen[i];
		if (s->len >= 14 && is_noise(lab, f, first, s)) {
			free(s->data);
			continue;
		}
		if (s->len >= 14)
			mask(f, s);
		out->seen[kept++] = *s;
	}
	out->n = kept;
}

char *outcome_text(const struct outcome *out)
{
	char *text = NULL, *summary, *hex;
	unsigned int i;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	if (!out->n)
		fputs("  nothing\n", f);
	for (i = 0; i < out->n; i++) {
		summary = frame_summary(out->seen[i].data, out->seen[i].len);
		hex = frame_hex(out->seen[i].data, out->seen[i].len < 192 ? out->seen[i].len : 192);
		fprintf(f, "  port %u: %s%s\n%s\n", out->seen[i].port, summary ? summary : "",
			out->seen[i].csum_pending ? ", checksum pending" : "", hex ? hex : "");
		free(summary);
		free(hex);
	}
	fclose(f);
	return text;
}

static unsigned int on_port(const struct outcome *o, unsigned int port)
{
	unsigned int i, n = 0;

	for (i = 0; i < o->n; i++)
		n += o->seen[i].port == port;
	return n;
}

static const struct seen *nth(const struct outcome *o, unsigned int port, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < o->n; i++)
		if (o->seen[i].port == port && !n--)
			return &o->seen[i];
	return NULL;
}

char *outcome_difference(const struct outcome *off, const struct outcome *on)
{
	unsigned int port, i;
	const struct seen *a, *b;
	char *text = NULL, *d;

	if (off->lost || on->lost)
		return strdup("frames were lost in the test itself");
	for (port = 1; port <= LAB_PORTS; port++) {
		if (on_port(off, port) != on_port(on, port)) {
			if (asprintf(&text, "port %u: %u frames from Linux, %u with xhop", port,
				     on_port(off, port), on_port(on, port)) < 0)
				text = NULL;
			return text;
		}
		for (i = 0; (a = nth(off, port, i)) && (b = nth(on, port, i)); i++) {
			d = frame_difference(a->data, a->len, b->data, b->len);
			if (!d && a->csum_pending != b->csum_pending)
				d = strdup("L4 checksum left to the device in one of them");
			if (!d)
				continue;
			if (asprintf(&text, "port %u, frame %u: %s", port, i + 1, d) < 0)
				text = NULL;
			free(d);
			return text;
		}
	}
	return NULL;
}
