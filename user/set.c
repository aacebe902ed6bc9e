// SPDX-License-Identifier: GPL-2.0
/* The running set: see set.h. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "user/netns.h"
#include "user/set.h"

#define MAPS_MAX 64 /* maps of one program */

const char *const set_map_names[SET_MAP_COUNT] = {
	[SET_TX_PORTS] = "tx_ports",	       [SET_PORT_COUNTERS] = "port_counters",
	[SET_PORT_CONTROLS] = "port_controls", [SET_HOP_IDS] = "hop_ids",
	[SET_HOP_CACHE] = "hop_cache",	       [SET_HOP_COUNTERS] = "hop_counters",
	[SET_HOP_NEXT] = "hop_next",	       [SET_PORT_LIVE] = "port_live",
	[SET_PORT_MAPS] = "port_maps",
};

const char *const route_map_names[ROUTE_MAP_COUNT] = {
	[ROUTE_MAP_4] = "routes4",
	[ROUTE_MAP_6] = "routes6",
	[ROUTE_MAP_CONTROL] = "route_control",
	[ROUTE_MAP_CLASSES] = "classes",
	[ROUTE_MAP_LIVE] = "hop_live",
	[ROUTE_MAP_GROUPS] = "groups",
};

static void fds_close(int *fds, int count)
{
	for (int i = 0; i < count; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

/* Open map `id` if its name is `name` (or, for suffix, ends so). fd, or -1. */
static int map_open_named(__u32 id, const char *name, bool suffix)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int fd = bpf_map_get_fd_by_id(id);
	size_t have, want = strlen(name);

	if (fd < 0)
		return -1;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len)) {
		have = strlen(info.name);
		if (suffix ? have >= want && !strcmp(info.name + have - want, name)
			   : !strcmp(info.name, name))
			return fd;
	}
	close(fd);
	return -1;
}

/* Another build's rodata may be longer or shorter; its beginning means the same. */
static int config_copy(int fd, __u32 size, struct xhop_config *config)
{
	__u32 key = 0;
	void *value;

	if (size < offsetof(struct xhop_config, slot))
		return -ENOENT;
	value = malloc(size);
	if (!value)
		return -ENOMEM;
	memset(config, 0, sizeof(*config));
	if (!bpf_map_lookup_elem(fd, &key, value))
		memcpy(config, value, size < sizeof(*config) ? size : sizeof(*config));
	free(value);
	return config->magic == XHOP_MAGIC ? 0 : -ENOENT;
}

/* The configuration in a program's rodata. 0, or -errno: not one of ours. */
static int config_read(const __u32 *ids, int count, struct xhop_config *config)
{
	int err = -ENOENT;
	__u32 len;

	for (int i = 0; i < count && err; i++) {
		struct bpf_map_info info = {};
		int fd = map_open_named(ids[i], ".rodata", true);

		if (fd < 0)
			continue;
		len = sizeof(info);
		if (!bpf_obj_get_info_by_fd(fd, &info, &len))
			err = config_copy(fd, info.value_size, config);
		close(fd);
	}
	return err;
}

struct program {
	struct xhop_config config;
	struct bpf_prog_info info;
	__u32 maps[MAPS_MAX];
};

/* Is the program behind fd a forwarding program of xhop? Fills *program. */
static bool program_read(int fd, struct program *program)
{
	__u32 len = sizeof(program->info);

	memset(program, 0, sizeof(*program));
	if (bpf_obj_get_info_by_fd(fd, &program->info, &len) ||
	    strcmp(program->info.name, PROGRAM_NAME))
		return false;
	memset(&program->info, 0, sizeof(program->info));
	program->info.nr_map_ids = MAPS_MAX;
	program->info.map_ids = (unsigned long)program->maps;
	len = sizeof(program->info);
	if (bpf_obj_get_info_by_fd(fd, &program->info, &len) || program->info.nr_map_ids > MAPS_MAX)
		return false;
	return !config_read(program->maps, program->info.nr_map_ids, &program->config);
}

