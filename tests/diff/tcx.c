/*
 * Attaches a program of two instructions to the tcx hook of a device, for cases that need one: it
 * stays until it is taken off or the device goes. `diff --tcx DEV ingress|egress
 * drop|pass|vlan|off`.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "tests/diff/diff.h"

/* BPF_TCX_INGRESS and BPF_TCX_EGRESS, which the headers of Linux 6.1 do not have yet. */
#define TCX_INGRESS 46
#define TCX_EGRESS  47

/* Drops (or passes) IP of both families, lets all else go on: sentinels are not IP. */
static int tcx_load(int verdict)
{
	const struct bpf_insn insns[] = {
		/* r2 = skb->protocol; r0 = verdict; return unless it is neither family */
		{.code = BPF_LDX | BPF_MEM | BPF_W,
		 .dst_reg = 2,
		 .src_reg = 1,
		 .off = offsetof(struct __sk_buff, protocol)},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = verdict},
		{.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 2, .off = 2, .imm = 0x0008},
		{.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 2, .off = 1, .imm = 0xdd86},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = -1},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "diff_tcx", "GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), NULL);
}

/* Puts a VLAN tag beside each IP frame, where a device that tags in hardware has it. */
static int tcx_load_vlan(void)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_LDX | BPF_MEM | BPF_W,
		 .dst_reg = 2,
		 .src_reg = 1,
		 .off = offsetof(struct __sk_buff, protocol)},
		{.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 2, .off = 1, .imm = 0x0008},
		{.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 2, .off = 3, .imm = 0xdd86},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 0x0081},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 7},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_skb_vlan_push},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = -1},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "diff_vlan", "GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), NULL);
}

static int tcx_off(unsigned int ifindex, int type)
{
	__u32 ids[8], n = 8;
	int fd, err = bpf_prog_query(ifindex, type, 0, NULL, ids, &n);

	if (err || !n)
		return err ? err : -ENOENT;
	fd = bpf_prog_get_fd_by_id(ids[0]);
	return fd < 0 ? fd : bpf_prog_detach2(fd, ifindex, type);
}

int tcx_main(const char *dev, const char *hook, const char *what)
{
	int type = strcmp(hook, "egress") ? TCX_INGRESS : TCX_EGRESS, fd, err;
	unsigned int ifindex = if_nametoindex(dev);

	if (!strcmp(what, "off")) {
		err = tcx_off(ifindex, type);
	} else {
		if (!strcmp(what, "vlan"))
			fd = tcx_load_vlan();
		else
			fd = tcx_load(strcmp(what, "drop") ? TC_ACT_OK : TC_ACT_SHOT);
		err = fd < 0 ? fd : bpf_prog_attach(fd, ifindex, type, 0);
	}
	if (err)
		fprintf(stderr, "diff: tcx %s %s %s: %s\n", dev, hook, what, strerror(-err));
	return err ? 2 : 0;
}
