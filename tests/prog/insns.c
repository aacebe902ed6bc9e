/*
 * The verifier's work for each program, against tests/prog/verified_insns.txt: lines of kernel
 * version, program, kind of port, instructions. Growth of more than 5 % fails, so that it shows in
 * review. The lines for this kernel are printed as diagnostics.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tests/prog/prog.h"

#define RECORD "tests/prog/verified_insns.txt"

struct shipped {
	const char *name, *port; /* port: "native", "generic", "-" */
};

static const struct shipped programs[] = {
	{"xhop_forward", "native"}, {"xhop_forward", "generic"}, {"xhop_fib4", "-"},
	{"xhop_fib6", "-"},	    {"xhop_xmit", "-"},		 {"xhop_redirect", "-"},
};

static int info_of(__u32 id, struct bpf_prog_info *info)
{
	__u32 len = sizeof(*info);
	int fd = bpf_prog_get_fd_by_id(id), err;

	if (fd < 0)
		return -errno;
	memset(info, 0, len);
	err = bpf_obj_get_info_by_fd(fd, info, &len) ? -errno : 0;
	close(fd);
	return err;
}

/* The program as it runs here; 0: not found. */
static unsigned int verified(const struct shipped *p)
{
	struct bpf_prog_info info;
	unsigned int insns = 0;
	__u32 id = 0;

	if (strcmp(p->port, "-")) {
		unsigned int at = strcmp(p->port, "native") ? 5 : 1;
		const struct port *port = set_port(&router.set, router.ifindex[at]);

		return port && !info_of(port->prog_id, &info) ? info.verified_insns : 0;
	}
	while (!bpf_prog_get_next_id(id, &id))
		if (!info_of(id, &info) && !strcmp(info.name, p->name))
			insns = info.verified_insns;
	return insns;
}

/* "6.18" of 6.18.44-anything. */
static void release(char *out, size_t size)
{
	struct utsname u;
	unsigned int major = 0, minor = 0;

	uname(&u);
	sscanf(u.release, "%u.%u", &major, &minor);
	snprintf(out, size, "%u.%u", major, minor);
}

/* The kind of port as it is recorded: with route maps it is another program. */
static void kind(char *out, size_t size, const struct shipped *p)
{
	snprintf(out, size, "%s%s", p->port, router.maps && strcmp(p->port, "-") ? "-maps" : "");
}

static unsigned int recorded(const char *kernel, const struct shipped *p)
{
	FILE *f = fopen(RECORD, "re");
	char line[128], version[16], name[32], port[16], want[16];
	unsigned int insns, found = 0;

	kind(want, sizeof(want), p);
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%15s %31s %15s %u", version, name, port, &insns) == 4 &&
		    !strcmp(version, kernel) && !strcmp(name, p->name) && !strcmp(port, want))
			found = insns;
	if (f)
		fclose(f);
	return found;
}

static void run(void)
{
	char kernel[16], name[64], port[16];

	release(kernel, sizeof(kernel));
	for (unsigned int i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		const struct shipped *p = &programs[i];
		unsigned int was = recorded(kernel, p), is = verified(p);
		char *why = NULL;

		kind(port, sizeof(port), p);
		snprintf(name, sizeof(name), "verified instructions: %s %s", p->name, port);
		tap_diag("%s %s %s %u", kernel, p->name, port, is);
		if (!was && is) {
			tap_skip(name, "none recorded for Linux %s in " RECORD, kernel);
			continue;
		}
		if ((!is || is > was + was / 20) &&
		    asprintf(&why, "%u recorded, %u now (if that is meant, put it into " RECORD ")",
			     was, is) < 0)
			abort();
		result(why, "%s", name);
	}
}

const struct test_group groups_insns[] = {
	GROUP_RUN("verified instructions", run),
	GROUPS_END,
};
