// SPDX-License-Identifier: GPL-2.0
/* The tracing programs: see machine.h. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "user/log.h"
#include "user/machine.h"
#include "user/netns.h"
#include "user/set.h"
#include "trace.skel.h"

#define BPFFS	"/sys/fs/bpf"
#define PIN_TOP BPFFS "/xhop"
/* Builds that cannot share these programs run their own beside them. */
#define TEXT_OF(x) #x
#define TEXT(x)	   TEXT_OF(x)
#define PIN_DIR	   PIN_TOP "/abi" TEXT(XHOP_ABI)
#define MOUNT_NAME "xhop" /* the source of a bpffs that xhop mounted itself */

static const char *const map_pins[] = {PIN_DIR "/fib_seen", PIN_DIR "/dev_errors"};
static const char *const link_pins[] = {PIN_DIR "/fib4", PIN_DIR "/fib6", PIN_DIR "/xmit",
					PIN_DIR "/redirect"};
#define MAPS  ((int)(sizeof(map_pins) / sizeof(*map_pins)))
#define LINKS ((int)(sizeof(link_pins) / sizeof(*link_pins)))

/*
 * Who attaches holds a shared lock from when the tracing programs are seen to run until its
 * process ends; who starts or stops them holds it alone. The file is root's, so that nobody else
 * can hold the lock; no mount hides /run from `ip netns exec`.
 */
static int lock_fd = -1;

