/*
 * Worker processes and the pipes their results come through.
 */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/diff/work.h"
#include "tests/lib/tap.h"

#define WORKERS_MAX 8

void worker_comment(FILE *out, const char *text)
{
	const char *end;

	for (; text && *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		fprintf(out, "# %.*s\n", (int)(end - text), text);
	}
}

void worker_difference(FILE *out, const struct verdict *v)
{
	worker_comment(out, v->why);
	fprintf(out, "# with xhop it was %s; Linux sent:\n", v->taken ? "taken" : "passed");
	worker_comment(out, v->off);
	fputs("# with xhop:\n", out);
	worker_comment(out, v->on);
}

void worker_flush(FILE *out)
{
	fputs(".\n", out);
	fflush(out);
}

static void worker(const struct options *o, work_fn *fn, void *arg, unsigned int self, int fd)
{
	FILE *out = fdopen(fd, "w");
	cpu_set_t cpu;

	netns_forget();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	CPU_ZERO(&cpu);
	CPU_SET(self % sysconf(_SC_NPROCESSORS_ONLN), &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu);
	fn(o, self, out, arg);
	fclose(out);
	exit(0);
}

/* Prints one whole of a worker's results; false at its end. */
static bool take_results(FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, in)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (!strncmp(line, "ok ", 3))
			tap_result(true, "%s", line + 3);
		else if (!strncmp(line, "not ok ", 7))
			tap_result(false, "%s", line + 7);
		else if (!strncmp(line, "@ ", 2))
			table_take(line + 2);
		else if (line[0] == '.')
			break;
		else
			printf("%s\n", line);
	}
	free(line);
	return n > 0;
}

static void finish(const int *pids, unsigned int n)
{
	unsigned int i;
	int status;

	for (i = 0; i < n; i++)
		if (waitpid(pids[i], &status, 0) == pids[i] && status)
			tap_result(false, "worker %u ended with status %#x", i, status);
}

unsigned int run_workers(const struct options *o, work_fn *fn, void *arg)
{
	unsigned int n, i, open = 0, results = 0;
	int pids[WORKERS_MAX], fds[2];
	FILE *in[WORKERS_MAX];

	fflush(stdout);
	for (n = 0; n < o->jobs && n < WORKERS_MAX && !pipe(fds); n++) {
		pids[n] = fork();
		if (!pids[n]) {
			close(fds[0]);
			worker(o, fn, arg, n, fds[1]);
		}
		close(fds[1]);
		in[n] = fdopen(fds[0], "r");
		open++;
	}
	while (open)
		for (i = 0; i < n; i++) {
			if (!in[i])
				continue;
			if (take_results(in[i])) {
				results++;
				continue;
			}
			fclose(in[i]);
			in[i] = NULL;
			open--;
		}
	finish(pids, n);
	return results;
}
