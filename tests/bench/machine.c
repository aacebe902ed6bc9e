// SPDX-License-Identifier: GPL-2.0
/* Where and how the figures came about. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "tests/bench/report.h"
#include "user/set.h"

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
	fprintf(out, "- Other forwarding programs of xhop on the machine at the end: %d\n",
		set_count_everywhere() - 2);
	fprintf(out, "- Command: `sudo make bench%s`, %.0f s\n", opts->quick ? "-quick" : "",
		seconds);
}
