/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between kernel versions, and the one way to read kernel memory.
 *
 * Since Linux 6.4 a program may turn an address into a typed kernel pointer
 * (bpf_rdonly_cast) and follow it with plain loads; a bad address reads as zero. Before that
 * bpf_probe_read_kernel() does the same with a call for each read. The loader sets
 * config.has_kfuncs, the verifier drops the other branch.
 */
#ifndef XHOP_BPF_COMPAT_BPF_H
#define XHOP_BPF_COMPAT_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "bpf/kernel.bpf.h"
#include "maps/types.h"
#include "maps/shared.bpf.h"

#ifndef BPF_FIB_LOOKUP_SKIP_NEIGH
#define BPF_FIB_LOOKUP_SKIP_NEIGH 4 /* Linux 6.4 */
#endif

void *bpf_cast_to_kern_ctx(void *ctx) __ksym __weak;
void *bpf_rdonly_cast(const void *address, __u32 btf_id) __ksym __weak;

const volatile struct xhop_config config = {.magic = XHOP_MAGIC, .abi = XHOP_ABI};

/* Never in an attached program: see enum xhop_check. */
#define skipped(check) (config.skip & XHOP_CHECK_##check)

/*
 * Keeps clang from merging tests of several pointers into one of their OR, which the verifier
 * refuses on pointers.
 */
#define opaque(v) asm volatile("" : "+r"(v))

/*
 * The member of a kernel object: kread(dev, ifindex). The type must have CO-RE access. p is
 * taken first, lest the way to it be relocated too.
 */
#define kread(p, member)                                             \
	({                                                           \
		__typeof__(p) p_ = (p);                              \
		__typeof__(p_->member) v_;                           \
		if (config.has_kfuncs)                               \
			v_ = p_->member;                             \
		else                                                 \
			bpf_core_read(&v_, sizeof(v_), &p_->member); \
		opaque(v_);                                          \
		v_;                                                  \
	})

/* The same for a bit field, or a member that is one in some kernels. */
#define kread_bits(p, member)                                  \
	(config.has_kfuncs ? BPF_CORE_READ_BITFIELD(p, member) \
			   : BPF_CORE_READ_BITFIELD_PROBED(p, member))

/* An address as a pointer to a kernel type, readable with kread(). */
#define kcast(address, type)                                                         \
	((type *)(config.has_kfuncs ? bpf_rdonly_cast((const void *)(address),       \
						      bpf_core_type_id_kernel(type)) \
				    : (void *)(address)))

/* The object of which `address` is the member. */
#define kcontainer(address, type, member) \
	kcast((unsigned long)(address)-bpf_core_field_offset(type, member), type)

/*
 * A walk over the kernel's lists is a function of its own (`walk`), which the verifier checks
 * once, not once for every state of its caller. Such functions take and return plain numbers;
 * addresses go through fib_seen.
 */
#define walk __attribute__((noinline)) int

static __always_inline struct xhop_fib_seen *seen_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&fib_seen, &zero);
}

/* Eight, and four, bytes at an address: neighbouring members in one read. */
static __always_inline __u64 kread_u64(unsigned long address)
{
	struct timespec64 *at = kcast(address, struct timespec64);

	return kread(at, tv_sec);
}

static __always_inline __u32 kread_u32(unsigned long address)
{
	struct refcount_struct *at = kcast(address, struct refcount_struct);

	return kread(at, refs.counter);
}

/* netdev_priv(): since Linux 6.10 a member, before behind the device, aligned to 32. */
static __always_inline unsigned long device_priv(struct net_device *dev)
{
	return (unsigned long)dev +
	       (bpf_core_field_exists(dev->priv)
			? bpf_core_field_offset(struct net_device, priv)
			: (bpf_core_type_size(struct net_device) + 31) & ~31UL);
}

/* The pointer that stands at an address of unknown type. */
static __always_inline void *kread_pointer(unsigned long address)
{
	struct hlist_head *at = kcast(address, struct hlist_head);

	return kread(at, first);
}

#endif
