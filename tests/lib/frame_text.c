/*
 * Frames as text: hex dump, the name of a field at an offset, a summary, the first difference.
 * Everything reads a frame that may be cut anywhere; nothing is read past its length.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/frame.h"

struct span {
	unsigned int off, len;
	const char *name;
};

static const struct span eth_spans[] = {{0, 6, "eth.dst"}, {6, 6, "eth.src"}, {12, 2, "eth.type"}};
static const struct span vlan_spans[] = {{0, 2, "vlan.tci"}, {2, 2, "vlan.type"}};
static const struct span ip4_spans[] = {
	{0, 1, "ip4.ver_ihl"}, {1, 1, "ip4.tos"},  {2, 2, "ip4.len"},	 {4, 2, "ip4.id"},
	{6, 2, "ip4.frag"},    {8, 1, "ip4.ttl"},  {9, 1, "ip4.proto"},	 {10, 2, "ip4.csum"},
	{12, 4, "ip4.src"},    {16, 4, "ip4.dst"}, {20, 40, "ip4.opts"},
};
static const struct span ip6_spans[] = {
	{0, 4, "ip6.ver_tc_flow"}, {4, 2, "ip6.len"},  {6, 1, "ip6.next"},
	{7, 1, "ip6.hop"},	   {8, 16, "ip6.src"}, {24, 16, "ip6.dst"},
};
static const struct span udp_spans[] = {
	{0, 2, "udp.sport"}, {2, 2, "udp.dport"}, {4, 2, "udp.len"}, {6, 2, "udp.csum"}};
static const struct span tcp_spans[] = {
	{0, 2, "tcp.sport"},  {2, 2, "tcp.dport"}, {4, 4, "tcp.seq"},	{8, 4, "tcp.ack"},
	{12, 2, "tcp.flags"}, {14, 2, "tcp.win"},  {16, 2, "tcp.csum"}, {18, 2, "tcp.urg"},
};
static const struct span icmp_spans[] = {
	{0, 1, "icmp.type"}, {1, 1, "icmp.code"}, {2, 2, "icmp.csum"}, {4, 4, "icmp.rest"}};
static const struct span arp_spans[] = {{0, 6, "arp.types"}, {6, 2, "arp.op"},
					{8, 6, "arp.sha"},   {14, 4, "arp.spa"},
					{18, 6, "arp.tha"},  {24, 4, "arp.tpa"}};

#define SPANS(s) s, sizeof(s) / sizeof((s)[0])

static const struct span *span_at(const struct span *s, unsigned int n, unsigned int base,
				  unsigned int hlen, unsigned int off)
{
	if (off < base || off >= base + hlen)
		return NULL;
	for (; n--; s++)
		if (off - base >= s->off && off - base < s->off + s->len)
			return s;
	return NULL;
}

struct where {
	const struct span *span;
	unsigned int base;
};

/* The field within the L4 header that starts at BASE. */
static const struct span *l4_span(int proto, unsigned int base, unsigned int off)
{
	switch (proto) {
	case IPPROTO_UDP:
		return span_at(SPANS(udp_spans), base, 8, off);
	case IPPROTO_TCP:
		return span_at(SPANS(tcp_spans), base, 20, off);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return span_at(SPANS(icmp_spans), base, 8, off);
	}
	return NULL;
}

static struct where field_find(const unsigned char *d, unsigned int len, unsigned int off)
{
	const struct span *s = span_at(SPANS(eth_spans), 0, 14, off);
	unsigned int base = 14, type, hlen;

	if (s || len < 14)
		return (struct where){s, 0};
	type = d[12] << 8 | d[13];
	while ((type == 0x8100 || type == 0x88a8) && len >= base + 4) {
		s = span_at(SPANS(vlan_spans), base, 4, off);
		if (s)
			return (struct where){s, base};
		type = d[base + 2] << 8 | d[base + 3];
		base += 4;
	}
	if (type == 0x0806)
		return (struct where){span_at(SPANS(arp_spans), base, 28, off), base};
	if (type == 0x0800 && len > base) {
		hlen = (d[base] & 15) * 4;
		s = span_at(SPANS(ip4_spans), base, hlen < 20 ? 20 : hlen, off);
		if (s || len < base + 20 || ((d[base + 6] << 8 | d[base + 7]) & 0x1fff))
			return (struct where){s, base};
		return (struct where){l4_span(d[base + 9], base + hlen, off), base + hlen};
	}
	if (type == 0x86dd) {
		s = span_at(SPANS(ip6_spans), base, 40, off);
		if (s || len < base + 40)
			return (struct where){s, base};
		return (struct where){l4_span(d[base + 6], base + 40, off), base + 40};
	}
	return (struct where){NULL, 0};
}

const char *frame_field(const unsigned char *data, unsigned int len, unsigned int off)
{
	struct where w = field_find(data, len, off);

	return w.span ? w.span->name : "payload";
}