/* Calls cb for each forwarding program of the machine until it returns non-zero. */
static int programs_each(int (*cb)(const struct program *, void *), void *data)
{
	struct program program;
	__u32 id = 0;
	int fd, ret = 0;

	while (!ret && !bpf_prog_get_next_id(id, &id)) {
		fd = bpf_prog_get_fd_by_id(id);
		if (fd < 0) {
			if (errno == ENOENT)
				continue;
			return -errno;
		}
		if (program_read(fd, &program))
			ret = cb(&program, data);
		close(fd);
	}
	if (!ret && errno == EPERM)
		return -EPERM;
	return ret;
}

static int count_cb(const struct program *program, void *data)
{
	(void)program;
	++*(int *)data;
	return 0;
}

int set_count_everywhere(void)
{
	int count = 0, err = programs_each(count_cb, &count);

	return err ? err : count;
}

struct finding {
	struct set *set;
	const struct links *links;
	__u64 routes_loaded; /* when the program was whose route maps are open */
};

/* Open the program's maps of these names. 0, or -ENOENT: it lacks one. */
static int maps_open(const struct program *program, int *fds, const char *const *names, int count)
{
	for (int m = 0; m < count; m++) {
		for (__u32 i = 0; i < program->info.nr_map_ids && fds[m] < 0; i++)
			fds[m] = map_open_named(program->maps[i], names[m], false);
		if (fds[m] < 0)
			return -ENOENT;
	}
	return 0;
}

