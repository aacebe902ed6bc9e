/*
 * The two routers of a test, built alike at the same time, and one frame through both.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/diff/compare.h"
#include "tests/diff/diff.h"

int pair_open(struct pair *p, const struct lab_setup *setup, const struct lab_switch *on)
{
	int err;

	memset(p, 0, sizeof(*p));
	p->maps = on->stays;
	p->wait = p->maps && !on->churn;
	err = lab_open(&p->off, "off", setup, NULL);
	if (err)
		return err;
	err = lab_open(&p->on, "on", setup, on);
	if (err)
		lab_close(&p->off);
	else
		reasons_open(&p->reasons, &p->on);
	return err;
}

void pair_close(struct pair *p)
{
	reasons_close(&p->reasons);
	lab_close(&p->on);
	lab_close(&p->off);
}

int pair_sh(struct pair *p, const char *script)
{
	int err = lab_sh(&p->off, script);

	p->changed = true;
	return err ? err : lab_sh(&p->on, script);
}

/* Did the packet itself come out, and not an answer to it? */
static bool forwarded(const struct frame *f, const struct outcome *out)
{
	unsigned int at = f->len < 14 ? 0 : f->data[12] == 0x08 ? 26 : 22;
	unsigned int n = at == 26 ? 8 : 32, i;

	for (i = 0; i < out->n && f->len >= at + n; i++)
		if (out->seen[i].len >= at + n && !memcmp(out->seen[i].data + at, f->data + at, n))
			return true;
	return false;
}

/*
 * For IPv6 Linux answers with a redirect, by a clock and so not always seen here; XDP must not take
 * such a frame at all.
 */
static bool sent_back(const struct frame *f, unsigned int port, const struct outcome *out)
{
	unsigned int i;

	for (i = 0; i < out->n; i++)
		if (out->seen[i].port == port && f->len > 14 && f->data[12] == 0x86)
			return true;
	return false;
}

static void send_once(struct pair *p, unsigned int port, const struct frame *f, struct verdict *v)
{
	static struct outcome off, on;

	lab_send(&p->off, port, f, &off);
	lab_send(&p->on, port, f, &on);
	v->reason = reasons_next(&p->reasons);
	outcome_clean(&p->off, f, &off);
	outcome_clean(&p->on, f, &on);
	v->why = outcome_difference(&off, &on);
	v->taken = !on.stack && forwarded(f, &on);
	p->taken += v->taken;
	v->forwarded = forwarded(f, &off);
	v->plain = v->forwarded && only_forwarded(f, &off);
	if (!v->why && v->taken && sent_back(f, port, &on))
		v->why = strdup("IPv6 by XDP out of its own port: Linux may send a redirect");
	v->same = !v->why;
	v->off = v->why ? outcome_text(&off) : NULL;
	v->on = v->why ? outcome_text(&on) : NULL;
	outcome_free(&off);
	outcome_free(&on);
}

#define DAEMON_US 20000 /* to follow a change */

void pair_send(struct pair *p, unsigned int port, const struct frame *f, struct verdict *v)
{
	unsigned int again = p->maps;
	bool taken;

	send_once(p, port, f, v);
	if (p->changed && p->wait) {
		usleep(DAEMON_US);
		again++;
	}
	p->changed = false;
	for (; again && v->same; again--) {
		taken = v->taken;
		verdict_free(v);
		send_once(p, port, f, v);
		v->taken &= taken;
	}
}

void verdict_free(struct verdict *v)
{
	free(v->why);
	free(v->off);
	free(v->on);
}
