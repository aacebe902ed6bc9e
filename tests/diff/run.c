/*
 * Runs groups of named cases, several at once: each worker process takes every n-th group, is bound
 * to one CPU so that a frame is through the router when send() returns, and writes its result lines
 * into a pipe; the parent alone numbers and prints them.
 */
#include <fnmatch.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/diff/diff.h"
#include "tests/lib/tap.h"

#define WORKERS_MAX 8

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

/* Result lines and diagnostics: "ok name", "not ok name", "# text". */
static void comment(FILE *out, const char *text)
{
	const char *end;

	for (; text && *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		fprintf(out, "# %.*s\n", (int)(end - text), text);
	}
}

static const char *expectation(const struct options *o, const struct test_case *c,
			       const struct verdict *v)
{
	if (c->expect == EXPECT_FAST && !v->forwarded)
		return "Linux did not forward it at all: the case is wrong";
	if (o->plain)
		return NULL;
	if (c->expect == EXPECT_FAST && !v->taken)
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
	if (o->table)
		fprintf(out, "@ %d%d %s\n", v.taken, v.forwarded, g->name);
	if (!v.same || unexpected) {
		sent = frame_summary(f.data, f.len);
		fprintf(out, "# into port %u: %s\n# as: %s\n", port, sent, c->frame);
		free(sent);
	}
	if (unexpected)
		comment(out, unexpected);
	if (!v.same) {
		comment(out, v.why);
		fprintf(out, "# with xhop it was %s; Linux sent:\n", v.taken ? "taken" : "passed");
		comment(out, v.off);
		fputs("# with xhop:\n", out);
		comment(out, v.on);
	}
	verdict_free(&v);
}

static void run_group(const struct options *o, const struct test_group *g, FILE *out)
{
	const struct test_case *c;
	struct pair p;
	int err;

	err = pair_open(&p, &g->lab, &o->on);
	if (err) {
		fprintf(out, "not ok %s: build the routers\n# %s\n", g->name, strerror(-err));
		comment(out, netns_output());
		return;
	}
	for (c = g->cases; c < g->cases + g->ncases; c++) {
		err = c->cmd ? pair_sh(&p, c->cmd) : 0;
		if (err) {
			fprintf(out, "not ok %s: %s\n# %s: %s\n", g->name, c->name, c->cmd,
				strerror(-err));
			comment(out, netns_output());
			continue;
		}
		/* Every frame of a group may change what the next one meets: send them all. */
		if (c->frame && (case_wanted(o, g, c) || c->cmd))
			run_case(o, &p, g, c, out);
	}
	pair_close(&p);
}

static void worker(const struct options *o, unsigned int self, int fd)
{
	const struct test_group *const *file;
	const struct test_group *g;
	FILE *out = fdopen(fd, "w");
	unsigned int turn = 0;
	cpu_set_t cpu;

	netns_forget();
	CPU_ZERO(&cpu);
	CPU_SET(self % sysconf(_SC_NPROCESSORS_ONLN), &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu);
	for (file = all_groups; *file; file++)
		for (g = *file; g->name; g++) {
			if (!group_wanted(o, g) || turn++ % o->jobs != self)
				continue;
			run_group(o, g, out);
			fputs(".\n", out);
			fflush(out);
		}
	fclose(out);
	exit(0);
}

struct tally {
	unsigned int groups, fast, slow;
};

static void take_line(const char *line, struct tally *t)
{
	if (!strncmp(line, "ok ", 3))
		tap_result(true, "%s", line + 3);
	else if (!strncmp(line, "not ok ", 7))
		tap_result(false, "%s", line + 7);
	else if (line[0] == '#')
		printf("%s\n", line);
	else if (line[0] == '.')
		t->groups++;
}

/* Reads one group's lines, so that groups do not mix. False at the worker's end. */
static bool take_group(FILE *in, struct tally *t)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, in)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		take_line(line, t);
		if (!strcmp(line, "."))
			break;
	}
	free(line);
	return n > 0;
}

unsigned int run_groups(const struct options *o)
{
	struct tally tally = {0};
	FILE *in[WORKERS_MAX];
	int pids[WORKERS_MAX], fds[2], status;
	unsigned int i, open = 0;

	fflush(stdout);
	for (i = 0; i < o->jobs && i < WORKERS_MAX; i++) {
		if (pipe(fds))
			return 0;
		pids[i] = fork();
		if (!pids[i]) {
			close(fds[0]);
			worker(o, i, fds[1]);
		}
		close(fds[1]);
		in[i] = fdopen(fds[0], "r");
		open++;
	}
	while (open)
		for (i = 0; i < o->jobs; i++)
			if (in[i] && !take_group(in[i], &tally)) {
				fclose(in[i]);
				in[i] = NULL;
				open--;
			}
	for (i = 0; i < o->jobs; i++)
		if (waitpid(pids[i], &status, 0) == pids[i] && status)
			tap_result(false, "worker %u ended with status %#x", i, status);
	return tally.groups;
}
