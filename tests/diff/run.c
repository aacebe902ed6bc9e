/*
 * Runs the groups of named cases, each in two fresh routers, spread over the workers.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "tests/diff/work.h"
#include "tests/lib/kernel.h"

static bool case_wanted(const struct options *o, const struct test_group *g,
			const struct test_case *c)
{
	char name[256];

	if (!o->only)
		return true;
	snprintf(name, sizeof(name), "%s: %s", g->name, c->name ? c->name : "");
	return !fnmatch(o->only, name, 0) || strstr(name, o->only);
}

static bool group_wanted(const struct options *o, const struct test_group *g)
{
	unsigned int i;

	for (i = 0; i < g->ncases; i++)
		if (g->cases[i].name && case_wanted(o, g, &g->cases[i]))
			return true;
	return false;
}

/* What a veth does not show before Linux 6.3, XDP leaves to Linux where it may be so. */
static bool hidden_here(const struct verdict *v)
{
	return kernel_before(6, 3) && !strcmp(v->reason, "skb-checksum");
}

static const char *expectation(const struct options *o, const struct test_case *c,
			       const struct verdict *v)
{
	if (c->expect == EXPECT_FAST && !v->forwarded)
		return "Linux did not forward it at all: the case is wrong";
	if (o->plain)
		return NULL;
	if (c->expect == EXPECT_FAST && !v->taken && !hidden_here(v))
		return "XDP should have taken it and did not";
	if (c->expect == EXPECT_SLOW && v->taken)
		return "XDP should have left it to Linux";
	return NULL;
}

static void run_case(const struct options *o, struct pair *p, const struct test_group *g,
		     const struct test_case *c, FILE *out)
{
	unsigned int port = c->port ? c->port : 1;
	struct frame_env env = lab_env(port);
	const char *unexpected;
	static struct frame f;
	struct verdict v;
	char *sent;

	if (frame_build(&f, &env, "%s", c->frame)) {
		fprintf(out, "not ok %s: %s\n# %s: %s\n", g->name, c->name, c->frame,
			frame_error());
		return;
	}
	pair_send(p, port, &f, &v);
	unexpected = expectation(o, c, &v);
	fprintf(out, "%s %s: %s\n", v.same && !unexpected ? "ok" : "not ok", g->name, c->name);
	if (!o->plain)
		fprintf(out, "@ %d%d %s|%s: %s\n", v.taken, v.plain, v.reason, g->name, c->name);
	if (!v.same || unexpected) {
		sent = frame_summary(f.data, f.len);
		fprintf(out, "# into port %u: %s\n# as: %s\n", port, sent, c->frame);
		free(sent);
	}
	if (unexpected)
		worker_comment(out, unexpected);
	if (!v.same)
		worker_difference(out, &v);
	verdict_free(&v);
}

/* Does C stand within commands of tcx that this kernel does not have? ON: until "off". */
static bool lacks_tcx(const struct test_case *c, bool *on)
{
	bool was = *on;

	if (c->cmd && strstr(c->cmd, "--tcx") && kernel_before(6, 6))
		*on = !strstr(c->cmd, " off");
	return was || *on;
}

static void run_cases(const struct options *o, struct pair *p, const struct test_group *g,
		      FILE *out)
{
	const struct test_case *c;
	bool skipping = false;
	int err;

	if (g->enter && pair_sh(p, g->enter)) {
		fprintf(out, "not ok %s: set up\n", g->name);
		worker_comment(out, netns_output());
		return;
	}
	for (c = g->cases; c < g->cases + g->ncases; c++) {
		if (lacks_tcx(c, &skipping)) {
			fprintf(out, "ok %s: %s # SKIP no tcx before Linux 6.6\n", g->name,
				c->name);
			continue;
		}
		err = c->cmd ? pair_sh(p, c->cmd) : 0;
		if (err) {
			fprintf(out, "not ok %s: %s\n# %s: %s\n", g->name, c->name, c->cmd,
				strerror(-err));
			worker_comment(out, netns_output());
			continue;
		}
		/* Every frame of a group may change what the next one meets: send them all. */
		if (c->frame)
			run_case(o, p, g, c, out);
	}
}

/* Tables that change nothing and want the same routers follow each other through one pair. */
static bool may_share(const struct test_group *g, const struct test_group *next)
{
	unsigned int i;

	for (i = 0; i < g->ncases; i++)
		if (g->cases[i].cmd)
			return false;
	return next->name && !memcmp(&g->lab, &next->lab, sizeof(g->lab));
}

static const struct test_group *last_shared(const struct test_group *g)
{
	while (may_share(g, g + 1))
		g++;
	return g;
}

static void run_shared(const struct options *o, const struct test_group *first,
		       const struct test_group *last, FILE *out)
{
	const struct test_group *g;
	struct pair p;
	int err;

	err = pair_open(&p, &first->lab, &o->on);
	if (err) {
		fprintf(out, "not ok %s: build the routers\n# %s\n", first->name, strerror(-err));
		worker_comment(out, netns_output());
		return;
	}
	for (g = first; g <= last; g++)
		if (group_wanted(o, g))
			run_cases(o, &p, g, out);
	counters_check(o, &p, first->name, out);
	pair_close(&p);
}

static void work_groups(const struct options *o, unsigned int self, FILE *out, void *unused)
{
	const struct test_group *const *file;
	const struct test_group *g, *last;
	unsigned int turn = 0;
	bool wanted;

	(void)unused;
	for (file = all_groups; *file; file++)
		for (g = *file; g->name; g = last + 1) {
			last = last_shared(g);
			for (wanted = false; g <= last && !wanted; g += !wanted)
				wanted = group_wanted(o, g);
			if (!wanted || turn++ % o->jobs != self)
				continue;
			run_shared(o, g, last, out);
			worker_flush(out);
		}
}

unsigned int run_groups(const struct options *o)
{
	return run_workers(o, work_groups, NULL);
}
