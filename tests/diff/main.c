/*
 * diff: options and parts. Without options the run of `make check`: all named cases and a few
 * random configurations.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/diff/diff.h"
#include "tests/lib/tap.h"

static const char usage[] =
	"usage: diff [OPTION]...\n"
	"  --list             name the cases\n"
	"  --only PATTERN     run the named cases whose \"group: case\" matches (shell pattern or "
	"part)\n"
	"  --long             all, and 100,000 random frames over 50 configurations\n"
	"  --random           only random frames; with --seed N --configs N --frames N\n"
	"  --seed N --frame K send one random frame again and make it as small as it can be\n"
	"  --readme FILE      write the table of what is accelerated into it, instead of "
	"comparing\n"
	"  --jobs N           groups at once (default: 4)\n"
	"  --maps             with the daemon and its maps instead of kernel lookups; each frame "
	"is\n"
	"                     sent until the maps answer it, and all it causes compared each time\n"
	"  --churn            with --maps: routes elsewhere change all the time, nothing waits "
	"for\n"
	"                     the daemon\n"
	"  --on SCRIPT        in place of xhop, a shell script in the second router: proves that "
	"the\n"
	"                     comparison finds what SCRIPT changes; \"true\" compares Linux to "
	"Linux\n";

struct args {
	struct options o;
	bool list, random, lengthy, maps, churn;
	const char *on, *readme;
	uint64_t seed;
	long frame;
	unsigned int configs, frames;
};

static int parse(int argc, char **argv, struct args *a)
{
	static const struct option longs[] = {
		{"list", no_argument, 0, 'l'},
		{"only", required_argument, 0, 'o'},
		{"long", no_argument, 0, 'L'},
		{"random", no_argument, 0, 'r'},
		{"seed", required_argument, 0, 's'},
		{"configs", required_argument, 0, 'c'},
		{"frames", required_argument, 0, 'f'},
		{"frame", required_argument, 0, 'k'},
		{"readme", required_argument, 0, 't'},
		{"jobs", required_argument, 0, 'j'},
		{"on", required_argument, 0, 'n'},
		{"maps", no_argument, 0, 'm'},
		{"churn", no_argument, 0, 'C'},
		{"help", no_argument, 0, 'h'},
		{0, 0, 0, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'l':
			a->list = true;
			break;
		case 'o':
			a->o.only = optarg;
			break;
		case 'L':
			a->lengthy = true;
			break;
		case 'r':
			a->random = true;
			break;
		case 's':
			a->seed = strtoull(optarg, NULL, 0);
			break;
		case 'c':
			a->configs = strtoul(optarg, NULL, 0);
			break;
		case 'f':
			a->frames = strtoul(optarg, NULL, 0);
			break;
		case 'k':
			a->frame = strtol(optarg, NULL, 0);
			break;
		case 't':
			a->readme = optarg;
			break;
		case 'j':
			a->o.jobs = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			a->on = optarg;
			break;
		case 'm':
			a->maps = true;
			break;
		case 'C':
			a->churn = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			return -EINVAL;
		}
	}
	if (optind != argc || !a->configs || !a->frames || a->o.jobs < 1 || a->o.jobs > 8)
		return -EINVAL;
	return 0;
}

static void list_cases(void)
{
	const struct test_group *const *file;
	const struct test_group *g;
	unsigned int i, n = 0;

	for (file = all_groups; *file; file++)
		for (g = *file; g->name; g++)
			for (i = 0; i < g->ncases; i++)
				if (g->cases[i].name && g->cases[i].frame && ++n)
					printf("%s: %s\n", g->name, g->cases[i].name);
	fprintf(stderr, "%u cases\n", n);
}

/* At most 20 s. */
static const char daemon_ready[] =
	"X=%s; for i in $(seq 400); do [ \"$($X -n $R -j show 2>/dev/null | jq -r .daemon)\" = "
	"following ] && exit 0; sleep .05; done; exit 1";

/* Routes that no frame asks for, in both families. */
static const char churn[] = "while :; do for i in $(seq 250); do\n"
			    "echo route replace 198.51.100.$i/32 via 10.0.2.2\n"
			    "echo route replace 2001:db8:ccc::$i/128 via 2001:db8:2::2\n"
			    "echo route del 198.51.100.$i/32; echo route del 2001:db8:ccc::$i/128\n"
			    "done | ip -batch - >/dev/null 2>&1; sleep .01; done";

/* The commands that put xhop on a router and take it off. */
static int choose_switch(struct args *a)
{
	const char *xhop = getenv("XHOP");
	char *path = realpath(xhop ? xhop : "build/xhop", NULL), *on = NULL, *off = NULL, *stays;

	if (a->on) {
		a->o.plain = true;
		a->o.on = (struct lab_switch){.on = a->on};
		free(path);
		return 0;
	}
	if (!path || access(path, X_OK)) {
		fprintf(stderr, "diff: %s: %s: build it first, or name it in $XHOP\n",
			xhop ? xhop : "build/xhop", strerror(errno));
		return -ENOENT;
	}
	if (asprintf(&off, "ip netns exec $R %s detach all", path) < 0 ||
	    asprintf(&on, a->maps ? daemon_ready : "ip netns exec $R %s attach $PORTS", path) < 0 ||
	    asprintf(&stays, "exec %s run $PORTS", path) < 0)
		return -ENOMEM;
	a->o.on = (struct lab_switch){.on = on, .off = off};
	if (a->maps)
		a->o.on.stays = stays;
	if (a->maps && a->churn)
		a->o.on.churn = churn;
	a->o.show = path;
	return 0;
}

static void run_named(const struct args *a)
{
	if (!run_groups(&a->o) && a->o.only)
		tap_bail("no case matches %s", a->o.only);
	if (a->readme && readme_write(a->readme))
		tap_bail("%s: cannot write the table", a->readme);
	if (!a->readme && !a->o.only && !a->o.plain && !a->maps)
		readme_check("README.md");
}

static void run_all(const struct args *a)
{
	if (!a->random)
		run_named(a);
	if (!a->o.only && !a->readme)
		run_random(&a->o, a->seed, a->configs, a->frames);
}

int main(int argc, char **argv)
{
	struct args a = {.o.jobs = 4, .seed = 1, .frame = -1, .configs = 6, .frames = 3000};

	if (argc == 5 && !strcmp(argv[1], "--tcx"))
		return tcx_main(argv[2], argv[3], argv[4]);
	if (parse(argc, argv, &a)) {
		fputs(usage, stderr);
		return 1;
	}
	if (a.list) {
		list_cases();
		return 0;
	}
	if (a.lengthy && a.configs == 6) {
		a.configs = 50;
		a.frames = 100000;
	}
	if (geteuid()) {
		fprintf(stderr, "diff: needs root, for network namespaces\n");
		return 2;
	}
	if (choose_switch(&a) || netns_init("xd"))
		return 2;
	if (a.frame >= 0)
		replay_random(&a.o, a.seed, a.frame);
	else
		run_all(&a);
	return tap_done();
}
