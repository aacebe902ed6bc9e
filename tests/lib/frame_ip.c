/*
 * The layers that carry others: Ethernet, VLAN, MPLS, IPv4, IPv6 and its extension headers, and the
 * edits of a finished frame. Offsets are from RFC 791, 8200, 4302, 6275.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/frame_priv.h"
#include "tests/lib/frame_ip.h"

#define PROTO_UNKNOWN 253 /* RFC 3692: for experiments */

void put16(unsigned char *p, unsigned int v)
{
	p[0] = v >> 8;
	p[1] = v;
}

void put32(unsigned char *p, unsigned int v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static int mac_field(struct build *b, struct layer *l, const char *key, const unsigned char *other,
		     unsigned char *out)
{
	const char *v = field_text(l, key);

	if (!v) {
		memcpy(out, other, 6);
		return 0;
	}
	if (v[0] >= 'a' && v[0] <= 'z' && !v[1]) {
		memcpy(out, b->env->mac[v[0] - 'a'], 6);
		return 0;
	}
	if (sscanf(v, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", out, out + 1, out + 2, out + 3,
		   out + 4, out + 5) != 6)
		return frame_fail("%s: %s=%s is no MAC address", l->kind->name, key, v);
	return 0;
}

static int ip_field(struct layer *l, const char *key, int family, const char *other, void *out)
{
	const char *v = field_text(l, key);

	if (!v)
		v = other;
	if (inet_pton(family, v, out) != 1)
		return frame_fail("%s: %s=%s is no address", l->kind->name, key, v);
	return 0;
}

int layer_ethertype(struct layer *next)
{
	return next && next->kind->ethertype ? next->kind->ethertype : 0x88b5;
}

int layer_proto(struct layer *next)
{
	return next && next->kind->proto >= 0 ? next->kind->proto : PROTO_UNKNOWN;
}

int eth_emit(struct build *b, struct layer *l)
{
	unsigned char *p = build_put(b, 14);

	if (!p || mac_field(b, l, "dst", b->env->dmac, p))
		return -1;
	return mac_field(b, l, "src", b->env->smac, p + 6);
}

void eth_finish(struct build *b, struct layer *l)
{
	put16(b->f->data + l->off + 12, field_num(l, "type", layer_ethertype(build_next(b, l))));
}

int vlan_emit(struct build *b, struct layer *l)
{
	unsigned char *p = build_put(b, 4);

	if (!p)
		return -1;
	put16(p, field_num(l, "pcp", 0) << 13 | field_num(l, "id", 1));
	return 0;
}

void vlan_finish(struct build *b, struct layer *l)
{
	unsigned char *p = b->f->data + l->off;

	put16(p - 2, field_num(l, "tpid", 0x8100));
	put16(p + 2, field_num(l, "type", layer_ethertype(build_next(b, l))));
}

int mpls_emit(struct build *b, struct layer *l)
{
	unsigned char *p = build_put(b, 4);

	if (!p)
		return -1;
	put32(p, field_num(l, "label", 16) << 12 | field_num(l, "s", 1) << 8 |
			 field_num(l, "ttl", 64));
	return 0;
}

int arp_emit(struct build *b, struct layer *l)
{
	static const unsigned char fixed[] = {0, 1, 8, 0, 6, 4};
	static const unsigned char nobody[6];
	unsigned char *p = build_put(b, 28);

	if (!p)
		return -1;
	memcpy(p, fixed, sizeof(fixed));
	put16(p + 6, field_num(l, "op", 1));
	if (mac_field(b, l, "sha", b->env->smac, p + 8) || mac_field(b, l, "tha", nobody, p + 18) ||
	    ip_field(l, "spa", AF_INET, b->env->src4, p + 14))
		return -1;
	return ip_field(l, "tpa", AF_INET, b->env->dst4, p + 24);
}

int ip4_emit(struct build *b, struct layer *l)
{
	unsigned char opts[64] = {0}, *p;
	int n = field_hex(l, "opts", opts, 40);

	if (n < 0)
		return n;
	n = (n + 3) & ~3;
	l->hlen = 20 + n;
	p = build_put(b, l->hlen);
	if (!p)
		return -1;
	p[0] = field_num(l, "ver", 4) << 4 | (field_num(l, "ihl", l->hlen / 4) & 15);
	p[1] = field_num(l, "tos", 0);
	put16(p + 4, field_num(l, "id", 0x1234));
	put16(p + 6, (field_num(l, "evil", 0) & 1) << 15 | (field_num(l, "df", 0) & 1) << 14 |
			     (field_num(l, "mf", 0) & 1) << 13 | field_num(l, "off", 0) / 8);
	p[8] = field_num(l, "ttl", 64);
	memcpy(p + 20, opts, n);
	if (ip_field(l, "src", AF_INET, b->env->src4, p + 12))
		return -1;
	return ip_field(l, "dst", AF_INET, b->env->dst4, p + 16);
}

void ip4_finish(struct build *b, struct layer *l)
{
	unsigned char *p = b->f->data + l->off;
	unsigned int want = field_num(l, "want", 0), id;

	p[9] = field_num(l, "proto", layer_proto(build_next(b, l)));
	put16(p + 2, field_num(l, "len", b->f->len - l->off) + field_num(l, "adj", 0));
	if (want) {
		/* The id that makes the sum come to ~want, in one's complement. */
		put16(p + 4, 0);
		put16(p + 10, want);
		id = frame_csum(p, l->hlen, 0);
		memcpy(p + 4, &(uint16_t){id}, 2);
		put16(p + 10, 0);
	}
	memcpy(p + 10, &(uint16_t){frame_csum(p, l->hlen, 0)}, 2);
	if (field_num(l, "bad", 0))
		p[11] ^= field_num(l, "bad", 0);
	if (field_text(l, "csum"))
		put16(p + 10, field_num(l, "csum", 0));
}

int ip6_emit(struct build *b, struct layer *l)
{
	unsigned char *p = build_put(b, 40);

	if (!p)
		return -1;
	l->hlen = 40;
	put32(p, field_num(l, "ver", 6) << 28 | field_num(l, "tc", 0) << 20 |
			 (field_num(l, "flow", 0) & 0xfffff));
	p[7] = field_num(l, "hop", 64);
	if (ip_field(l, "src", AF_INET6, b->env->src6, p + 8))
		return -1;
	return ip_field(l, "dst", AF_INET6, b->env->dst6, p + 24);
}

void ip6_finish(struct build *b, struct layer *l)
{
	unsigned char *p = b->f->data + l->off;

	put16(p + 4, field_num(l, "len", b->f->len - l->off - 40) + field_num(l, "adj", 0));
	p[6] = field_num(l, "next", layer_proto(build_next(b, l)));
}

/* Hop-by-hop and destination options: next, length in 8s less one, options, PadN to a whole 8. */
int opts_emit(struct build *b, struct layer *l)
{
	unsigned char opts[256], *p;
	int n = field_hex(l, "opts", opts, 246), gap;

	if (n < 0)
		return n;
	gap = -(n + 2) & 7;
	p = build_put(b, 2 + n + gap);
	if (!p)
		return -1;
	p[1] = field_num(l, "hlen", (2 + n + gap) / 8 - 1);
	memcpy(p + 2, opts, n);
	if (gap > 1) {
		p[2 + n] = 1;
		p[3 + n] = gap - 2;
	}
	return 0;
}

int rt_emit(struct build *b, struct layer *l)
{
	int n = field_num(l, "n", 1), i;
	unsigned char *p = build_put(b, 8 + 16 * n);

	if (!p)
		return -1;
	p[1] = field_num(l, "hlen", 2 * n);
	p[2] = field_num(l, "type", 0);
	p[3] = field_num(l, "left", 0);
	if (p[2] == 4)
		p[4] = n - 1;
	for (i = 0; i < n; i++)
		if (ip_field(l, "addr", AF_INET6, "2001:db8:3::2", p + 8 + 16 * i))
			return -1;
	return 0;
}

int frag_emit(struct build *b, struct layer *l)
{
	unsigned char *p = build_put(b, 8);

	if (!p)
		return -1;
	p[1] = field_num(l, "res", 0);
	put16(p + 2, (field_num(l, "off", 0) & ~7) | (field_num(l, "mf", 0) & 1));
	put32(p + 4, field_num(l, "id", 0x01020304));
	return 0;
}

int ah_emit(struct build *b, struct layer *l)
{
	unsigned char *p = build_put(b, 24);

	if (!p)
		return -1;
	p[1] = 4;
	put32(p + 4, field_num(l, "spi", 0x100));
	put32(p + 8, field_num(l, "seq", 1));
	return 0;
}

/* Mobility, HIP and Shim6 share their first two bytes. */
int ext8_emit(struct build *b, struct layer *l)
{
	(void)l;
	return build_put(b, 8) ? 0 : -1;
}

void ext_finish(struct build *b, struct layer *l)
{
	b->f->data[l->off] = field_num(l, "next", layer_proto(build_next(b, l)));
}

void pad_edit(struct build *b, struct layer *l)
{
	unsigned int n = field_num(l, "n", 0);
	unsigned char *p = build_put(b, n);

	if (p)
		memset(p, field_num(l, "byte", 0), n);
}

void cut_edit(struct build *b, struct layer *l)
{
	unsigned int n = field_num(l, "n", 14);

	if (n < b->f->len)
		b->f->len = n;
}

void set_edit(struct build *b, struct layer *l)
{
	unsigned int at = field_num(l, "at", 0);
	unsigned char bytes[64];
	int n = field_hex(l, "hex", bytes, sizeof(bytes));

	if (n < 0)
		return;
	if (at + n > b->f->len) {
		frame_fail("set: past the end of the frame");
		return;
	}
	memcpy(b->f->data + at, bytes, n);
}
