/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps of one set of ports, and who writes and reads them. The loader sizes them before
 * load and shares them among the programs of a namespace. fib_seen belongs to the machine.
 */
#ifndef XHOP_MAPS_MAPS_BPF_H
#define XHOP_MAPS_MAPS_BPF_H

#include "maps/types.h"

/* Ports that may be redirected to, by ifindex. Loader writes, program redirects through it. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, XHOP_PORTS_MAX);
	__type(key, __u32);
	__uint(value_size, 8); /* struct bpf_devmap_val, no egress program */
} tx_ports SEC(".maps");

/* Reasons and bytes by slot. Program writes, loader reads. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XHOP_PORTS_MAX);
	__type(key, __u32);
	__type(value, struct xhop_port_counters);
} port_counters SEC(".maps");

/* Switches by slot. Loader writes, program reads. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XHOP_PORTS_MAX);
	__type(key, __u32);
	__type(value, struct xhop_port_control);
} port_controls SEC(".maps");

/* What the route maps may answer, by slot. Daemon writes, program reads, loader clears. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XHOP_PORTS_MAX);
	__type(key, __u32);
	__type(value, struct xhop_port_maps);
} port_maps SEC(".maps");

/* Next hop -> id. Program adds what it meets first, loader reads and removes. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, XHOP_HOPS_DEFAULT);
	__type(key, struct xhop_hop_key);
	__type(value, __u32);
} hop_ids SEC(".maps");

/* Direct-mapped in front of hop_ids. Program only; entries never change their meaning. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XHOP_HOP_CACHE);
	__type(key, __u32);
	__type(value, struct xhop_hop_cached);
} hop_cache SEC(".maps");

/*
 * Which neighbour of a bucket was looked at last, and when: a hash of it, jiffies. Each program has
 * its own and is alone with it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XHOP_HOP_CACHE);
	__type(key, __u32);
	__type(value, __u64);
} neigh_looked SEC(".maps");

/* Packets and bytes by id. Program writes, loader reads. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XHOP_HOPS_DEFAULT);
	__type(key, __u32);
	__type(value, struct xhop_hop_counters);
} hop_counters SEC(".maps");

/* The next free id; id 0 is XHOP_HOPS_SHARED. Program adds atomically. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xhop_hop_next);
} hop_next SEC(".maps");

/* What each CPU learnt of a port, by slot. Program writes and reads, loader clears. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XHOP_PORTS_MAX);
	__type(key, __u32);
	__type(value, struct xhop_port_live);
} port_live SEC(".maps");

/* Program only, a packet long. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xhop_hop_now);
} hop_now SEC(".maps");

/* Which generation the route maps hold. Daemon writes through a mapping. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct xhop_route_control);
} route_control SEC(".maps");

/* Classes of routes by hop index. Daemon writes through a mapping, program reads to learn. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct xhop_class);
} classes SEC(".maps");

/* Groups of hops (multipath flow). Daemon writes through a mapping, program reads. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct xhop_group);
} groups SEC(".maps");

/* What each CPU learnt of a class, by hop index. Program only. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xhop_hop_live);
} hop_live SEC(".maps");

#endif
