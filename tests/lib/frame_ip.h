/* The layers of frame_ip.c, for the table in frame_l4.c. Only frame*.c includes this. */
#ifndef TESTS_LIB_FRAME_IP_H
#define TESTS_LIB_FRAME_IP_H

#include "tests/lib/frame_priv.h"

void put16(unsigned char *p, unsigned int v);
void put32(unsigned char *p, unsigned int v);
/* What the enclosing header writes for the layer that follows. */
int layer_ethertype(struct layer *next);
int layer_proto(struct layer *next);

int eth_emit(struct build *b, struct layer *l);
void eth_finish(struct build *b, struct layer *l);
int vlan_emit(struct build *b, struct layer *l);
void vlan_finish(struct build *b, struct layer *l);
int mpls_emit(struct build *b, struct layer *l);
int arp_emit(struct build *b, struct layer *l);
int ip4_emit(struct build *b, struct layer *l);
void ip4_finish(struct build *b, struct layer *l);
int ip6_emit(struct build *b, struct layer *l);
void ip6_finish(struct build *b, struct layer *l);
int opts_emit(struct build *b, struct layer *l);
int rt_emit(struct build *b, struct layer *l);
int frag_emit(struct build *b, struct layer *l);
int ah_emit(struct build *b, struct layer *l);
int ext8_emit(struct build *b, struct layer *l);
void ext_finish(struct build *b, struct layer *l);
void pad_edit(struct build *b, struct layer *l);
void cut_edit(struct build *b, struct layer *l);
void set_edit(struct build *b, struct layer *l);

#endif
