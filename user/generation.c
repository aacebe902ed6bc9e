// SPDX-License-Identifier: GPL-2.0
/* The FIB's generation: see generation.h. */
#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "user/generation.h"
#include "generation.skel.h"

struct generation {
	struct generation_bpf *skel;
	int prog, map;
};

struct generation *generation_open(const struct kernel *kernel)
{
	struct generation *generation = calloc(1, sizeof(*generation));
	struct xhop_config *config;
	int err;

	if (!generation)
		return NULL;
	generation->skel = generation_bpf__open();
	if (!generation->skel) {
		err = errno;
		free(generation);
		errno = err;
		return NULL;
	}
	config = (struct xhop_config *)&generation->skel->rodata->config;
	config->has_kfuncs = kernel->kfuncs;
	err = generation_bpf__load(generation->skel);
	if (err) {
		generation_close(generation);
		errno = -err;
		return NULL;
	}
	generation->prog = bpf_program__fd(generation->skel->progs.xhop_generation);
	generation->map = bpf_map__fd(generation->skel->maps.generation_now);
	return generation;
}

void generation_close(struct generation *generation)
{
	if (!generation)
		return;
	generation_bpf__destroy(generation->skel);
	free(generation);
}

int generation_read(struct generation *generation, struct xhop_generation_now *now)
{
	unsigned char frame[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = 1);
	__u32 zero = 0;

	/* Without a context it runs on the namespace's loopback device. */
	if (bpf_prog_test_run_opts(generation->prog, &opts))
		return -errno;
	if (!opts.retval)
		return -EOPNOTSUPP;
	return bpf_map_lookup_elem(generation->map, &zero, now) ? -errno : 0;
}
