// SPDX-License-Identifier: GPL-2.0
/*
 * Forwarding programs: see load.h. A device gets a program of its own, since libxdp's dispatcher
 * binds a program to one device; the maps are shared. Where the kernel refuses the dispatcher
 * libxdp attaches the program alone.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>
#include "user/load.h"
#include "user/log.h"
#include "xhop.skel.h"

#define PROGRAM_SECTION "xdp.frags"
#define DISPATCHER	"xdp_dispatcher"

static struct bpf_map *skeleton_map(struct xhop_bpf *skel, enum set_map map)
{
	return bpf_object__find_map_by_name(skel->obj, set_map_names[map]);
}

/* What XDP cannot see on this kind of device (enum xhop_port_flag). */
static __u32 port_flags(const struct kernel *kernel, const struct link *link, bool generic)
{
	if (!strcmp(link->kind, "veth")) {
		if (!generic && kernel->veth_skb)
			return XHOP_PORT_VETH;
		return XHOP_PORT_HIDDEN_SUM | XHOP_PORT_HIDDEN_VLAN | XHOP_PORT_VETH_PEER;
	}
	if (!strcmp(link->kind, "tun"))
		return XHOP_PORT_HIDDEN_SUM | (generic ? XHOP_PORT_HIDDEN_VLAN : 0);
	return XHOP_PORT_HIDDEN_VLAN | (generic ? XHOP_PORT_HIDDEN_SUM : 0);
}

/* The daemon's route maps, if the port is to use them; else they stay as small as they can be. */
static int skeleton_routes(const struct load *load, struct xhop_bpf *skel,
			   struct xhop_config *config)
{
	int err = 0;

	config->classes = 0;
	if (!load->route_maps)
		return 0;
	for (int m = 0; m < ROUTE_MAP_COUNT && !err; m++)
		err = bpf_map__reuse_fd(bpf_object__find_map_by_name(skel->obj, route_map_names[m]),
					load->route_maps[m]);
	if (!err)
		config->classes = bpf_map__max_entries(skel->maps.classes);
	return err;
}

/* A skeleton ready to load: configured, its maps those of the running set. 0 or -errno. */
static int skeleton_open(const struct load *load, const struct xhop_config *want,
			 struct xhop_bpf **out)
{
	struct xhop_bpf *skel = xhop_bpf__open();
	struct xhop_config *config;
	int err;

	if (!skel)
		return -errno;
	config = (struct xhop_config *)&skel->rodata->config;
	*config = *want;
	config->magic = XHOP_MAGIC;
	config->abi = XHOP_ABI;
	config->netns_cookie = load->set->cookie;
	config->hops = XHOP_HOPS_DEFAULT;
	config->has_kfuncs = load->kernel->kfuncs;
	config->skip_neigh = load->kernel->skip_neigh;
	config->addr_hash = load->kernel->addr_hash;
	config->vlan_rx_features = load->kernel->vlan_rx_features;
	config->vlan_tx_features = load->kernel->vlan_tx_features;
	strncpy((char *)config->build, XHOP_VERSION, sizeof(config->build) - 1);
	err = bpf_map__reuse_fd(skel->maps.fib_seen, load->machine->fib_seen);
	if (!err)
		err = skeleton_routes(load, skel, config);
	for (int m = 0; m < SET_MAP_COUNT && !err && load->set->maps[0] >= 0; m++)
		err = bpf_map__reuse_fd(skeleton_map(skel, m), load->set->maps[m]);
	if (err) {
		xhop_bpf__destroy(skel);
		return err;
	}
	config->hops = bpf_map__max_entries(skel->maps.hop_counters);
	*out = skel;
	return 0;
}

/* The first port makes the set's maps: keep them. */
static int maps_keep(struct set *set, struct xhop_bpf *skel)
{
	if (set->maps[0] >= 0)
		return 0;
	for (int m = 0; m < SET_MAP_COUNT; m++) {
		set->maps[m] = dup(bpf_map__fd(skeleton_map(skel, m)));
		if (set->maps[m] < 0)
			return -errno;
	}
	return 0;
}

static int control_set(const struct set *set, __u32 slot, __u32 runner)
{
	struct xhop_port_control control = {.runner = runner};

	return bpf_map_update_elem(set->maps[SET_PORT_CONTROLS], &slot, &control, BPF_ANY) ? -errno
											   : 0;
}

