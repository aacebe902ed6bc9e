/*
 * Random frames through random configurations, and one of them again: the same seed builds the same
 * router and the same frames, and a failing frame is cut down word by word while it still fails.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/diff/generate.h"
#include "tests/diff/work.h"
#include "tests/lib/tap.h"

#define FAILURES_SHOWN 3

struct random_run {
	uint64_t seed;
	unsigned int configs, frames;
};

static int open_config(const struct options *o, uint64_t seed, struct pair *p, char **script)
{
	struct lab_setup setup = {0};
	int err = -ENOMEM;

	*script = generate_config(seed);
	setup.setup = *script;
	if (*script)
		err = pair_open(p, &setup, &o->on);
	/* So many frames go back out of their port that the clock decides on any redirect. */
	p->off.redirects6 = p->on.redirects6 = REDIRECTS6;
	return err;
}

/* Sends TEXT through both; true when they differ, then V is filled. */
static bool differs(struct pair *p, unsigned int port, const char *text, struct verdict *v)
{
	struct frame_env env = lab_env(port);
	static struct frame f;

	memset(v, 0, sizeof(*v));
	if (frame_build(&f, &env, "%s", text))
		return false;
	pair_send(p, port, &f, v);
	return !v->same;
}

/* Leaves out every word without which the frame still makes a difference. */
static void minimise(struct pair *p, unsigned int port, char *text)
{
	char *word = text, *end, *shorter;
	struct verdict v;
	bool still;

	while (*word) {
		end = strchrnul(word, ' ');
		end += *end == ' ';
		if (asprintf(&shorter, "%.*s%s", (int)(word - text), text, end) < 0)
			return;
		still = *shorter && differs(p, port, shorter, &v);
		if (*shorter)
			verdict_free(&v);
		if (still)
			strcpy(text, shorter);
		else
			word = end;
		free(shorter);
	}
}

static void report(const struct options *o, struct pair *p, uint64_t seed, unsigned int n,
		   unsigned int port, char *text, const struct verdict *v, FILE *out)
{
	(void)o;
	fprintf(out, "# frame %u into port %u: %s\n", n, port, text);
	worker_difference(out, v);
	minimise(p, port, text);
	fprintf(out, "# smallest: %s\n# again: diff --seed %llu --frame %u\n", text,
		(unsigned long long)seed, n);
}

static void run_config(const struct options *o, uint64_t seed, unsigned int frames, FILE *out)
{
	unsigned int i, port, failures = 0, taken = 0, forwarded = 0;
	char *script, *text, *details = NULL, name[64];
	struct verdict v;
	struct pair p;
	size_t size;
	FILE *notes;
	int err;

	err = open_config(o, seed, &p, &script);
	if (err) {
		fprintf(out, "not ok random: configuration %llu cannot be built\n# %s\n",
			(unsigned long long)seed, strerror(-err));
		worker_comment(out, netns_output());
		free(script);
		return;
	}
	notes = open_memstream(&details, &size);
	for (i = 0; notes && i < frames && failures < FAILURES_SHOWN; i++) {
		text = generate_frame(seed, i, &port);
		if (differs(&p, port, text, &v)) {
			failures++;
			report(o, &p, seed, i, port, text, &v, notes);
		}
		taken += v.taken;
		forwarded += v.forwarded;
		verdict_free(&v);
		free(text);
	}
	if (notes)
		fclose(notes);
	fprintf(out,
		"%s random: configuration %llu, %u frames, %u forwarded, %u of them by XDP\n%s",
		failures ? "not ok" : "ok", (unsigned long long)seed, i, forwarded, taken,
		details ? details : "");
	snprintf(name, sizeof(name), "random configuration %llu", (unsigned long long)seed);
	counters_check(o, &p, name, out);
	pair_close(&p);
	free(details);
	free(script);
}

static void work_random(const struct options *o, unsigned int self, FILE *out, void *arg)
{
	const struct random_run *run = arg;
	unsigned int i;

	for (i = self; i < run->configs; i += o->jobs) {
		run_config(o, run->seed + i, run->frames / run->configs, out);
		worker_flush(out);
	}
}

void run_random(const struct options *o, uint64_t seed, unsigned int configs, unsigned int frames)
{
	struct random_run run = {seed, configs, frames};

	run_workers(o, work_random, &run);
}

/* Frame N alone, then, if that shows nothing, after all the frames before it. */
static void work_replay(const struct options *o, unsigned int self, FILE *out, void *arg)
{
	const struct random_run *run = arg;
	unsigned int first, i, port;
	bool found = false;
	char *script, *text;
	struct verdict v;
	struct pair p;

	if (self)
		return;
	for (first = run->frames;; first = 0) {
		if (open_config(o, run->seed, &p, &script)) {
			fprintf(out, "not ok replay: the routers cannot be built\n");
			worker_comment(out, netns_output());
			break;
		}
		for (i = first; i <= run->frames; i++) {
			text = generate_frame(run->seed, i, &port);
			found = differs(&p, port, text, &v) && i == run->frames;
			if (i == run->frames && (found || !first)) {
				fprintf(out, "%sok replay: seed %llu, frame %u%s\n",
					found ? "not " : "", (unsigned long long)run->seed, i,
					first == i ? "" : ", after those before it");
				worker_comment(out, script);
				if (found)
					report(o, &p, run->seed, i, port, text, &v, out);
			}
			verdict_free(&v);
			free(text);
		}
		pair_close(&p);
		free(script);
		if (found || !first)
			break;
	}
	worker_flush(out);
}

void replay_random(const struct options *o, uint64_t seed, unsigned int frame)
{
	struct random_run run = {seed, 1, frame};

	run_workers(o, work_replay, &run);
}