__u32 set_map_id(int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

static __u32 routes_id(const struct program *program)
{
	const char *name = route_map_names[ROUTE_MAP_CONTROL];

	for (__u32 i = 0; program->config.classes && i < program->info.nr_map_ids; i++) {
		int fd = map_open_named(program->maps[i], name, false);

		if (fd < 0)
			continue;
		close(fd);
		return program->maps[i];
	}
	return 0;
}

static int route_maps_open(struct finding *finding, const struct program *program)
{
	struct set *set = finding->set;

	if (!program->config.classes || program->info.load_time < finding->routes_loaded)
		return 0;
	finding->routes_loaded = program->info.load_time;
	fds_close(set->route_maps, ROUTE_MAP_COUNT);
	return maps_open(program, set->route_maps, route_map_names, ROUTE_MAP_COUNT);
}

/* A program that a device runs is a port; leftovers that only somebody's fd holds are not. */
static int find_cb(const struct program *program, void *data)
{
	struct finding *finding = data;
	struct set *set = finding->set;
	const struct link *link;
	struct port *grown, *port;
	bool dispatched = program->info.type == BPF_PROG_TYPE_EXT;
	int err = 0;

	if (program->config.netns_cookie != set->cookie)
		return 0;
	link = link_by_index(finding->links, program->config.ifindex);
	if (!link || !link->xdp_prog || (!dispatched && link->xdp_prog != program->info.id))
		return 0;
	port = set_port(set, program->config.ifindex);
	if (port && port->loaded > program->info.load_time)
		return 0;
	if (!port) {
		grown = realloc(set->ports, (set->count + 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		set->ports = grown;
		port = &grown[set->count++];
	}
	*port = (struct port){
		.config = program->config,
		.prog_id = program->info.id,
		.loaded = program->info.load_time,
		.dispatched = dispatched,
		.foreign = program->config.abi != XHOP_ABI,
	};
	set->foreign += port->foreign;
	memcpy(port->name, link->name, sizeof(port->name));
	if (port->foreign)
		return 0;
	port->routes_id = routes_id(program);
	if (set->maps[0] < 0)
		err = maps_open(program, set->maps, set_map_names, SET_MAP_COUNT);
	return err ? err : route_maps_open(finding, program);
}

static int by_slot(const void *a, const void *b)
{
	return (int)((const struct port *)a)->config.slot -
	       (int)((const struct port *)b)->config.slot;
}

int set_find(struct set *set, const struct links *links)
{
	struct finding finding = {.set = set, .links = links};
	int err;

	*set = (struct set){};
	memset(set->maps, -1, sizeof(set->maps));
	memset(set->route_maps, -1, sizeof(set->route_maps));
	err = netns_cookie(&set->cookie);
	if (!err)
		err = programs_each(find_cb, &finding);
	if (err)
		set_close(set);
	else if (set->count)
		qsort(set->ports, set->count, sizeof(*set->ports), by_slot);
	return err;
}

int set_find_here(struct set *set)
{
	struct links links;
	int err = links_get(&links);

	if (err)
		return err;
	err = set_find(set, &links);
	links_free(&links);
	return err;
}

void set_close(struct set *set)
{
	fds_close(set->maps, SET_MAP_COUNT);
	fds_close(set->route_maps, ROUTE_MAP_COUNT);
	free(set->ports);
	set->ports = NULL;
	set->count = 0;
}

struct port *set_port(const struct set *set, unsigned int ifindex)
{
	for (int i = 0; i < set->count; i++) {
		if (set->ports[i].config.ifindex == ifindex)
			return &set->ports[i];
	}
	return NULL;
}

int set_free_slot(const struct set *set)
{
	bool used[XHOP_PORTS_MAX] = {};

	for (int i = 0; i < set->count; i++)
		used[set->ports[i].config.slot % XHOP_PORTS_MAX] = true;
	for (int slot = 0; slot < XHOP_PORTS_MAX; slot++) {
		if (!used[slot])
			return slot;
	}
	return -1;
}

int percpu_zero(int map, const void *key, size_t size, __u64 flags)
{
	int cpus = libbpf_num_possible_cpus();
	void *zero;
	int err = 0;

	zero = cpus > 0 ? calloc(cpus, size) : NULL;
	if (!zero)
		return -ENOMEM;
	if (bpf_map_update_elem(map, key, zero, flags))
		err = -errno;
	free(zero);
	return err;
}

/* Add up `words` u64 of the value that key has on each CPU. */
static int percpu_sum(int map, __u32 key, __u64 *sum, int words)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *values;
	int err = 0;

	if (cpus < 0)
		return cpus;
	values = calloc(cpus, words * sizeof(*values));
	if (!values)
		return -ENOMEM;
	if (bpf_map_lookup_elem(map, &key, values))
		err = -errno;
	memset(sum, 0, words * sizeof(*sum));
	for (int i = 0; !err && i < cpus * words; i++)
		sum[i % words] += values[i];
	free(values);
	return err;
}

int set_port_counters(const struct set *set, __u32 slot, struct xhop_port_counters *sum)
{
	return percpu_sum(set->maps[SET_PORT_COUNTERS], slot, (__u64 *)sum, sizeof(*sum) / 8);
}

int set_hop_counters(const struct set *set, __u32 id, struct xhop_hop_counters *sum)
{
	return percpu_sum(set->maps[SET_HOP_COUNTERS], id, (__u64 *)sum, sizeof(*sum) / 8);
}

__u64 counters_forwarded(const struct xhop_port_counters *counters)
{
	return counters->reason[XHOP_FORWARDED];
}

__u64 counters_passed(const struct xhop_port_counters *counters)
{
	__u64 sum = 0;

	for (int i = 0; i < XHOP_REASON_COUNT; i++)
		sum += i == XHOP_FORWARDED ? 0 : counters->reason[i];
	return sum;
}

static int hops_by_id(const void *a, const void *b)
{
	__u32 x = ((const struct set_hop *)a)->id, y = ((const struct set_hop *)b)->id;

	return x < y ? -1 : x > y;
}

int set_hops(const struct set *set, struct set_hop **hops)
{
	struct xhop_hop_key key, *previous = NULL;
	struct set_hop *list = NULL, *grown;
	int count = 0, room = 0, err = 0;

	if (!set->count) {
		*hops = NULL;
		return 0;
	}
	while (!bpf_map_get_next_key(set->maps[SET_HOP_IDS], previous, &key)) {
		__u32 id;

		previous = &key;
		if (bpf_map_lookup_elem(set->maps[SET_HOP_IDS], &key, &id))
			continue;
		if (count == room) {
			room = room ? 2 * room : 64;
			grown = realloc(list, room * sizeof(*list));
			if (!grown) {
				err = -ENOMEM;
				break;
			}
			list = grown;
		}
		list[count] = (struct set_hop){.id = id, .key = key};
		err = set_hop_counters(set, id, &list[count++].counters);
		if (err)
			break;
	}
	if (err) {
		free(list);
		return err;
	}
	if (count)
		qsort(list, count, sizeof(*list), hops_by_id);
	*hops = list;
	return count;
}