/* The slot may have been another port's. */
static int slot_clear(const struct set *set, __u32 slot)
{
	struct xhop_port_maps maps = {};
	int err = percpu_zero(set->maps[SET_PORT_COUNTERS], &slot,
			      sizeof(struct xhop_port_counters), BPF_ANY);

	if (!err)
		err = percpu_zero(set->maps[SET_PORT_LIVE], &slot, sizeof(struct xhop_port_live),
				  BPF_ANY);
	if (!err && bpf_map_update_elem(set->maps[SET_PORT_MAPS], &slot, &maps, BPF_ANY))
		err = -errno;
	return err ? err : control_set(set, slot, 0);
}

static int target_add(const struct set *set, __u32 ifindex)
{
	struct bpf_devmap_val value = {.ifindex = ifindex, .bpf_prog.fd = -1};

	return bpf_map_update_elem(set->maps[SET_TX_PORTS], &ifindex, &value, BPF_ANY) ? -errno : 0;
}

static void target_remove(const struct set *set, __u32 ifindex)
{
	if (set->maps[SET_TX_PORTS] >= 0)
		bpf_map_delete_elem(set->maps[SET_TX_PORTS], &ifindex);
}

static __u32 mode_flags(bool generic)
{
	return generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
}

/* Is the program alone on the device, or behind libxdp's dispatcher? */
static bool is_alone(const struct link *link, __u32 prog_id)
{
	__u32 id = 0;

	return !bpf_xdp_query_id(link->ifindex, 0, &id) && id == prog_id;
}

/* Through libxdp: beside other programs, behind its dispatcher, where the kernel lets it. */
static int program_dispatch(const struct link *link, struct xhop_bpf *skel, bool generic,
			    __u32 *prog_id)
{
	enum xdp_attach_mode mode = generic ? XDP_MODE_SKB : XDP_MODE_NATIVE;
	struct xdp_program *prog = xdp_program__from_bpf_obj(skel->obj, PROGRAM_SECTION);
	int err = libxdp_get_error(prog);

	if (err)
		return err;
	xdp_program__set_xdp_frags_support(prog, true);
	err = xdp_program__attach(prog, link->ifindex, mode, 0);
	if (!err)
		*prog_id = xdp_program__id(prog);
	xdp_program__close(prog);
	return err;
}

/* As the device's only program. old_fd: the one it replaces, or -1. */
static int program_alone(const struct link *link, struct xhop_bpf *skel, bool generic, int old_fd)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, opts, .old_prog_fd = old_fd);
	int err = xhop_bpf__load(skel);

	if (err)
		return err;
	return bpf_xdp_attach(link->ifindex, bpf_program__fd(skel->progs.xhop_forward),
			      mode_flags(generic) | (old_fd < 0 ? XDP_FLAGS_UPDATE_IF_NOEXIST
								: XDP_FLAGS_REPLACE),
			      old_fd < 0 ? NULL : &opts);
}

static __u32 program_id(int fd)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

static void alone_note(const struct link *link)
{
	static bool said;

	if (!said)
		log_note("%s: the kernel refuses libxdp's dispatcher: xhop runs as the device's "
			 "only XDP program (fine, unless others should run beside it)",
			 link->name);
	said = true;
}

/*
 * Attach and fill *port. Behind the dispatcher if possible; else alone, which libxdp does by
 * itself for some refusals only (a dispatcher older than the kernel's rule that extensions may
 * not change packets is another). 0 or -errno; silent.
 */
static int program_attach(const struct load *load, const struct link *link,
			  const struct xhop_config *config, bool must_dispatch, struct port *port)
{
	struct xhop_bpf *skel;
	__u32 id = 0;
	int err;

	err = skeleton_open(load, config, &skel);
	if (err)
		return err;
	err = program_dispatch(link, skel, config->generic, &id);
	if ((err == -EINVAL || err == -EPERM || err == -EACCES) && !link->xdp_prog &&
	    !must_dispatch) {
		xhop_bpf__destroy(skel);
		err = skeleton_open(load, config, &skel);
		if (err)
			return err;
		err = program_alone(link, skel, config->generic, -1);
		id = err ? 0 : program_id(bpf_program__fd(skel->progs.xhop_forward));
	}
	if (!err) {
		*port = (struct port){.config = *(struct xhop_config *)&skel->rodata->config,
				      .prog_id = id};
		port->dispatched = !is_alone(link, id);
		memcpy(port->name, link->name, sizeof(port->name));
		if (!port->dispatched)
			alone_note(link);
		err = maps_keep(load->set, skel);
		if (err)
			port_detach(load->set, port, link, -1);
	}
	xhop_bpf__destroy(skel);
	return err;
}

