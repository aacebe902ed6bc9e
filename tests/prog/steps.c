/*
 * IPv6 routes that a prefix alone does not tell: those for packets from some sources only, and
 * those whose lifetime the kernel sets in place, without a word. Steps of one story each, since
 * what the maps learnt before a step must not outlive it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prog/prog.h"

struct step {
	const char *script; /* first; NULL: nothing */
	const char *advert; /* then this frame at p2; NULL: nothing */
	const char *await;  /* then until this shell command says so */
	const char *frame;
	struct expect expect;
};

#define OUT2(v)                    \
	{                          \
		.out = 2, .via = v \
	}
#define OUT3(v)                    \
	{                          \
		.out = 3, .via = v \
	}
#define FROM(src) "ip6 src=" src " dst=2001:db8:70::1 udp"
#define NEAR	  FROM("2001:db8:1::2")
#define FAR	  FROM("2001:db8:9::2")
#define OTHER	  "ip6 dst=2001:db8:80::1 udp"
#define SOURCE	  "2001:db8:70::/48 from 2001:db8:1::/64"

/*
 * Beside such a route Linux leaves a plain one out for all others: the shorter prefix has them.
 * What the maps learn of the plain one's class, they learn from OTHER.
 */
static const struct step sources[] = {
	{.frame = NEAR, .expect = OUT2("2001:db8:2::2")},
	{.frame = FAR, .expect = OUT2("2001:db8:2::2")},
	{.script = "ip route add " SOURCE " via 2001:db8:3::2",
	 .frame = OTHER,
	 .expect = OUT2("2001:db8:2::2")},
	{.frame = NEAR, .expect = OUT3("2001:db8:3::2")},
	{.frame = FAR, .expect = OUT2("2001:db8:2::4")},
	{.frame = NEAR, .expect = OUT3("2001:db8:3::2")},
	{.script = "ip route replace 2001:db8:70::/48 via 2001:db8:2::3 metric 10",
	 .frame = FAR,
	 .expect = OUT2("2001:db8:2::4")},
	{.frame = NEAR, .expect = OUT3("2001:db8:3::2")},
	{.script = "ip route del 2001:db8:70::/48 via 2001:db8:2::3",
	 .frame = FAR,
	 .expect = OUT2("2001:db8:2::4")},
	{.frame = NEAR, .expect = OUT3("2001:db8:3::2")},
	{.script = "ip route del " SOURCE, .frame = NEAR, .expect = OUT2("2001:db8:2::4")},
};

#define PREFIX(n) "2001:db8:" n "::/64"
#define ADVERT(n, lifetime)                                                             \
	"eth dst=n ip6 src=fe80::2 dst=ff02::1 hop=255 icmp6 type=134 rest=0 data hex=" \
	"0000000000000000030440"                                                        \
	"80" lifetime lifetime "00000000"                                               \
	"20010db800" n "0000"                                                           \
	"0000000000000000"
#define FOR_EVER    "ffffffff"
#define ONE_SECOND  "00000001"
#define LIFETIME(n) "ip -6 route show " PREFIX(n) " proto kernel"
#define TO71	    "ip6 dst=2001:db8:71::5 udp"
#define TO72	    "ip6 dst=2001:db8:72::5 udp"

/* Of the two prefixes on p2, both learnt from an advertisement, one ends. */
static const struct step lifetimes[] = {
	{.advert = ADVERT("72", FOR_EVER),
	 .await = LIFETIME("72") " | grep -q p2",
	 .frame = TO72,
	 .expect = OUT2("2001:db8:72::5")},
	{.advert = ADVERT("71", FOR_EVER),
	 .await = LIFETIME("71") " | grep -q p2",
	 .frame = TO71,
	 .expect = OUT2("2001:db8:71::5")},
	{.advert = ADVERT("71", ONE_SECOND),
	 .await = "ip route get 2001:db8:71::5 | grep -q p3",
	 .frame = TO72,
	 .expect = OUT2("2001:db8:72::5")},
	{.frame = TO71, .expect = OUT3("2001:db8:71::5")},
	{.advert = ADVERT("71", FOR_EVER),
	 .await = "ip route get 2001:db8:71::5 | grep -q p2",
	 .frame = TO71,
	 .expect = OUT2("2001:db8:71::5")},
	/* Set by hand: told, and read anew. */
	{.script = "ip route add 2001:db8:73::/64 via 2001:db8:2::2 expires 100",
	 .frame = "ip6 dst=2001:db8:73::5 udp",
	 .expect = OUT2("2001:db8:2::2")},
	{.script = "ip route replace 2001:db8:73::/64 via 2001:db8:2::2 expires 1",
	 .await = "ip route get 2001:db8:73::5 | grep -q p3",
	 .frame = "ip6 dst=2001:db8:73::5 udp",
	 .expect = OUT3("2001:db8:73::5")},
};

#define NEIGHBOURS(verb, more)                                                                    \
	"for p in 2 3; do for n in 71 72 73; do echo neigh " verb " 2001:db8:$n::5 dev p$p " more \
	"; done; done | ip -batch -"

static char *run_step(const struct step *s)
{
	char script[256];
	char *why = NULL;

	if (s->script && router_sh(s->script))
		return strdup(netns_output());
	if (s->advert)
		why = host_send(2, s->advert);
	snprintf(script, sizeof(script), "so() { %s; }; await so", s->await ? s->await : "true");
	if (!why && router_sh(script))
		why = strdup("the kernel does not follow");
	return why ? why : run_text(1, s->frame, &s->expect);
}

static void run_steps(const char *name, const struct step *steps, unsigned int count)
{
	char *why = NULL, *where;
	unsigned int i;

	for (i = 0; i < count && !why; i++)
		why = run_step(&steps[i]);
	if (why && asprintf(&where, "step %u: %s", i, why) > 0) {
		free(why);
		why = where;
	}
	result(why, "%s", name);
}

static void run_sources(void)
{
	run_steps("source routes: for some sources, and what the others get", sources,
		  sizeof(sources) / sizeof(*sources));
}

static void run_lifetimes(void)
{
	run_steps("lifetimes: set in place, and by hand", lifetimes,
		  sizeof(lifetimes) / sizeof(*lifetimes));
}

const struct test_group groups_steps[] = {
	GROUP_RUN("source routes", run_sources,
		  .setup = "batch <<'EOF'\n"
			   "route add 2001:db8:70::/44 via 2001:db8:2::4\n"
			   "route add 2001:db8:70::/48 via 2001:db8:2::2 metric 10\n"
			   "route add 2001:db8:80::/48 via 2001:db8:2::2 metric 10\n"
			   "EOF\n"
			   "ip -6 route add 2001:db8:70::/48 from 2001:db8:9::/64 dev lo\n"
			   "ip -6 route del 2001:db8:70::/48 from 2001:db8:9::/64 dev lo\n",
		  .undo = "clean; ip -6 route flush root 2001:db8:70::/44",
		  .lacks = "no IPv6 subtrees in this kernel"),
	GROUP_RUN("lifetimes", run_lifetimes,
		  .setup = "w 2 ipv6/conf/p2/accept_ra\n"
			   "echo route add 2001:db8:70::/44 dev p3 | batch\n" NEIGHBOURS(
				   "replace", "lladdr 02:00:00:00:05:0$p nud permanent"),
		  .undo = "w 0 ipv6/conf/p2/accept_ra; clean\n"
			  "ip -6 route flush root 2001:db8:70::/44\n" NEIGHBOURS("del", "")),
	GROUPS_END,
};
