// SPDX-License-Identifier: GPL-2.0
/*
 * The route maps as programs see them: each of 65,536 random destinations gets from the BPF
 * lookup what trie_get() says. `layout --bench [FILE]`: ns a lookup in the layout that ships and
 * in others, with the prefixes of FILE or a made table; the programs take turns. Random
 * destinations, and one alone, in a /24 or a /48. layout.txt has figures.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include "maps/trie.h"
#include "tests/layout/build.h"
#include "tests/layout/layout.h"
#include "layout.skel.h"

#define ROUNDS	     21
#define VARIANTS_MAX 32
#define VERIFIED_MAX 3000

enum { RANDOM, ONE, MODES };

struct variant {
	struct layout layout; /* mem NULL: what ships */
	struct bpf_map *map;
	struct bpf_program *prog;
	double ns[MODES][ROUNDS];
	__u64 sum;
};

static struct table tables[2];
static struct trie *tries[2];
static struct variant variants[VARIANTS_MAX];
static int variant_count;
static struct layout_bpf *skel;

static void *map_memory(struct bpf_map *map, size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	if (mem == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return mem;
}

static void addr_bytes(addr_t a, int bits, __u8 *bytes)
{
	for (int i = 0; i < bits / 8; i++)
		bytes[i] = a >> (120 - 8 * i);
}

static int fill(int v6, double *ns)
{
	int family = v6 ? AF_INET6 : AF_INET, err = 0;
	size_t size = trie_size_default(family);
	void *mem = map_memory(v6 ? skel->maps.routes6 : skel->maps.routes4, size);
	struct timespec a, b;
	__u8 addr[16];

	tries[v6] = trie_new(family, mem, size);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	for (size_t i = 0; i < tables[v6].count && !err; i++) {
		const struct prefix *p = &tables[v6].prefix[i];

		addr_bytes(p->addr, tables[v6].bits, addr);
		if (i % 1024 == 0)
			trie_quiesce(tries[v6]);
		err = trie_set(tries[v6], addr, p->len, p->value);
	}
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
	*ns = ((b.tv_sec - a.tv_sec) * 1e9 + b.tv_nsec - a.tv_nsec) / tables[v6].count;
	trie_quiesce(tries[v6]);
	return err;
}

static void destinations(void)
{
	for (int i = 0; i < DESTINATIONS; i++) {
		addr_t a = table_address(&tables[1], i ? 0 : 48);

		skel->bss->dst4[i] = table_address(&tables[0], i ? 0 : 24) >> 96;
		skel->bss->dst6[i].high = a >> 64;
		skel->bss->dst6[i].low = a;
	}
}

static double run(struct bpf_program *prog, int repeat)
{
	unsigned char frame[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = repeat);

	skel->bss->position = 0;
	skel->bss->sum = 0;
	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts)) {
		perror("BPF_PROG_RUN");
		exit(1);
	}
	return opts.duration;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void add_variant(struct layout layout, struct bpf_map *map, struct bpf_program *prog)
{
	variants[variant_count++] = (struct variant){.layout = layout, .map = map, .prog = prog};
}