static int set_remember(struct set *set, const struct port *port)
{
	struct port *grown = realloc(set->ports, (set->count + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	set->ports = grown;
	grown[set->count++] = *port;
	return 0;
}

static const char *why(int err)
{
	const char *words = log_library_reason();

	return *words ? words : strerror(-err);
}

static void attach_refused(const struct link *link, enum load_mode mode, int err)
{
	bool by_verifier = err == -EPERM || err == -EACCES || err == -EINVAL || err == -E2BIG;

	if (by_verifier)
		log_library_show(); /* perhaps the verifier's words */
	if (by_verifier && link->xdp_prog)
		log_error("attach %s: the kernel refuses xhop behind libxdp's dispatcher, where "
			  "another XDP program is (xdp-loader unload %s --all takes it off)",
			  link->name, link->name);
	else if (err == -ENODEV)
		log_error("attach %s: the device went away meanwhile (ip link shows what is there)",
			  link->name);
	else if (err == -EBUSY || err == -EEXIST)
		log_error(
			"attach %s: another XDP program is in the way (ip link set dev %s xdp off)",
			link->name, link->name);
	else if (err == -ENOMEM)
		log_error("attach %s: the kernel has no memory for the maps or the program",
			  link->name);
	else
		log_error("attach %s: %s XDP refused: %s%s", link->name,
			  mode == LOAD_GENERIC ? "generic" : "native", why(err),
			  mode == LOAD_NATIVE ? " (xdp generic works on every device, slower)"
					      : "");
}

/* Native, or if the driver cannot and the user did not insist, generic. */
static int attach_some_mode(const struct load *load, const struct link *link, enum load_mode mode,
			    struct xhop_config *config, struct port *port)
{
	int err;

	if (mode != LOAD_GENERIC) {
		config->flags = port_flags(load->kernel, link, false);
		log_library_clear();
		err = program_attach(load, link, config, false, port);
		if (!err || mode == LOAD_NATIVE || (err != -EOPNOTSUPP && err != -ERANGE))
			return err;
		log_note("%s: no native XDP (%s): attached in generic mode, which is slower than "
			 "the driver's",
			 link->name, why(err));
	}
	config->generic = 1;
	config->flags = port_flags(load->kernel, link, true);
	log_library_clear();
	return program_attach(load, link, config, false, port);
}

bool port_is_orphan(const struct set *set, const struct link *link)
{
	return link->xdp_prog && !strcmp(link->xdp_name, PROGRAM_NAME) &&
	       !set_port(set, link->ifindex);
}

int port_orphan_detach(const struct link *link)
{
	int err =
		bpf_xdp_detach(link->ifindex, mode_flags(link->xdp_mode == XDP_ATTACHED_SKB), NULL);

	if (err)
		log_error("detach %s: %s", link->name, why(err));
	return err;
}

int port_check(const struct set *set, const struct link *link)
{
	if (port_is_orphan(set, link))
		return 0; /* attaching takes it away */
	if (!link->xdp_prog || set_port(set, link->ifindex) || !strcmp(link->xdp_name, DISPATCHER))
		return 0;
	log_error("attach %s: another XDP program is in the way: %s, id %u (ip link set dev %s xdp "
		  "off)",
		  link->name, link->xdp_name, link->xdp_prog, link->name);
	return -EBUSY;
}

int port_attach(const struct load *load, const struct link *link, enum load_mode mode)
{
	struct set *set = load->set;
	struct xhop_config config = {.ifindex = link->ifindex, .generation = 1};
	struct port port;
	int slot = set_free_slot(set), err = 0;

	if (slot < 0) {
		log_error("attach %s: a set has at most %d ports", link->name, XHOP_PORTS_MAX);
		return -ENOSPC;
	}
	if (port_is_orphan(set, link)) {
		err = port_orphan_detach(link);
		if (err)
			return err;
		log_note("%s: took away the program that it brought from another namespace",
			 link->name);
	}
	config.slot = slot;
	if (set->count)
		err = slot_clear(set, slot);
	if (!err)
		err = attach_some_mode(load, link, mode, &config, &port);
	if (err) {
		attach_refused(link, mode, err);
		return err;
	}
	err = machine_errors_add(load->machine, set->cookie, link->ifindex);
	if (!err)
		err = target_add(set, link->ifindex);
	if (!err)
		err = set_remember(set, &port);
	if (err) {
		log_error("attach %s: cannot enter it into the maps: %s", link->name,
			  strerror(-err));
		port_detach(set, &port, link, load->machine->dev_errors);
	}
	return err;
}

static int replace_alone(const struct load *load, const struct link *link,
			 const struct xhop_config *config, const struct port *old)
{
	int old_fd = bpf_prog_get_fd_by_id(old->prog_id), err;
	struct xhop_bpf *skel;

	if (old_fd < 0)
		return -errno;
	err = skeleton_open(load, config, &skel);
	if (!err) {
		err = program_alone(link, skel, config->generic, old_fd);
		xhop_bpf__destroy(skel);
	}
	close(old_fd);
	return err;
}

/* Take one program out of libxdp's dispatcher. */
static int dispatcher_remove(const struct link *link, __u32 prog_id)
{
	struct xdp_multiprog *mp = xdp_multiprog__get_from_ifindex(link->ifindex);
	struct xdp_program *prog = NULL;
	int err = libxdp_get_error(mp);

	if (err)
		return err;
	err = -ENOENT;
	while ((prog = xdp_multiprog__next_prog(prog, mp))) {
		if (xdp_program__id(prog) != prog_id)
			continue;
		err = xdp_program__detach(prog, link->ifindex, xdp_multiprog__attach_mode(mp), 0);
		break;
	}
	xdp_multiprog__close(mp);
	return err;
}

/*
 * Behind a dispatcher both programs run for a moment, one after the other: `runner` says which
 * of them forwards and counts.
 */
static int replace_dispatched(const struct load *load, const struct link *link,
			      const struct xhop_config *config, const struct port *old)
{
	const struct set *set = load->set;
	struct port port;
	int err;

	err = control_set(set, config->slot, old->config.generation);
	if (!err)
		err = program_attach(load, link, config, true, &port);
	if (!err) {
		err = control_set(set, config->slot, config->generation);
		if (!err)
			err = dispatcher_remove(link, old->prog_id);
		if (err)
			return err; /* both are there: only the new one may count */
	}
	control_set(set, config->slot, 0);
	return err;
}

int port_replace(const struct load *load, const struct link *link, struct port *port)
{
	struct xhop_config config = port->config;
	int err;

	config.generation++;
	if (!config.generation) /* 0 means: any */
		config.generation++;
	config.flags = port_flags(load->kernel, link, config.generic);
	log_library_clear();
	err = port->dispatched ? replace_dispatched(load, link, &config, port)
			       : replace_alone(load, link, &config, port);
	/* A device that left the namespace and came back is no target any more. */
	if (!err)
		err = machine_errors_add(load->machine, load->set->cookie, link->ifindex);
	if (!err)
		err = target_add(load->set, link->ifindex);
	if (err) {
		log_library_show();
		log_error("attach %s: cannot replace the running program: %s (it goes on)",
			  link->name, why(err));
	}
	return err;
}

int port_detach(const struct set *set, const struct port *port, const struct link *link,
		int errors_map)
{
	/* A foreign build's configuration is known to its first members only. */
	bool generic = port->foreign ? link->xdp_mode == XDP_ATTACHED_SKB : port->config.generic;
	LIBBPF_OPTS(bpf_xdp_attach_opts, opts);
	int err;

	target_remove(set, link->ifindex);
	log_library_clear();
	if (port->dispatched) {
		err = dispatcher_remove(link, port->prog_id);
	} else {
		opts.old_prog_fd = bpf_prog_get_fd_by_id(port->prog_id);
		if (opts.old_prog_fd < 0) {
			err = -errno;
		} else {
			err = bpf_xdp_detach(link->ifindex, mode_flags(generic) | XDP_FLAGS_REPLACE,
					     &opts);
			close(opts.old_prog_fd);
		}
	}
	if (err) {
		log_library_show();
		log_error("detach %s: %s", link->name, why(err));
		return err;
	}
	if (errors_map >= 0)
		machine_errors_remove(errors_map, set->cookie, link->ifindex);
	return 0;
}
