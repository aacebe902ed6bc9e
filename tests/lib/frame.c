/*
 * Builds a frame from text: splits it into layers, lets each layer write its header from the
 * outside in, then lets each fill lengths and checksums from the inside out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/frame.h"
#include "tests/lib/frame_priv.h"

const struct frame_env frame_env_default = {
	.dmac = {2, 0, 0, 0, 1, 1},
	.smac = {2, 0, 0, 0, 2, 1},
	.src4 = "10.0.1.2",
	.dst4 = "10.0.2.2",
	.src6 = "2001:db8:1::2",
	.dst6 = "2001:db8:2::2",
};

static char error[256];

const char *frame_error(void)
{
	return error;
}

int frame_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, sizeof(error), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

const char *field_text(const struct layer *l, const char *key)
{
	unsigned int i;

	for (i = 0; i < l->nfields; i++)
		if (!strcmp(l->field[i].key, key))
			return l->field[i].value;
	return NULL;
}

long long field_num(const struct layer *l, const char *key, long long otherwise)
{
	const char *v = field_text(l, key);

	return v ? strtoll(v, NULL, 0) : otherwise;
}

int field_hex(const struct layer *l, const char *key, unsigned char *out, unsigned int room)
{
	const char *v = field_text(l, key);
	unsigned int n, byte;

	if (!v)
		return 0;
	for (n = 0; v[0]; n++, v += 2) {
		if (n == room || sscanf(v, "%2x", &byte) != 1 || !v[1])
			return frame_fail("%s: %s: bad hex digits", l->kind->name, key);
		out[n] = byte;
	}
	return n;
}

void *build_put(struct build *b, unsigned int len)
{
	void *p = b->f->data + b->f->len;

	if (len > FRAME_MAX - b->f->len) {
		frame_fail("longer than %d bytes", FRAME_MAX);
		return NULL;
	}
	memset(p, 0, len);
	b->f->len += len;
	return p;
}

struct layer *build_next(struct build *b, struct layer *l)
{
	return l + 1 < b->layer + b->n ? l + 1 : NULL;
}

static bool key_known(const char *keys, const char *key)
{
	size_t n = strlen(key);
	const char *at;

	for (at = keys; (at = strstr(at, key)); at += n)
		if ((at == keys || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
	return false;
}

static int build_field(struct build *b, char *word)
{
	struct layer *l = &b->layer[b->n - 1];
	char *value = strchr(word, '=');

	*value++ = '\0';
	if (!key_known(l->kind->keys, word))
		return frame_fail("%s has no field %s=", l->kind->name, word);
	if (l->nfields == FIELDS_MAX)
		return frame_fail("%s has too many fields", l->kind->name);
	l->field[l->nfields++] = (struct field){word, value};
	return 0;
}

static int build_layer(struct build *b, const char *word)
{
	struct layer *l = &b->layer[b->n];

	if (b->n == LAYERS_MAX)
		return frame_fail("more than %d layers", LAYERS_MAX);
	l->kind = layer_kind(word);
	if (!l->kind)
		return frame_fail("no layer is called %s", word);
	b->n++;
	return 0;
}

static int build_split(struct build *b, char *text)
{
	char *word, *rest = text;
	int err;

	while ((word = strsep(&rest, " \t\n"))) {
		if (!*word)
			continue;
		if (!b->n && strcmp(word, "eth")) {
			err = build_layer(b, "eth");
			if (err)
				return err;
		}
		err = strchr(word, '=') ? build_field(b, word) : build_layer(b, word);
		if (err)
			return err;
	}
	return 0;
}

static int build_run(struct build *b)
{
	unsigned int i;
	int err;

	/* What edits the finished frame comes after the lengths and checksums are right. */
	for (i = 0; i < b->n; i++) {
		b->layer[i].off = b->f->len;
		if (!b->layer[i].kind->emit)
			continue;
		err = b->layer[i].kind->emit(b, &b->layer[i]);
		if (err)
			return err;
	}
	for (i = b->n; i-- > 0;)
		if (b->layer[i].kind->emit && b->layer[i].kind->finish)
			b->layer[i].kind->finish(b, &b->layer[i]);
	error[0] = '\0';
	for (i = 0; i < b->n; i++)
		if (!b->layer[i].kind->emit)
			b->layer[i].kind->finish(b, &b->layer[i]);
	return error[0] ? -EINVAL : 0;
}

int frame_build(struct frame *f, const struct frame_env *env, const char *text, ...)
{
	struct build *b = calloc(1, sizeof(*b));
	char *words = NULL;
	va_list ap;
	int err = -ENOMEM;

	if (!b)
		return err;
	va_start(ap, text);
	if (vasprintf(&words, text, ap) < 0)
		words = NULL;
	va_end(ap);
	if (words) {
		b->f = f;
		b->env = env ? env : &frame_env_default;
		f->len = f->csum_start = f->csum_offset = 0;
		err = build_split(b, words);
		if (!err)
			err = build_run(b);
	}
	free(words);
	free(b);
	return err;
}

uint16_t frame_csum(const void *data, size_t len, uint32_t start)
{
	const unsigned char *p = data;
	uint64_t sum = start;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	if (len & 1)
		sum += p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum & 0xffff);
}
