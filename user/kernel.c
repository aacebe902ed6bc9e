// SPDX-License-Identifier: GPL-2.0
/* Kernel features and rights: see kernel.h. */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cap-ng.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include "user/kernel.h"
#include "user/log.h"

static bool struct_has_member(const struct btf *btf, const char *type, const char *member)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	const struct btf_type *t;

	if (id < 0)
		return false;
	t = btf__type_by_id(btf, id);
	for (int i = 0; i < btf_vlen(t); i++) {
		if (!strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), member))
			return true;
	}
	return false;
}

/* The value of an enumerator of any enum; -1: there is none of that name. */
static int enumerator(const struct btf *btf, const char *name)
{
	int count = btf__type_cnt(btf);

	for (int id = 1; id < count; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (!btf_is_enum(t))
			continue;
		for (int i = 0; i < btf_vlen(t); i++) {
			if (!strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off), name))
				return btf_enum(t)[i].val;
		}
	}
	return -1;
}

/* A netdev feature as a mask; unknown: all of them, so that nothing hides behind it. */
static unsigned long long feature(const struct btf *btf, const char *name)
{
	int bit = enumerator(btf, name);

	return bit < 0 ? ~0ULL : 1ULL << bit;
}

static bool veth_shows_skb(struct btf *vmlinux)
{
	struct btf *module;
	bool shows;

	if (struct_has_member(vmlinux, "veth_xdp_buff", "skb"))
		return true;
	module = btf__load_module_btf("veth", vmlinux);
	if (libbpf_get_error(module))
		return false;
	shows = struct_has_member(module, "veth_xdp_buff", "skb");
	btf__free(module);
	return shows;
}

int kernel_probe(struct kernel *kernel)
{
	struct utsname uts;
	unsigned int major = 0, minor = 0;
	struct btf *btf;

	uname(&uts);
	if (sscanf(uts.release, "%u.%u", &major, &minor) == 2 &&
	    (major < 6 || (major == 6 && minor < 1))) {
		log_error("kernel %s is too old: xhop needs Linux 6.1 (XDP frames in several "
			  "buffers, FIB lookups it can trust)",
			  uts.release);
		return -EOPNOTSUPP;
	}
	btf = btf__load_vmlinux_btf();
	if (libbpf_get_error(btf)) {
		log_error(
			"kernel %s does not describe its types: /sys/kernel/btf/vmlinux cannot be "
			"read (CONFIG_DEBUG_INFO_BTF)",
			uts.release);
		return -EOPNOTSUPP;
	}
	kernel->kfuncs = btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0 &&
			 btf__find_by_name_kind(btf, "bpf_cast_to_kern_ctx", BTF_KIND_FUNC) > 0;
	kernel->skip_neigh = enumerator(btf, "BPF_FIB_LOOKUP_SKIP_NEIGH") >= 0;
	kernel->vlan_rx_features = feature(btf, "NETIF_F_HW_VLAN_CTAG_RX_BIT") |
				   feature(btf, "NETIF_F_HW_VLAN_STAG_RX_BIT");
	kernel->vlan_tx_features = feature(btf, "NETIF_F_HW_VLAN_CTAG_TX_BIT") |
				   feature(btf, "NETIF_F_HW_VLAN_STAG_TX_BIT");
	kernel->veth_skb = kernel->kfuncs && veth_shows_skb(btf);
	btf__free(btf);
	kernel->addr_hash = kernel_addr_hash(kernel->kfuncs);
	return 0;
}

int rights_check(const char *what, bool change)
{
	static const struct {
		unsigned int cap;
		const char *name;
		bool to_change;
	} needs[] = {
		{CAP_SYS_ADMIN, "CAP_SYS_ADMIN", false}, /* programs and maps by id, namespaces */
		{CAP_BPF, "CAP_BPF", true},
		{CAP_NET_ADMIN, "CAP_NET_ADMIN", true},
		{CAP_PERFMON, "CAP_PERFMON", true},
	};
	char missing[128] = "";

	if (capng_get_caps_process())
		return 0; /* cannot tell: the kernel will */
	for (unsigned int i = 0; i < sizeof(needs) / sizeof(*needs); i++) {
		if ((needs[i].to_change && !change) ||
		    capng_have_capability(CAPNG_EFFECTIVE, needs[i].cap))
			continue;
		if (*missing)
			strcat(missing, ", ");
		strcat(missing, needs[i].name);
	}
	if (!*missing)
		return 0;
	log_error("%s: no rights: missing %s (run it as root)", what, missing);
	return -EPERM;
}
