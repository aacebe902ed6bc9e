/*
 * The table of next hops: each has its own counters, also where hops share a bucket of the cache in
 * front of it; another MAC is another hop; a full table counts all the rest together.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prog/prog.h"

#define HOPS   300 /* more than XHOP_HOP_CACHE */
#define ROUNDS 3

static char *say(const char *fmt, unsigned int a, unsigned long long b)
{
	char *why;

	if (asprintf(&why, fmt, a, b) < 0)
		abort();
	return why;
}

/* One run without a look at the counters. NULL: redirected. */
static char *run_to(const char *dst, unsigned int n)
{
	struct xdp_md ctx = {.ingress_ifindex = router.ifindex[1]};
	struct frame_env env = router_env(1);
	struct frame f;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f.data, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);

	if (frame_build(&f, &env, "ip4 dst=%s.%u.%u udp", dst, n / 250, n % 250 + 1))
		return strdup(frame_error());
	opts.data_size_in = ctx.data_end = f.len;
	if (bpf_prog_test_run_opts(router.prog[1], &opts))
		return strdup(strerror(errno));
	return opts.retval == XDP_REDIRECT ? NULL : say("hop %u: verdict %llu", n, opts.retval);
}

/* Counters of the hop that is DST.n; packets 0 if there is none. */
static struct xhop_hop_counters hop_of(const struct snapshot *s, unsigned char second,
				       unsigned int n)
{
	const __u8 addr[4] = {10, second, n / 250, n % 250 + 1};

	for (int i = 0; i < s->nhops; i++)
		if (s->hops[i].key.family == 2 && !memcmp(s->hops[i].key.addr, addr, 4))
			return s->hops[i].counters;
	return (struct xhop_hop_counters){};
}

static void many(void)
{
	struct snapshot s = {};
	char *why = NULL;

	for (unsigned int i = 0; i < HOPS * ROUNDS && !why; i++)
		why = run_to("10.50", i % HOPS);
	if (!why && snapshot_take(&s))
		why = strdup("cannot read the counters");
	for (unsigned int n = 0; n < HOPS && !why; n++) {
		struct xhop_hop_counters c = hop_of(&s, 50, n);

		if (c.packets != ROUNDS || c.bytes != ROUNDS * 42)
			why = say("hop %u counted %llu packets", n, c.packets);
	}
	for (int i = 1; i < s.nhops && !why; i++)
		if (s.hops[i].id == s.hops[i - 1].id || !s.hops[i].id)
			why = say("id %u is there twice", s.hops[i].id, 0);
	snapshot_free(&s);
	result(why, "hops: %d next hops, each with counters of its own", HOPS);
}

/* Changes of each end of the MAC, all to one address: its hops are told apart by the MAC alone. */
static void another_mac(void)
{
	static const char *const macs[] = {"02:00:00:51:00:01", "06:00:00:51:00:01",
					   "06:00:00:51:00:02"};
	struct snapshot a = {}, b = {};
	char *why = NULL, script[80];

	if (snapshot_take(&a))
		why = strdup("cannot read the counters");
	for (int i = 0; i < 3 && !why; i++) {
		snprintf(script, sizeof(script), "ip neigh replace 10.51.0.1 lladdr %s dev p2",
			 macs[i]);
		if (router_sh(script))
			why = strdup(netns_output());
		if (!why)
			why = run_to("10.51", 0);
	}
	if (!why && snapshot_take(&b))
		why = strdup("cannot read the counters");
	if (!why && b.nhops != a.nhops + 3)
		why = say("%u more hops, not %llu", b.nhops - a.nhops, 3);
	for (int i = 0; i < 3 && !why; i++) {
		const struct set_hop *hop = &b.hops[a.nhops + i];

		if (hop->counters.packets != 1 || hop->key.lladdr[0] != (i ? 6 : 2) ||
		    hop->key.lladdr[5] != (i == 2 ? 2 : 1))
			why = say("hop %u counted %llu packets", hop->id, hop->counters.packets);
	}
	snapshot_free(&a);
	snapshot_free(&b);
	result(why, "hops: another MAC is another hop");
}

static int next_set(__u32 next)
{
	struct xhop_hop_next value = {.next = next};
	__u32 zero = 0;

	return bpf_map_update_elem(router.set.maps[SET_HOP_NEXT], &zero, &value, BPF_ANY);
}

static void full(void)
{
	struct xhop_hop_next next;
	struct snapshot a = {}, b = {};
	char *why = NULL;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(router.set.maps[SET_HOP_NEXT], &zero, &next) ||
	    next_set(XHOP_HOPS_DEFAULT) || snapshot_take(&a))
		why = strdup("cannot begin");
	if (!why)
		why = run_to("10.51", 1);
	if (!why)
		why = run_to("10.51", 2);
	if (!why) /* one that is known keeps its counters */
		why = run_to("10.50", 7);
	if (!why && snapshot_take(&b))
		why = strdup("cannot read the counters");
	if (!why && b.nhops != a.nhops)
		why = say("%u hops, not %llu", b.nhops, a.nhops);
	if (!why &&
	    (b.shared.packets - a.shared.packets != 2 || b.shared.bytes - a.shared.bytes != 84))
		why = say("shared: %u packets, %llu bytes", b.shared.packets - a.shared.packets,
			  b.shared.bytes - a.shared.bytes);
	if (!why && hop_of(&b, 50, 7).packets != ROUNDS + 1)
		why = strdup("the known hop did not count");
	snapshot_free(&a);
	snapshot_free(&b);
	next_set(next.next);
	if (!why)
		why = run_to("10.51", 1);
	if (!why && snapshot_take(&b))
		why = strdup("cannot read the counters");
	if (!why && hop_of(&b, 51, 1).packets != 1)
		why = strdup("with room again the hop got no counters of its own");
	snapshot_free(&b);
	result(why, "hops: a full table counts together");
}

static void run(void)
{
	many();
	another_mac();
	full();
}

const struct test_group groups_hops[] = {
	GROUP_RUN("hops", run,
		  .setup = "for i in $(seq 0 299); do echo neigh add 10.50.$((i/250)).$((i%250+1)) "
			   "lladdr 02:00:00:50:$((i/100)):$((i%100)) dev p2; done | ip -batch -\n"
			   "for i in 1 2 3; do ip neigh add 10.51.0.$i lladdr 02:00:00:51:00:0$i "
			   "dev p2; done\n"
			   "echo route add 10.50.0.0/15 dev p2 | batch\n",
		  .undo = "clean; ip neigh flush to 10.50.0.0/15 nud permanent dev p2"),
	GROUPS_END,
};