static int machine_lock(int operation)
{
	if (lock_fd < 0)
		lock_fd = open("/run/xhop.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock_fd < 0 || flock(lock_fd, operation))
		return -errno;
	return 0;
}

static bool is_bpffs(void)
{
	struct statfs fs;

	return !statfs(BPFFS, &fs) && (unsigned long)fs.f_type == BPF_FS_MAGIC;
}

static int bpffs_prepare(void)
{
	int err;

	if (!is_bpffs() && mount(MOUNT_NAME, BPFFS, "bpf", 0, "mode=0700")) {
		err = -errno;
		log_error("bpffs: cannot mount on " BPFFS ": %s (mount -t bpf bpf " BPFFS ")",
			  strerror(-err));
		return err;
	}
	if ((mkdir(PIN_TOP, 0700) && errno != EEXIST) ||
	    (mkdir(PIN_DIR, 0700) && errno != EEXIST)) {
		err = -errno;
		log_error("bpffs: cannot make " PIN_DIR ": %s", strerror(-err));
		return err;
	}
	return 0;
}

static void pins_remove(void)
{
	for (int i = 0; i < LINKS; i++)
		unlink(link_pins[i]);
	for (int i = 0; i < MAPS; i++)
		unlink(map_pins[i]);
	rmdir(PIN_DIR);
	rmdir(PIN_TOP); /* not empty while another ABI runs */
}

/* Are all the links there? */
static bool links_run(void)
{
	for (int i = 0; i < LINKS; i++) {
		int fd = bpf_obj_get(link_pins[i]);

		if (fd < 0)
			return false;
		close(fd);
	}
	return true;
}

static int maps_open(struct machine *machine)
{
	machine->fib_seen = bpf_obj_get(map_pins[0]);
	if (machine->fib_seen < 0)
		return -errno;
	machine->dev_errors = bpf_obj_get(map_pins[1]);
	if (machine->dev_errors < 0) {
		close(machine->fib_seen);
		return -ENOENT;
	}
	return 0;
}

/* Load, share what older programs may still use, attach, pin. */
static int trace_run(struct trace_bpf *trace, const struct machine *running)
{
	struct bpf_link *links[LINKS];
	int err;

	if (running) {
		err = bpf_map__reuse_fd(trace->maps.fib_seen, running->fib_seen);
		if (!err)
			err = bpf_map__reuse_fd(trace->maps.dev_errors, running->dev_errors);
		if (err)
			return err;
	}
	err = trace_bpf__load(trace);
	if (!err)
		err = trace_bpf__attach(trace);
	if (err)
		return err;
	if (!running) {
		err = bpf_map__pin(trace->maps.fib_seen, map_pins[0]);
		if (!err)
			err = bpf_map__pin(trace->maps.dev_errors, map_pins[1]);
		if (err)
			return err;
	}
	links[0] = trace->links.xhop_fib4;
	links[1] = trace->links.xhop_fib6;
	links[2] = trace->links.xhop_xmit;
	links[3] = trace->links.xhop_redirect;
	for (int i = 0; i < LINKS && !err; i++) {
		unlink(link_pins[i]);
		err = bpf_link__pin(links[i], link_pins[i]);
	}
	return err;
}

static int trace_start(const struct machine *running)
{
	struct trace_bpf *trace;
	int err;

	log_library_clear();
	trace = trace_bpf__open();
	if (!trace)
		err = -errno;
	else
		err = trace_run(trace, running);
	if (err) {
		log_library_show();
		log_error("tracing programs: cannot start: %s%s", strerror(-err),
			  err == -EPERM || err == -EACCES
				  ? " (needs CAP_BPF and CAP_PERFMON; lockdown or a container may "
				    "forbid them)"
				  : "");
		if (!running)
			pins_remove();
	}
	trace_bpf__destroy(trace); /* the pins keep what was pinned */
	return err;
}

/* Under the exclusive lock: put in place what is missing. */
static int machine_repair(void)
{
	struct machine running;
	bool have_maps = !maps_open(&running);
	int err = 0;

	if (!have_maps || !links_run())
		err = trace_start(have_maps ? &running : NULL);
	if (have_maps)
		machine_close(&running);
	return err;
}

int machine_start(struct machine *machine)
{
	int err = mounts_enter_host();

	if (err)
		log_debug("stays in its own mount namespace: %s", strerror(-err));
	for (int tries = 0; tries < 10; tries++) {
		machine_lock(LOCK_SH);
		if (links_run() && !maps_open(machine))
			return 0;
		machine_lock(LOCK_EX);
		err = bpffs_prepare();
		if (!err)
			err = machine_repair();
		if (err)
			return err;
		/* Another xhop may stop them before the shared lock is there: look again. */
	}
	log_error("tracing programs: the pins in " PIN_DIR " vanish as soon as they are made");
	return -EAGAIN;
}

/* Values of all CPUs, free() them; NULL: no such entry. */
static struct xhop_dev_errors *errors_read(int map, __u64 cookie, __u32 ifindex, int *cpus)
{
	struct xhop_dev_key key = {.netns_cookie = cookie, .ifindex = ifindex};
	struct xhop_dev_errors *values;

	*cpus = libbpf_num_possible_cpus();
	values = *cpus > 0 ? calloc(*cpus, sizeof(*values)) : NULL;
	if (values && bpf_map_lookup_elem(map, &key, values)) {
		free(values);
		values = NULL;
	}
	return values;
}

static bool errors_has(int map, const struct set *set)
{
	struct xhop_dev_errors *values;
	bool has = false;
	int cpus;

	for (int i = 0; i < set->count && !has; i++) {
		values = errors_read(map, set->cookie, set->ports[i].config.ifindex, &cpus);
		has = values;
		free(values);
	}
	return has;
}

int machine_errors_open(const struct set *set)
{
	struct bpf_map_info info;
	__u32 id = 0, len;
	int fd;

	/* Not by its pin: `ip netns exec` hides bpffs. */
	while (!bpf_map_get_next_id(id, &id)) {
		fd = bpf_map_get_fd_by_id(id);
		if (fd < 0)
			continue;
		len = sizeof(info);
		memset(&info, 0, sizeof(info));
		if (!bpf_obj_get_info_by_fd(fd, &info, &len) && !strcmp(info.name, "dev_errors") &&
		    info.key_size == sizeof(struct xhop_dev_key) &&
		    info.value_size == sizeof(struct xhop_dev_errors) && errors_has(fd, set))
			return fd;
		close(fd);
	}
	return -ENOENT;
}

void machine_close(struct machine *machine)
{
	close(machine->fib_seen);
	close(machine->dev_errors);
}

/* Nothing in it but what the kernel itself puts there (CONFIG_BPF_PRELOAD)? */
static bool bpffs_is_empty(void)
{
	static const char *const own[] = {".", "..", "maps.debug", "progs.debug"};
	DIR *dir = opendir(BPFFS);
	struct dirent *entry;
	bool empty = true;

	if (!dir)
		return false;
	while (empty && (entry = readdir(dir))) {
		empty = false;
		for (unsigned int i = 0; i < sizeof(own) / sizeof(*own); i++)
			empty |= !strcmp(entry->d_name, own[i]);
	}
	closedir(dir);
	return empty;
}

/* Take back a bpffs that xhop mounted, if nothing is in it. */
static void bpffs_release(void)
{
	char line[1024];
	bool ours = false;
	FILE *mounts = fopen("/proc/self/mounts", "re");

	if (!mounts)
		return;
	while (fgets(line, sizeof(line), mounts)) {
		if (!strncmp(line, MOUNT_NAME " " BPFFS " bpf ", sizeof(MOUNT_NAME BPFFS) + 5))
			ours = true;
	}
	fclose(mounts);
	rmdir(BPFFS "/xdp"); /* libxdp's folder, if empty */
	if (ours && bpffs_is_empty())
		umount(BPFFS);
}

void machine_stop_if_unused(void)
{
	if (machine_lock(LOCK_EX | LOCK_NB))
		return; /* somebody attaches; its ports' last detach will stop them */
	mounts_enter_host();
	if (is_bpffs() && !set_count_everywhere()) {
		pins_remove();
		bpffs_release();
	}
	machine_lock(LOCK_UN);
}

void machine_errors_get(int map, __u64 cookie, __u32 ifindex, struct xhop_dev_errors *sum)
{
	struct xhop_dev_errors *values;
	int cpus;

	*sum = (struct xhop_dev_errors){};
	values = map < 0 ? NULL : errors_read(map, cookie, ifindex, &cpus);
	if (!values)
		return;
	for (int i = 0; i < cpus; i++) {
		sum->redirect += values[i].redirect;
		sum->xmit += values[i].xmit;
	}
	free(values);
}

int machine_errors_add(const struct machine *machine, __u64 cookie, __u32 ifindex)
{
	struct xhop_dev_key key = {.netns_cookie = cookie, .ifindex = ifindex};
	int err =
		percpu_zero(machine->dev_errors, &key, sizeof(struct xhop_dev_errors), BPF_NOEXIST);

	return err == -EEXIST ? 0 : err;
}

void machine_errors_remove(int map, __u64 cookie, __u32 ifindex)
{
	struct xhop_dev_key key = {.netns_cookie = cookie, .ifindex = ifindex};

	bpf_map_delete_elem(map, &key);
}
