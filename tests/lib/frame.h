/*
 * frame: Ethernet frames from one line of text, and what differs between two of them.
 *
 * A frame is written as layers from the outside in, each a word followed by its fields:
 *
 *	"ip4 dst=10.0.2.9 ttl=1 udp dport=53 data n=100"
 *	"vlan id=7 ip6 hbh opts=05020000 tcp flags=0x12"
 *	"ip4 icmp type=3 code=1 ip4 src=10.0.2.9 dst=10.0.1.2 udp data n=8"	(an ICMP error)
 *	"ip4 ip6 udp"								(6in4)
 *
 * Lengths, protocols, ethertypes and checksums come out right unless a field says otherwise.
 * Numbers may be decimal or 0x hexadecimal; hex= and opts= take hex digits.
 *
 * Layer	Fields (a field may be left out)
 * eth		dst= src= (MAC, or one letter: see struct frame_env) type= (ethertype or 802.3
 *length) vlan		id= pcp= tpid=			may repeat arp		op= sha= spa= tha=
 *tpa=
 * ip4		src= dst= ttl= tos= id= proto= df= mf= evil= off= (bytes) opts= ver= ihl= len= adj=
 *		csum= bad= want=		len: total length, adj: added to the right one,
 *						csum: value to write, bad=1: a wrong one,
 *						want: choose id so that the checksum is this value
 * ip6		src= dst= hop= tc= flow= next= ver= len= adj=	len: payload length
 * hbh dstopt	opts= next= hlen=		padded with PadN to 8 bytes
 * rt		type= left= n= addr= next= hlen=	n addresses, each addr=
 * frag		off= (bytes) mf= id= next= res=
 * ah		spi= seq= next=
 * mh hip shim6	next=				8 bytes
 * udp		sport= dport= len= csum= bad= open=	open=1: only the pseudo header summed, as a
 *						sender does that leaves the rest to its device
 * tcp		sport= dport= seq= ack= flags= win= opts= bad= open=
 * sctp		sport= dport= vtag=
 * icmp icmp6	type= code= rest= (4 bytes after the checksum) bad=
 * esp		spi= seq=
 * gre		key= proto= flags=
 * mpls		label= ttl= s=
 * igmp		type= group=
 * data		n= (a pattern) or hex=
 * Then, on the finished frame, in the order written:
 * pad		n= byte=			n bytes after the end
 * cut		n=				down to n bytes in all
 * set		at= hex=			overwrite; at= counts from the Ethernet header
 */
#ifndef TESTS_LIB_FRAME_H
#define TESTS_LIB_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 9600

struct frame {
	unsigned int len;
	/* open=1: where the L4 header starts and where its checksum lies in it; both 0: whole. */
	unsigned int csum_start, csum_offset;
	unsigned char data[FRAME_MAX];
};

/* What a field has when the text does not say. mac[] gives names to addresses: dst=r is mac['r' -
 * 'a']. */
struct frame_env {
	unsigned char dmac[6], smac[6];
	const char *src4, *dst4, *src6, *dst6;
	unsigned char mac[26][6];
};

/* 02:00:00:00:01:01 from 02:00:00:00:02:01; 10.0.1.2 to 10.0.2.2; 2001:db8:1::2 to 2001:db8:2::2 */
extern const struct frame_env frame_env_default;

/*
 * Builds TEXT (printf style) into F. ENV may be NULL. Returns 0, or -EINVAL with a message in
 * frame_error().
 */
int frame_build(struct frame *f, const struct frame_env *env, const char *text, ...)
	__attribute__((format(printf, 3, 4)));
const char *frame_error(void);

/* The Internet checksum, in the order it stands in the packet, of LEN bytes added to START. */
uint16_t frame_csum(const void *data, size_t len, uint32_t start);

/* Hex dump, 16 bytes a line, into a buffer the caller frees. */
char *frame_hex(const unsigned char *data, unsigned int len);
/* The name of the field that the byte at OFF belongs to, such as "ip4.ttl"; static storage. */
const char *frame_field(const unsigned char *data, unsigned int len, unsigned int off);
/* One line about the frame, such as "ip4 10.0.1.2 > 10.0.2.2 ttl 63 udp 98 bytes"; caller frees. */
char *frame_summary(const unsigned char *data, unsigned int len);
/*
 * Names the first field in which the frames differ and its two values; NULL when they are equal.
 * The caller frees it.
 */
char *frame_difference(const unsigned char *a, unsigned int alen, const unsigned char *b,
		       unsigned int blen);

#endif
