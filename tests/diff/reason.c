/*
 * Reads the counters between two frames. Sentinels count as "ethertype" and are left out.
 */
#include <stdio.h>
#include <string.h>

#include "tests/diff/reason.h"

static const char *const words[] = {
#define REASON(id, word, sentence) word,
	XHOP_REASONS(REASON)
#undef REASON
};

void reasons_open(struct reasons *r, const struct lab *lab)
{
	memset(r, 0, sizeof(*r));
	if (netns_enter(&lab->router))
		return;
	if (set_find_here(&r->set))
		r->set.count = 0;
	netns_leave();
	reasons_next(r);
}

void reasons_close(struct reasons *r)
{
	if (r->set.count)
		set_close(&r->set);
	r->set.count = 0;
}

const char *reasons_next(struct reasons *r)
{
	uint64_t now[XHOP_REASON_COUNT] = {0};
	struct xhop_port_counters one;
	const char *word = "";
	int i, p;

	for (p = 0; p < r->set.count; p++) {
		if (set_port_counters(&r->set, r->set.ports[p].config.slot, &one))
			return "";
		for (i = 0; i < XHOP_REASON_COUNT; i++)
			now[i] += one.reason[i];
	}
	for (i = XHOP_FORWARDED + 1; i < XHOP_REASON_COUNT; i++)
		if (i != XHOP_ETHERTYPE && now[i] != r->seen[i])
			word = words[i];
	memcpy(r->seen, now, sizeof(now));
	return word;
}

bool only_forwarded(const struct frame *f, const struct outcome *out)
{
	const unsigned char *in = f->data, *got = out->seen[0].data;
	bool ip4 = f->len > 34 && in[12] == 0x08 && in[13] == 0x00;
	unsigned int ttl = ip4 ? 22 : 21, after = ip4 ? 26 : 22, len;

	if (out->n != 1 || f->len < (ip4 ? 34u : 54u))
		return false;
	len = ip4 ? 14 + (in[16] << 8 | in[17]) : 54 + (in[18] << 8 | in[19]);
	if (out->seen[0].len != len || len > f->len || len < after)
		return false;
	return !memcmp(in + 12, got + 12, ttl - 12) && got[ttl] == in[ttl] - 1 &&
	       (!ip4 || got[23] == in[23]) && !memcmp(in + after, got + after, len - after);
}