static void list_variants(void)
{
#define ADD4(n, r, s, k)                                                             \
	add_variant((struct layout){#n, 32, 0, r, s, k, NULL, 0}, skel->maps.m4_##n, \
		    skel->progs.p4_##n);
#define ADD6(n, skip, r, s, k)                                                           \
	add_variant((struct layout){#n, 128, skip, r, s, k, NULL, 0}, skel->maps.m6_##n, \
		    skel->progs.p6_##n);
	LAYOUTS4(ADD4)
	add_variant((struct layout){.name = "xhop", .bits = 32}, NULL, skel->progs.p4_xhop);
	LAYOUTS6(ADD6)
	add_variant((struct layout){.name = "xhop", .bits = 128}, NULL, skel->progs.p6_xhop);
}

static bool ships(const struct variant *v)
{
	return !v->map;
}

static void build_variants(void)
{
	for (struct variant *v = variants; v < variants + variant_count; v++) {
		if (ships(v))
			continue;
		v->layout.mem = mmap(NULL, (size_t)LAYOUT_LINES * sizeof(struct xhop_line),
				     PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
		layout_build(&v->layout, &tables[v->layout.bits == 128]);
		bpf_map__set_max_entries(v->map, layout_bytes(&v->layout) / 64);
	}
}

static void load_variants(void)
{
	for (struct variant *v = variants; v < variants + variant_count; v++) {
		if (ships(v))
			continue;
		void *mem = map_memory(v->map, layout_bytes(&v->layout));

		memcpy(mem, v->layout.mem, layout_bytes(&v->layout));
		munmap(mem, layout_bytes(&v->layout));
		munmap(v->layout.mem, (size_t)LAYOUT_LINES * sizeof(struct xhop_line));
	}
}

static void print_variant(struct variant *v)
{
	struct trie_usage u;
	size_t bytes = layout_bytes(&v->layout);

	if (ships(v)) {
		trie_usage(tries[v->layout.bits == 128], &u);
		bytes = u.used;
	}
	for (int m = 0; m < MODES; m++)
		qsort(v->ns[m], ROUNDS, sizeof(double), compare);
	printf("%-5s %-12s %8.1f %9.1f %9.1f %9.1f %9.1f\n", v->layout.bits == 32 ? "IPv4" : "IPv6",
	       v->layout.name, bytes / 1048576.0, v->ns[RANDOM][ROUNDS / 2], v->ns[RANDOM][0],
	       v->ns[ONE][ROUNDS / 2], v->ns[ONE][0]);
}

static int bench(void)
{
	__u64 want[2];

	for (int r = 0; r < ROUNDS; r++) {
		for (struct variant *v = variants; v < variants + variant_count; v++) {
			int runs = DESTINATIONS / BATCH;

			skel->bss->mask = ~0u;
			run(v->prog, runs);
			v->sum = skel->bss->sum;
			v->ns[RANDOM][r] = run(v->prog, 2 * runs) / BATCH;
			skel->bss->mask = 0;
			v->ns[ONE][r] = run(v->prog, runs) / BATCH;
			if (ships(v))
				want[v->layout.bits == 128] = v->sum;
		}
	}
	printf("%-5s %-12s %8s %9s %9s %9s %9s\n", "", "layout", "MiB", "random", "fastest", "one",
	       "fastest");
	for (struct variant *v = variants; v < variants + variant_count; v++) {
		print_variant(v);
		if (v->sum == want[v->layout.bits == 128])
			continue;
		fprintf(stderr, "layout: %s finds something else\n", v->layout.name);
		return 1;
	}
	return 0;
}

/* 0, or how many destinations got another answer in BPF. */
static int disagreements(int v6)
{
	struct bpf_program *prog = v6 ? skel->progs.answer6 : skel->progs.answer4;
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int wrong = 0, found = 0;
	__u8 addr[16];

	run(prog, DESTINATIONS);
	for (int i = 0; i < DESTINATIONS; i++) {
		addr_t a = v6 ? (addr_t)skel->bss->dst6[i].high << 64 | skel->bss->dst6[i].low
			      : (addr_t)skel->bss->dst4[i] << 96;

		addr_bytes(a, tables[v6].bits, addr);
		wrong += skel->bss->answers[i] != trie_get(tries[v6], addr);
		found += skel->bss->answers[i] != XHOP_ASK;
	}
	bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len);
	printf("# %zu prefixes, %d of %d destinations have a hop, %d wrong, %u instructions "
	       "verified\n",
	       tables[v6].count, found, DESTINATIONS, wrong, info.verified_insns);
	return found == DESTINATIONS && info.verified_insns < VERIFIED_MAX ? wrong : -1;
}

int main(int argc, char **argv)
{
	bool timing = argc > 1 && !strcmp(argv[1], "--bench");
	int err = argc > 2 ? table_read(tables, argv[2]) : table_make(tables, 120000, 40000);
	double ns[2];

	skel = layout_bpf__open();
	if (err || !skel)
		return fprintf(stderr, "layout: no table or no program\n"), 1;
	list_variants();
	if (timing)
		build_variants();
	bpf_map__set_max_entries(skel->maps.routes4, trie_size_default(AF_INET) / 64);
	bpf_map__set_max_entries(skel->maps.routes6, trie_size_default(AF_INET6) / 64);
	if (layout_bpf__load(skel) || fill(0, &ns[0]) || fill(1, &ns[1]))
		return 1;
	destinations();
	if (timing) {
		load_variants();
		printf("%zu and %zu prefixes, %d next hops; fill: %.0f and %.0f ns a prefix\n",
		       tables[0].count, tables[1].count, HOPS, ns[0], ns[1]);
		err = bench();
	} else {
		for (int v6 = 0; v6 < 2; v6++) {
			int wrong = disagreements(v6);

			printf("%s %d - the program finds what the writer says, IPv%d\n",
			       wrong ? "not ok" : "ok", v6 + 1, v6 ? 6 : 4);
			err |= !!wrong;
		}
		printf("1..2\n");
	}
	layout_bpf__destroy(skel);
	return err;
}