char *frame_hex(const unsigned char *data, unsigned int len)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned int i;

	if (!out)
		return NULL;
	for (i = 0; i < len; i++) {
		if (i % 16 == 0)
			fprintf(out, "%s%04x:", i ? "\n" : "", i);
		fprintf(out, " %02x", data[i]);
	}
	fclose(out);
	return text;
}

static void summary_l4(FILE *out, const unsigned char *p, unsigned int room, int proto)
{
	static const struct {
		int proto;
		const char *name;
	} names[] = {{1, "icmp"},   {2, "igmp"},   {4, "ip4"},	{6, "tcp"},  {17, "udp"},
		     {41, "ip6"},   {44, "frag"},  {47, "gre"}, {50, "esp"}, {51, "ah"},
		     {58, "icmp6"}, {132, "sctp"}, {0, "hbh"},	{43, "rt"},  {60, "dstopt"}};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]) && names[i].proto != proto; i++)
		;
	if (i < sizeof(names) / sizeof(names[0]))
		fprintf(out, " %s", names[i].name);
	else
		fprintf(out, " proto %d", proto);
	if ((proto == 6 || proto == 17 || proto == 132) && room >= 4)
		fprintf(out, " %u > %u", p[0] << 8 | p[1], p[2] << 8 | p[3]);
	else if ((proto == 1 || proto == 58) && room >= 2)
		fprintf(out, " type %u code %u", p[0], p[1]);
}

static void summary_ip(FILE *out, const unsigned char *p, unsigned int room, unsigned int type)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	unsigned int hlen, frag;

	if (type == 0x0800 && room >= 20) {
		hlen = (p[0] & 15) * 4;
		frag = p[6] << 8 | p[7];
		fprintf(out, "ip4 %s > %s ttl %u", inet_ntop(AF_INET, p + 12, src, sizeof(src)),
			inet_ntop(AF_INET, p + 16, dst, sizeof(dst)), p[8]);
		if (frag & 0x3fff)
			fprintf(out, " frag %u%s", (frag & 0x1fff) * 8, frag & 0x2000 ? "+" : "");
		if (!(frag & 0x1fff))
			summary_l4(out, p + hlen, room > hlen ? room - hlen : 0, p[9]);
	} else if (type == 0x86dd && room >= 40) {
		fprintf(out, "ip6 %s > %s hop %u", inet_ntop(AF_INET6, p + 8, src, sizeof(src)),
			inet_ntop(AF_INET6, p + 24, dst, sizeof(dst)), p[7]);
		summary_l4(out, p + 40, room - 40, p[6]);
	} else if (type == 0x0806 && room >= 28) {
		fprintf(out, "arp op %u %s > %s", p[7],
			inet_ntop(AF_INET, p + 14, src, sizeof(src)),
			inet_ntop(AF_INET, p + 24, dst, sizeof(dst)));
	} else {
		fprintf(out, "type %04x", type);
	}
}

char *frame_summary(const unsigned char *data, unsigned int len)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned int base = 14, type;

	if (!out)
		return NULL;
	if (len >= 14) {
		type = data[12] << 8 | data[13];
		while ((type == 0x8100 || type == 0x88a8) && len >= base + 4) {
			fprintf(out, "vlan %u ", (data[base] << 8 | data[base + 1]) & 0xfff);
			type = data[base + 2] << 8 | data[base + 3];
			base += 4;
		}
		summary_ip(out, data + base, len - base, type);
	}
	fprintf(out, " %u bytes", len);
	fclose(out);
	return text;
}

static void value_print(FILE *out, const unsigned char *data, unsigned int len, unsigned int from,
			unsigned int n)
{
	unsigned int i;

	for (i = from; i < from + n && i < len; i++)
		fprintf(out, "%02x", data[i]);
	if (from >= len)
		fputs("nothing", out);
}

char *frame_difference(const unsigned char *a, unsigned int alen, const unsigned char *b,
		       unsigned int blen)
{
	unsigned int shorter = alen < blen ? alen : blen, off, from, n;
	char *text = NULL;
	struct where w;
	size_t size;
	FILE *out;

	for (off = 0; off < shorter && a[off] == b[off]; off++)
		;
	if (off == alen && off == blen)
		return NULL;
	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	w = field_find(a, alen, off);
	from = w.span ? w.base + w.span->off : off;
	n = w.span && w.span->len <= 16 ? w.span->len : 1;
	fprintf(out, "%s at %u: ", off < shorter ? frame_field(a, alen, off) : "length", off);
	if (off < shorter) {
		value_print(out, a, alen, from, n);
		fputs(" or ", out);
		value_print(out, b, blen, from, n);
	}
	if (alen != blen)
		fprintf(out, "%s%u or %u bytes", off < shorter ? ", " : "", alen, blen);
	fclose(out);
	return text;
}
