// SPDX-License-Identifier: GPL-2.0
/* The route maps as memory: see routes.h. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "user/routes.h"

#define TABLES 2

static size_t page_round(size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

static int map_create(enum route_map map, __u32 value_size, __u32 entries)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	int fd;

	if (map == ROUTE_MAP_LIVE)
		fd = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, route_map_names[map], 4, value_size,
				    entries, NULL);
	else
		fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, route_map_names[map], 4, value_size,
				    entries, &opts);
	return fd < 0 ? -errno : fd;
}

static int map_info(int fd, struct bpf_map_info *info)
{
	__u32 len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(fd, info, &len) ? -errno : 0;
}

/* Map one of the mmapable ones. *memory stays NULL on failure. */
static int memory_map(int fd, void **memory, size_t *size)
{
	struct bpf_map_info info;
	int err = map_info(fd, &info);
	void *at;

	if (err)
		return err;
	*size = (size_t)((info.value_size + 7) / 8 * 8) * info.max_entries;
	at = mmap(NULL, page_round(*size), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	*memory = at;
	return 0;
}

static int memory_map_all(struct routes *routes)
{
	size_t size;
	int cpus = libbpf_num_possible_cpus(), err;

	routes->unlearnt = cpus > 0 ? calloc(cpus, (sizeof(struct xhop_hop_live) + 7) & ~7) : NULL;
	if (!routes->unlearnt)
		return -ENOMEM;
	err = memory_map(routes->fds[ROUTE_MAP_4], &routes->table[0], &routes->size[0]);
	if (!err)
		err = memory_map(routes->fds[ROUTE_MAP_6], &routes->table[1], &routes->size[1]);
	if (!err)
		err = memory_map(routes->fds[ROUTE_MAP_CONTROL], (void **)&routes->control, &size);
	if (!err)
		err = memory_map(routes->fds[ROUTE_MAP_CLASSES], (void **)&routes->classes, &size);
	if (!err)
		routes->class_count = size / sizeof(*routes->classes);
	if (!err)
		err = memory_map(routes->fds[ROUTE_MAP_GROUPS], (void **)&routes->groups, &size);
	if (!err)
		routes->group_count = size / sizeof(*routes->groups);
	return err;
}

static void routes_clear(struct routes *routes)
{
	memset(routes, 0, sizeof(*routes));
	memset(routes->fds, -1, sizeof(routes->fds));
}

int routes_create(struct routes *routes, const struct routes_sizes *sizes)
{
	const struct {
		__u32 value_size, entries;
	} want[ROUTE_MAP_COUNT] = {
		[ROUTE_MAP_4] = {sizeof(struct xhop_line),
				 sizes->table[0] / sizeof(struct xhop_line)},
		[ROUTE_MAP_6] = {sizeof(struct xhop_line),
				 sizes->table[1] / sizeof(struct xhop_line)},
		[ROUTE_MAP_CONTROL] = {sizeof(struct xhop_route_control), 1},
		[ROUTE_MAP_CLASSES] = {sizeof(struct xhop_class), sizes->classes},
		[ROUTE_MAP_LIVE] = {sizeof(struct xhop_hop_live), sizes->classes},
		[ROUTE_MAP_GROUPS] = {sizeof(struct xhop_group), sizes->groups ?: 1},
	};
	int err = 0;

	routes_clear(routes);
	for (int m = 0; m < ROUTE_MAP_COUNT && !err; m++) {
		routes->fds[m] = map_create(m, want[m].value_size, want[m].entries);
		if (routes->fds[m] < 0)
			err = routes->fds[m];
	}
	if (!err)
		err = memory_map_all(routes);
	if (err)
		routes_close(routes);
	return err;
}

int routes_open(struct routes *routes, const struct set *set, const struct routes_sizes *sizes)
{
	int err = 0;

	routes_clear(routes);
	if (set->route_maps[0] < 0)
		return -ENOENT;
	for (int m = 0; m < ROUTE_MAP_COUNT && !err; m++) {
		routes->fds[m] = dup(set->route_maps[m]);
		if (routes->fds[m] < 0)
			err = -errno;
	}
	if (!err)
		err = memory_map_all(routes);
	if (!err && (routes->size[0] < sizes->table[0] || routes->size[1] < sizes->table[1] ||
		     routes->class_count < sizes->classes || routes->group_count < sizes->groups))
		err = -ENOENT;
	if (err)
		routes_close(routes);
	return err;
}

void routes_close(struct routes *routes)
{
	free(routes->unlearnt);
	for (int i = 0; i < TABLES; i++) {
		if (routes->table[i])
			munmap(routes->table[i], page_round(routes->size[i]));
	}
	if (routes->control)
		munmap(routes->control, page_round(sizeof(*routes->control)));
	if (routes->classes)
		munmap(routes->classes, page_round(routes->class_count * sizeof(*routes->classes)));
	if (routes->groups)
		munmap(routes->groups, page_round(routes->group_count * sizeof(*routes->groups)));
	for (int m = 0; m < ROUTE_MAP_COUNT; m++) {
		if (routes->fds[m] >= 0)
			close(routes->fds[m]);
	}
	routes_clear(routes);
}

/* The tables were written before: the words that allow to use them come last. */
void routes_publish(struct routes *routes, const struct xhop_generation *generation)
{
	struct xhop_generation *to = &routes->control->generation;

	for (int i = 0; i < 2; i++) {
		__atomic_store_n(&to->ip4[i], generation->ip4[i], __ATOMIC_RELEASE);
		__atomic_store_n(&to->ip6[i], generation->ip6[i], __ATOMIC_RELEASE);
	}
}

void routes_distrust(struct routes *routes)
{
	const struct xhop_generation none = {};

	routes_publish(routes, &none);
}

void routes_lease(struct routes *routes, __u64 until)
{
	__atomic_store_n(&routes->control->lease, until, __ATOMIC_RELEASE);
}

void routes_class_set(struct routes *routes, __u32 index, const struct xhop_class *class)
{
	struct xhop_class *to = &routes->classes[index];

	/* What the CPUs learnt of a class that had this index. */
	bpf_map_update_elem(routes->fds[ROUTE_MAP_LIVE], &index, routes->unlearnt, BPF_ANY);
	__atomic_store_n(&to->kind, XHOP_CLASS_OFF, __ATOMIC_RELEASE);
	to->mtu = class->mtu;
	to->ifindex = class->ifindex;
	to->family = class->family;
	memcpy(to->addr, class->addr, sizeof(to->addr));
	__atomic_store_n(&to->kind, class->kind, __ATOMIC_RELEASE);
}

void routes_group_set(struct routes *routes, __u32 index, const struct xhop_group *group)
{
	for (int slot = 0; slot < XHOP_GROUP_SLOTS; slot++)
		__atomic_store_n(&routes->groups[index].member[slot], group->member[slot],
				 __ATOMIC_RELEASE);
}

void routes_class_off(struct routes *routes, __u32 index)
{
	__atomic_store_n(&routes->classes[index].kind, XHOP_CLASS_OFF, __ATOMIC_RELEASE);
}

void routes_status_get(const struct set *set, struct routes_status *status)
{
	struct timespec now;
	__u32 zero = 0;
	__u64 ns;

	memset(status, 0, sizeof(*status));
	if (set->route_maps[ROUTE_MAP_CONTROL] < 0 ||
	    bpf_map_lookup_elem(set->route_maps[ROUTE_MAP_CONTROL], &zero, &status->control))
		return;
	status->there = true;
	clock_gettime(CLOCK_BOOTTIME, &now);
	ns = now.tv_sec * 1000000000ull + now.tv_nsec;
	status->alive = status->control.pid &&
			ns - status->control.alive < XHOP_LEASE_SECONDS * 1000000000ull;
}

const char *routes_state(const struct routes_status *status)
{
	if (!status->there || !status->control.pid)
		return "none";
	if (!status->alive)
		return "dead";
	switch (status->control.state) {
	case XHOP_DAEMON_FILLING:
		return "filling";
	case XHOP_DAEMON_FOLLOWING:
		return "following";
	default:
		return "stale";
	}
}

/*
 * An update of a map-in-map returns after a grace period (maybe_wait_bpf_programs()); any map in
 * it will do.
 */
void routes_quiesce(const struct routes *routes)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .inner_map_fd = routes->fds[ROUTE_MAP_CONTROL]);
	__u32 zero = 0;
	int outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "xhop_wait", 4, 4, 1, &opts);

	if (outer < 0)
		return;
	bpf_map_update_elem(outer, &zero, &routes->fds[ROUTE_MAP_CONTROL], BPF_ANY);
	close(outer);
}
