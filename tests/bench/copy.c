// SPDX-License-Identifier: GPL-2.0
/* Copies of running programs: see copy.h. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/bench/copy.h"
#include "user/set.h"

#define OBJECT	 "build/xhop.bpf.o"
#define MAPS_MAX 64

static int map_of(const struct bpf_prog_info *info, const char *name, bool suffix,
		  struct bpf_map_info *found)
{
	const __u32 *ids = (const __u32 *)(unsigned long)info->map_ids;

	for (__u32 i = 0; i < info->nr_map_ids; i++) {
		__u32 len = sizeof(*found);
		int fd = bpf_map_get_fd_by_id(ids[i]);
		size_t have, want = strlen(name);

		if (fd < 0)
			continue;
		memset(found, 0, len);
		if (!bpf_obj_get_info_by_fd(fd, found, &len)) {
			have = strlen(found->name);
			if (suffix ? have >= want && !strcmp(found->name + have - want, name)
				   : !strncmp(found->name, name, BPF_OBJ_NAME_LEN - 1))
				return fd;
		}
		close(fd);
	}
	return -ENOENT;
}

/* The running program's rodata, tweaked, into the object's. */
static int rodata_copy(const struct bpf_prog_info *prog, struct bpf_map *map, copy_tweak tweak,
		       void *data)
{
	struct bpf_map_info info;
	int fd = map_of(prog, ".rodata", true, &info);
	__u32 zero = 0;
	char *running;
	int err;

	if (fd < 0)
		return fd;
	running = calloc(1, info.value_size);
	err = running ? 0 : -ENOMEM;
	if (!err && bpf_map_lookup_elem(fd, &zero, running))
		err = -errno;
	if (!err && tweak)
		tweak((struct xhop_config *)running, data);
	if (!err) /* of another size: not this build's program */
		err = bpf_map__set_initial_value(map, running, info.value_size);
	free(running);
	close(fd);
	return err;
}

static int maps_share(const struct bpf_prog_info *prog, struct bpf_object *obj, copy_tweak tweak,
		      void *data)
{
	struct bpf_map_info info;
	struct bpf_map *map;
	int err = 0, fd;

	bpf_object__for_each_map(map, obj)
	{
		if (bpf_map__is_internal(map)) {
			if (strstr(bpf_map__name(map), ".rodata") && !err)
				err = rodata_copy(prog, map, tweak, data);
			continue;
		}
		fd = map_of(prog, bpf_map__name(map), false, &info);
		if (fd < 0)
			continue; /* not used by the running one: not by the copy either */
		if (!err)
			err = bpf_map__reuse_fd(map, fd);
		close(fd);
	}
	return err;
}

static int prog_info(__u32 id, struct bpf_prog_info *info, __u32 *maps)
{
	__u32 len = sizeof(*info);
	int fd = bpf_prog_get_fd_by_id(id), err;

	if (fd < 0)
		return -errno;
	memset(info, 0, sizeof(*info));
	info->nr_map_ids = MAPS_MAX;
	info->map_ids = (unsigned long)maps;
	err = bpf_obj_get_info_by_fd(fd, info, &len) ? -errno : 0;
	close(fd);
	return err;
}

int copy_load(__u32 prog_id, copy_tweak tweak, void *data)
{
	struct bpf_object *obj = bpf_object__open_file(OBJECT, NULL);
	struct bpf_prog_info info;
	struct bpf_program *prog;
	__u32 maps[MAPS_MAX];
	int err = obj ? prog_info(prog_id, &info, maps) : -errno;

	if (!err)
		err = maps_share(&info, obj, tweak, data);
	if (!err)
		err = bpf_object__load(obj);
	prog = err ? NULL : bpf_object__find_program_by_name(obj, PROGRAM_NAME);
	if (prog) {
		err = dup(bpf_program__fd(prog));
		if (err < 0)
			err = -errno;
	} else if (!err) {
		err = -ENOENT;
	}
	bpf_object__close(obj);
	return err;
}
