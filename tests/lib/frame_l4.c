/*
 * The layers above IP, and the table of all layers. Checksums over a pseudo header take it from the
 * nearest IP layer outside.
 */
#include <arpa/inet.h>
#include <string.h>

#include "tests/lib/frame_ip.h"
#include "tests/lib/frame_priv.h"

/* The checksum of everything from the layer to the end, with the enclosing IP layer's addresses. */
static void l4_csum(struct build *b, struct layer *l, unsigned int at, int proto)
{
	unsigned char *p = b->f->data + l->off, pseudo[40] = {0};
	unsigned int len = b->f->len - l->off, n = 0;
	struct layer *ip = l;
	uint16_t sum;

	while (ip > b->layer && strcmp(ip->kind->name, "ip4") && strcmp(ip->kind->name, "ip6"))
		ip--;
	if (proto && ip->kind->proto == IPPROTO_IPIP) {
		memcpy(pseudo, b->f->data + ip->off + 12, 8);
		pseudo[9] = proto;
		put16(pseudo + 10, len);
		n = 12;
	} else if (proto && ip->kind->proto == IPPROTO_IPV6) {
		memcpy(pseudo, b->f->data + ip->off + 8, 32);
		put32(pseudo + 32, len);
		pseudo[39] = proto;
		n = 40;
	}
	put16(p + at, 0);
	sum = frame_csum(pseudo, n, 0);
	if (field_num(l, "open", 0)) {
		put16(p + at, 0xffff - ntohs(sum));
		b->f->csum_start = l->off;
		b->f->csum_offset = at;
		return;
	}
	sum = frame_csum(p, len, 0xffff - ntohs(sum));
	if (proto == IPPROTO_UDP && !sum)
		sum = 0xffff;
	memcpy(p + at, &sum, 2);
	if (field_num(l, "bad", 0))
		p[at + 1] ^= field_num(l, "bad", 0);
	if (field_text(l, "csum"))
		put16(p + at, field_num(l, "csum", 0));
}

static int udp_emit(struct build *b, struct layer *l)
{
	unsigned char *p = build_put(b, 8);

	if (!p)
		return -1;
	put16(p, field_num(l, "sport", 1000));
	put16(p + 2, field_num(l, "dport", 2000));
	return 0;
}

static void udp_finish(struct build *b, struct layer *l)
{
	put16(b->f->data + l->off + 4, field_num(l, "len", b->f->len - l->off));
	l4_csum(b, l, 6, IPPROTO_UDP);
}

static int tcp_emit(struct build *b, struct layer *l)
{
	unsigned char opts[64] = {0}, *p;
	int n = field_hex(l, "opts", opts, 40);

	if (n < 0)
		return n;
	n = (n + 3) & ~3;
	p = build_put(b, 20 + n);
	if (!p)
		return -1;
	put16(p, field_num(l, "sport", 1000));
	put16(p + 2, field_num(l, "dport", 2000));
	put32(p + 4, field_num(l, "seq", 1));
	put32(p + 8, field_num(l, "ack", 0));
	put16(p + 12, (5 + n / 4) << 12 | field_num(l, "flags", 0x10));
	put16(p + 14, field_num(l, "win", 8192));
	memcpy(p + 20, opts, n);
	return 0;
}

static void tcp_finish(struct build *b, struct layer *l)
{
	l4_csum(b, l, 16, IPPROTO_TCP);
}

static int sctp_emit(struct build *b, struct layer *l)
{
	unsigned char *p = build_put(b, 12);

	if (!p)
		return -1;
	put16(p, field_num(l, "sport", 1000));
	put16(p + 2, field_num(l, "dport", 2000));
	put32(p + 4, field_num(l, "vtag", 1));
	return 0;
}

static int icmp_emit(struct build *b, struct layer *l)
{
	unsigned char *p = build_put(b, 8);

	if (!p)
		return -1;
	p[0] = field_num(l, "type", l->kind->proto == IPPROTO_ICMP ? 8 : 128);
	p[1] = field_num(l, "code", 0);
	put32(p + 4, field_num(l, "rest", 0x00070001));
	return 0;
}

static void icmp_finish(struct build *b, struct layer *l)
{
	l4_csum(b, l, 2, l->kind->proto == IPPROTO_ICMP ? 0 : IPPROTO_ICMPV6);
}

