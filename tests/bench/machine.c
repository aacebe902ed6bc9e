// SPDX-License-Identifier: GPL-2.0
/* Where and how the figures came about. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "tests/bench/report.h"

/* First line of what a command prints; "?" if it prints nothing. */
static const char *first_line(const char *command)
{
	static char line[256];
	FILE *f = popen(command, "re");

	if (!f || !fgets(line, sizeof(line), f))
		strcpy(line, "?");
	if (f)
		pclose(f);
	line[strcspn(line, "\n")] = '\0';
	return line;
}

int machine_other_tracers(void)
{
	int count = 0, fd;
	__u32 id = 0;

	while (!bpf_prog_get_next_id(id, &id)) {
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);

		fd = bpf_prog_get_fd_by_id(id);
		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &len) && !strcmp(info.name, "xhop_fib4"))
			count++;
		close(fd);
	}
	return count > 1 ? count - 1 : 0;
}

void machine_describe(FILE *out, const struct lab *lab, const struct options *opts, double seconds)
{
	const struct routes *routes = lab->table->routes;
	struct utsname u;

	uname(&u);
	fprintf(out, "- Machine: %s, %ld CPUs",
		first_line("sed -n 's/^model name.*: //p' /proc/cpuinfo"),
		sysconf(_SC_NPROCESSORS_ONLN));
	fprintf(out, ", %s\n",
		first_line("grep -q '^flags.* hypervisor' /proc/cpuinfo && echo "
			   "'virtual machine' || echo 'real machine'"));
	fprintf(out, "- Kernel: %s %s %s\n", u.sysname, u.release, u.machine);
	fprintf(out, "- xhop: %s", XHOP_VERSION);
	fprintf(out, ", commit %s\n", first_line("git describe --always --dirty 2>/dev/null"));
	fprintf(out, "- Compilers: %s", first_line("clang --version"));
	fprintf(out, "; %s\n", first_line("gcc --version"));
	fprintf(out, "- libbpf %s; xdp-forward: %s\n", libbpf_version_string(),
		lab->has_xdp_forward ? "installed"
				     : "not installed, left out (fib-lookup does the "
				       "same work)");
	fprintf(out, "- Routes: %s, %d IPv4 and %d IPv6 prefixes, next hops at random over %d\n",
		lab->table->from, routes[0].count, routes[1].count, BENCH_HOPS);
	if (!lab->has_maps)
		fputs("- This build has no `xhop run`: `lookup maps` is left out.\n", out);
	if (lab->tracers)
		fprintf(out,
			"- Beside this build %d other versions of xhop ran on the machine: every "
			"lookup "
			"of the kernel paid for their tracing programs, too.\n",
			lab->tracers);
	fprintf(out, "- Command: `sudo make bench%s`, %.0f s\n", opts->quick ? "-quick" : "",
		seconds);
}
