// SPDX-License-Identifier: GPL-2.0
/* What a table costs in time and memory: rows from what lab_fill() and lab_xhop_start() noted. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "tests/bench/bench.h"

#define MIB (1 << 20)

/* What the kernel charges for a map, in bytes. */
static double map_bytes(int fd)
{
	char path[64], line[128];
	double bytes = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "memlock: %lf", &bytes) == 1)
			break;
	if (f)
		fclose(f);
	return bytes;
}

/* All maps of a program. */
static double program_bytes(int prog)
{
	__u32 ids[64], len = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = {.nr_map_ids = 64, .map_ids = (unsigned long)ids};
	double bytes = 0;

	if (prog < 0 || bpf_obj_get_info_by_fd(prog, &info, &len))
		return 0;
	for (__u32 i = 0; i < info.nr_map_ids && i < 64; i++) {
		int fd = bpf_map_get_fd_by_id(ids[i]);

		if (fd < 0)
			continue;
		bytes += map_bytes(fd);
		close(fd);
	}
	return bytes;
}

static double resident(int pid)
{
	char path[64], line[128];
	double kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %lf", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib * 1024;
}

static int put(const char *section, const char *table, const char *family, const char *variant,
	       const char *unit, double value)
{
	struct row_key key = {section, table, "-", family, variant, unit};

	return value <= 0 || row_add(&key, &value, 1) ? 0 : -ENOMEM;
}

static double maps_mib(const struct lab *lab, enum variant variant)
{
	return program_bytes(lab_program(lab, variant, 0)) / MIB;
}

int fill_section(struct lab *lab, const char *table)
{
	int tries[] = {bpf_map__fd(lab->skel->maps.lpm4), bpf_map__fd(lab->skel->maps.lpm6)};
	int failed = 0;

	for (int six = 0; six < 2; six++) {
		const char *family = lab_family_name(six);

		failed |= put("fill", table, family, "linux", "s", lab->kernel_ns[six] / 1e9);
		failed |= put("fill", table, family, "lpm-trie", "s", lab->lpm_ns[six] / 1e9);
		failed |=
			put("memory", table, family, "linux", "MiB", lab->kernel_bytes[six] / MIB);
		failed |= put("memory", table, family, "lpm-trie", "MiB",
			      map_bytes(tries[six]) / MIB);
	}
	if (!lab_has(lab, VARIANT_MAPS)) {
		failed |= put("memory", table, "both", "xhop-helper", "MiB",
			      maps_mib(lab, VARIANT_HELPER));
		return failed;
	}
	failed |= put("fill", table, "both", "xhop-maps", "s", lab->dump_ns / 1e9);
	failed |= put("fill", table, "both", "xhop-run", "s", lab->ready_ns / 1e9);
	failed |= put("memory", table, "both", "xhop-maps", "MiB", maps_mib(lab, VARIANT_MAPS));
	failed |= put("memory", table, "both", "xhop-daemon", "MiB", resident(lab->daemon) / MIB);
	return failed;
}