static int esp_emit(struct build *b, struct layer *l)
{
	unsigned char *p = build_put(b, 8);

	if (!p)
		return -1;
	put32(p, field_num(l, "spi", 0x100));
	put32(p + 4, field_num(l, "seq", 1));
	return 0;
}

static int gre_emit(struct build *b, struct layer *l)
{
	bool key = field_text(l, "key");
	unsigned char *p = build_put(b, key ? 8 : 4);

	if (!p)
		return -1;
	put16(p, field_num(l, "flags", key ? 0x2000 : 0));
	if (key)
		put32(p + 4, field_num(l, "key", 0));
	return 0;
}

static void gre_finish(struct build *b, struct layer *l)
{
	put16(b->f->data + l->off + 2, field_num(l, "proto", layer_ethertype(build_next(b, l))));
}

static int igmp_emit(struct build *b, struct layer *l)
{
	unsigned char *p = build_put(b, 8);
	const char *group = field_text(l, "group");

	if (!p)
		return -1;
	p[0] = field_num(l, "type", 0x16);
	if (inet_pton(AF_INET, group ? group : "239.1.1.1", p + 4) != 1)
		return frame_fail("igmp: group=%s is no address", group);
	return 0;
}

static void igmp_finish(struct build *b, struct layer *l)
{
	l4_csum(b, l, 2, 0);
}

static int data_emit(struct build *b, struct layer *l)
{
	unsigned char bytes[512], *p;
	int n = field_hex(l, "hex", bytes, sizeof(bytes)), i;

	if (n < 0)
		return n;
	if (n) {
		p = build_put(b, n);
		if (p)
			memcpy(p, bytes, n);
		return p ? 0 : -1;
	}
	n = field_num(l, "n", 26);
	p = build_put(b, n);
	for (i = 0; p && i < n; i++)
		p[i] = 'a' + i % 26;
	return p ? 0 : -1;
}

static const struct layer_kind kinds[] = {
	{"eth", -1, 0, "dst src type", eth_emit, eth_finish},
	{"vlan", -1, 0x8100, "id pcp tpid type", vlan_emit, vlan_finish},
	{"mpls", 137, 0x8847, "label ttl s", mpls_emit, NULL},
	{"arp", -1, 0x0806, "op sha spa tha tpa", arp_emit, NULL},
	{"ip4", 4, 0x0800,
	 "src dst ttl tos id proto df mf evil off opts ver ihl len adj csum bad want", ip4_emit,
	 ip4_finish},
	{"ip6", 41, 0x86dd, "src dst hop tc flow next ver len adj", ip6_emit, ip6_finish},
	{"hbh", 0, 0, "opts next hlen", opts_emit, ext_finish},
	{"dstopt", 60, 0, "opts next hlen", opts_emit, ext_finish},
	{"rt", 43, 0, "type left n addr next hlen", rt_emit, ext_finish},
	{"frag", 44, 0, "off mf id next res", frag_emit, ext_finish},
	{"ah", 51, 0, "spi seq next", ah_emit, ext_finish},
	{"mh", 135, 0, "next", ext8_emit, ext_finish},
	{"hip", 139, 0, "next", ext8_emit, ext_finish},
	{"shim6", 140, 0, "next", ext8_emit, ext_finish},
	{"udp", 17, 0, "sport dport len csum bad open", udp_emit, udp_finish},
	{"tcp", 6, 0, "sport dport seq ack flags win opts csum bad open", tcp_emit, tcp_finish},
	{"sctp", 132, 0, "sport dport vtag", sctp_emit, NULL},
	{"icmp", 1, 0, "type code rest csum bad", icmp_emit, icmp_finish},
	{"icmp6", 58, 0, "type code rest csum bad", icmp_emit, icmp_finish},
	{"igmp", 2, 0, "type group bad", igmp_emit, igmp_finish},
	{"esp", 50, 0, "spi seq", esp_emit, NULL},
	{"gre", 47, 0, "key proto flags", gre_emit, gre_finish},
	{"data", -1, 0, "n hex", data_emit, NULL},
	{"pad", -1, 0, "n byte", NULL, pad_edit},
	{"cut", -1, 0, "n", NULL, cut_edit},
	{"set", -1, 0, "at hex", NULL, set_edit},
};

const struct layer_kind *layer_kind(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}
