/*
 * Inside of frame: a text split into layers, and the table of what each kind of layer writes.
 * Only frame*.c includes this. Values point into the builder's copy of the text.
 */
#ifndef TESTS_LIB_FRAME_PRIV_H
#define TESTS_LIB_FRAME_PRIV_H

#include "tests/lib/frame.h"

#define LAYERS_MAX 24
#define FIELDS_MAX 16

struct field {
	const char *key, *value;
};

struct build;

struct layer {
	const struct layer_kind *kind;
	unsigned int off, hlen; /* where its header stands in the frame */
	unsigned int nfields;
	struct field field[FIELDS_MAX];
};

/*
 * emit appends the header (and sets hlen); finish, from the innermost layer outwards, fills what
 * depends on the rest: lengths, the next protocol, checksums.
 */
struct layer_kind {
	const char *name;
	int proto;     /* as an IP protocol, -1: none */
	int ethertype; /* as an Ethernet payload, 0: none */
	const char *keys;
	int (*emit)(struct build *b, struct layer *l);
	void (*finish)(struct build *b, struct layer *l);
};

struct build {
	struct frame *f;
	const struct frame_env *env;
	unsigned int n;
	struct layer layer[LAYERS_MAX];
};

const struct layer_kind *layer_kind(const char *name);

int frame_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
const char *field_text(const struct layer *l, const char *key);
long long field_num(const struct layer *l, const char *key, long long otherwise);
/* Hex digits of KEY into OUT; returns the number of bytes, or a negative error. */
int field_hex(const struct layer *l, const char *key, unsigned char *out, unsigned int room);
/* Room for LEN zero bytes at the end of the frame, NULL if there is none. */
void *build_put(struct build *b, unsigned int len);
/* The layer after L, NULL for the last one. */
struct layer *build_next(struct build *b, struct layer *l);

#endif
