/* Runs groups of cases: settings on and off around a frame, families, skips, names. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prog/prog.h"

static char *run_case(const struct test_group *g, const struct test_case *c, const char *when,
		      enum xhop_reason reason)
{
	const char *words = c->frame ? c->frame : g->ip6 ? "ip6 udp data" : "ip4 udp data";
	struct expect e = {.reason = reason, .out = c->out, .via = c->via, .flags = c->flags};
	unsigned int port = c->port ? c->port : 1;
	struct frame_env env = router_env(port);
	struct frame frame;
	char *why = NULL, *more;

	if (reason != c->reason)
		e.flags &= CASE_NO_SUM | CASE_FLOW_HASH | CASE_EITHER;
	if (frame_build(&frame, &env, "%s", words)) {
		if (asprintf(&why, "%s: %s", words, frame_error()) < 0)
			abort();
		return why;
	}
	why = run_frame(port, &frame, c->linear, &e);
	if (!why || !*when)
		return why;
	if (asprintf(&more, "%s: %s", when, why) < 0)
		abort();
	free(why);
	return more;
}

static char *shell_failed(const char *what)
{
	char *why;

	if (asprintf(&why, "%s: %s", what, netns_output()) < 0)
		abort();
	return why;
}

/* The frame before a setting, with it and without it again. */
static void run_setting(const struct test_group *g, const struct test_case *c, const char *name)
{
	char *why = NULL, *undo = NULL;
	bool once = c->flags & CASE_ONCE;

	if (!once)
		why = run_case(g, c, "before", XHOP_FORWARDED);
	if (!why && c->on && *c->on && router_sh(c->on)) {
		if (c->lacks) {
			if (c->off)
				router_sh(c->off);
			skipped(c->reason, name, c->lacks);
			return;
		}
		why = shell_failed(c->on);
	}
	if (!why && c->call && c->call(true))
		why = shell_failed("switching it on");
	if (!why)
		why = run_case(g, c, "", c->reason);
	if (c->call)
		c->call(false);
	if (c->off && *c->off && router_sh(c->off))
		undo = shell_failed(c->off);
	if (!why && undo)
		why = undo;
	else
		free(undo);
	if (!why && !once)
		why = run_case(g, c, "after", XHOP_FORWARDED);
	result(why, "%s", name);
}

static void run_group(const struct test_group *g, const char *only)
{
	char name[160];

	for (unsigned int i = 0; i < g->ncases; i++) {
		const struct test_case *c = &g->cases[i];

		snprintf(name, sizeof(name), "%s: %s", g->name, c->name);
		if (only && fnmatch(only, name, FNM_EXTMATCH))
			continue;
		if (c->on || c->call)
			run_setting(g, c, name);
		else
			result(run_case(g, c, "", c->reason), "%s", name);
	}
}

static bool group_wanted(const struct test_group *g, const char *only)
{
	char name[160];

	if (!only)
		return true;
	if (g->run) {
		snprintf(name, sizeof(name), "%s: ", g->name);
		return !fnmatch(only, name, FNM_EXTMATCH);
	}
	for (unsigned int i = 0; i < g->ncases; i++) {
		snprintf(name, sizeof(name), "%s: %s", g->name, g->cases[i].name);
		if (!fnmatch(only, name, FNM_EXTMATCH))
			return true;
	}
	return false;
}

void groups_run(const struct test_group *groups, const char *only)
{
	for (const struct test_group *g = groups; g->name; g++) {
		if (!group_wanted(g, only))
			continue;
		if (g->setup && router_sh(g->setup)) {
			if (g->lacks)
				tap_skip(g->name, "%s", g->lacks);
			else
				result(shell_failed(g->setup), "%s: setup", g->name);
		} else if (g->run) {
			g->run();
		} else {
			run_group(g, only);
		}
		if (g->undo && router_sh(g->undo) && !g->lacks)
			result(shell_failed(g->undo), "%s: undo", g->name);
	}
}
