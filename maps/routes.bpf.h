/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The route maps of one set. Loader sizes them, maps their memory and writes it through
 * maps/trie.h; programs read them through bpf/trie.bpf.h.
 */
#ifndef XHOP_MAPS_ROUTES_BPF_H
#define XHOP_MAPS_ROUTES_BPF_H

#include "maps/types.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xhop_line);
} routes4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xhop_line);
} routes6 SEC(".maps");

#endif
