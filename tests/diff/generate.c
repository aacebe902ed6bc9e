/*
 * Draws configurations and frames. Values come from small pools that meet each other often: routes
 * and destinations share prefixes, so most frames find a route, and every field has its odd values.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/diff/generate.h"
#include "tests/diff/lab.h"

struct rng {
	uint64_t state;
	FILE *out;
};

/* splitmix64 */
static uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static unsigned int below(struct rng *r, unsigned int n)
{
	return rng_next(r) % n;
}

static bool percent(struct rng *r, unsigned int p)
{
	return below(r, 100) < p;
}

static const char *pick(struct rng *r, const char *const *list, unsigned int n)
{
	return list[below(r, n)];
}

#define PICK(r, ...)                                \
	pick(r, (const char *const[]){__VA_ARGS__}, \
	     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static unsigned int port(struct rng *r)
{
	return 1 + below(r, LAB_PORTS);
}

static void config_sysctls(struct rng *r)
{
	unsigned int i, n = below(r, 8);

	fprintf(r->out, "cd /proc/sys/net\n");
	for (i = 0; i < n; i++) {
		const char *what = PICK(r, "rp_filter", "rp_filter", "rp_filter", "send_redirects",
					"forwarding", "accept_local", "route_localnet", "proxy_arp",
					"accept_redirects", "ignore_routes_with_linkdown",
					"bc_forwarding", "shared_media");

		if (percent(r, 25))
			fprintf(r->out, "echo %u > ipv4/conf/all/%s\n", below(r, 2), what);
		else
			fprintf(r->out, "echo %u > ipv4/conf/p%u/%s\n",
				below(r, *what == 'r' ? 3 : 2) % 3, port(r), what);
	}
	for (i = below(r, 4); i-- > 0;)
		fprintf(r->out, "echo %u > ipv6/conf/p%u/%s || true\n", below(r, 2), port(r),
			PICK(r, "forwarding", "force_forwarding", "proxy_ndp", "accept_redirects",
			     "ignore_routes_with_linkdown"));
	if (percent(r, 10))
		fprintf(r->out, "echo 0 > ipv6/conf/all/forwarding\n");
	if (percent(r, 5))
		fprintf(r->out, "echo 1 > ipv6/conf/p%u/disable_ipv6\n", port(r));
	fprintf(r->out, "echo %u > ipv4/fib_multipath_hash_policy\n", below(r, 4));
	fprintf(r->out, "echo %u > ipv6/fib_multipath_hash_policy\n", below(r, 4));
	fprintf(r->out, "echo %u > ipv4/ip_forward_use_pmtu\n", percent(r, 20));
	fprintf(r->out, "echo %u > ipv4/ip_forward_update_priority\ncd /\n", percent(r, 50));
}

static void print_via4(struct rng *r)
{
	if (percent(r, 8))
		fprintf(r->out, "via inet6 fe80::%u dev p%u", 2 + below(r, 3), port(r));
	else
		fprintf(r->out, "via 10.0.%u.%u", port(r), 2 + below(r, percent(r, 5) ? 9 : 3));
}

static void print_via6(struct rng *r)
{
	if (percent(r, 40))
		fprintf(r->out, "via fe80::%u dev p%u", 2 + below(r, 3), port(r));
	else
		fprintf(r->out, "via 2001:db8:%u::%u", port(r),
			2 + below(r, percent(r, 5) ? 9 : 3));
}

static void print_hops(struct rng *r, void (*via)(struct rng *r))
{
	unsigned int n = percent(r, 25) ? 2 + below(r, 3) : 1, i;

	if (n == 1) {
		via(r);
		return;
	}
	for (i = 0; i < n; i++) {
		fprintf(r->out, " nexthop ");
		via(r);
		if (percent(r, 30))
			fprintf(r->out, " weight %u", 1 + below(r, 9));
	}
}

/* Destinations live in 10.48.0.0/12 and 2001:db8:48::/44, see also frame_dst4() and frame_dst6().
 */
static void config_routes(struct rng *r)
{
	static const unsigned int len4[] = {12, 14, 16, 17, 20, 24, 24, 25, 28, 30, 32};
	static const unsigned int len6[] = {44, 46, 48, 48, 52, 56, 64, 64, 96, 127, 128};
	unsigned int i, n = 6 + below(r, 24), len;

	for (i = 0; i < n; i++) {
		bool four = percent(r, 50);
		const char *type =
			percent(r, 20) ? PICK(r, "blackhole", "unreachable", "prohibit", "throw")
				       : NULL;

		len = (four ? len4 : len6)[below(r, 11)];
		fprintf(r->out, "route add %s ", type ? type : "");
		if (percent(r, 8))
			fprintf(r->out, "default");
		else if (four)
			fprintf(r->out, "10.%u.%u.%u/%u", 48 + (below(r, 3) & (len >= 16 ? 3 : 0)),
				len >= 24 ? below(r, 3) : 0, len == 32 ? below(r, 4) : 0, len);
		else
			fprintf(r->out, "2001:db8:%u:%u::%u/%u", 48 + (len >= 48 ? below(r, 3) : 0),
				len >= 64 ? below(r, 3) : 0, len == 128 ? below(r, 4) : 0, len);
		fputc(' ', r->out);
		if (!type)
			print_hops(r, four ? print_via4 : print_via6);
		if (percent(r, 15))
			fprintf(r->out, " metric %u", 1 + below(r, 3));
		if (!type && percent(r, 15))
			fprintf(r->out, " mtu %s%u", percent(r, 30) ? "lock " : "",
				1280 + below(r, 300));
		if (four && percent(r, 10))
			fprintf(r->out, " tos %s", PICK(r, "0x10", "0x08", "0x04"));
		fputc('\n', r->out);
	}
}

static void config_rules(struct rng *r)
{
	unsigned int n = percent(r, 35) ? 1 + below(r, 3) : 0;

	fprintf(r->out, "route add default via 10.0.4.3 table 77\n"
			"route add default via 2001:db8:4::3 table 77\nEOF\n");
	while (n--) {
		fprintf(r->out, "ip %s rule add %s", percent(r, 50) ? "-4" : "-6",
			PICK(r, "iif p1", "iif p2", "tos 0x10", "ipproto tcp", "ipproto udp",
			     "dport 2000", "sport 1000", "dport 1-1999", "fwmark 5", "not fwmark 5",
			     "ipproto 1", "oif p3"));
		fprintf(r->out, " %s\n",
			PICK(r, "table 77", "table 77", "table 78", "blackhole", "unreachable",
			     "table main suppress_prefixlength 20"));
	}
}

static void config_neighbours(struct rng *r)
{
	unsigned int n = below(r, 5);

	while (n--) {
		bool four = percent(r, 50);
		unsigned int p = port(r), h = 2 + below(r, 3);

		fprintf(r->out, "neigh %s ", PICK(r, "del", "replace", "replace"));
		if (four)
			fprintf(r->out, "10.0.%u.%u dev p%u", p, h, p);
		else
			fprintf(r->out, "2001:db8:%u::%u dev p%u", p, h, p);
		fprintf(r->out, " lladdr 02:00:00:00:%02x:%02x nud %s\n", below(r, 256), p,
			PICK(r, "permanent", "noarp", "permanent"));
	}
}

static void config_filters(struct rng *r)
{
	if (percent(r, 12))
		fprintf(r->out,
			"nft -f - <<'EOF'\ntable %s t {\nchain c {\ntype filter hook %s priority "
			"0;\nudp dport 2000 %s\n}\n}\nEOF\n",
			PICK(r, "inet", "ip", "ip6"),
			PICK(r, "prerouting", "forward", "postrouting"),
			PICK(r, "drop", "accept", "counter", "meta mark set 5"));
	if (percent(r, 8))
		fprintf(r->out, "tc qdisc add dev p%u clsact\n", port(r));
	if (percent(r, 8))
		fprintf(r->out,
			"D=p%u\ntc qdisc add dev $D clsact || true\n"
			"tc filter add dev $D %s protocol %s bpf da bytecode '1,6 0 0 2'\n",
			port(r), PICK(r, "ingress", "egress"), PICK(r, "ip", "ipv6"));
	if (percent(r, 6))
		fprintf(r->out, "ip xfrm policy add dir %s src %s dst %s action block\n",
			PICK(r, "fwd", "out", "in"), "10.0.1.0/24", "10.48.0.0/12");
	if (percent(r, 10))
		fprintf(r->out, "ip netns exec $H ethtool -K h%u gro off\n", port(r));
}

char *generate_config(uint64_t seed)
{
	struct rng r = {.state = seed * 0x100000001b3ULL};
	char *text = NULL;
	size_t size;

	r.out = open_memstream(&text, &size);
	if (!r.out)
		return NULL;
	config_sysctls(&r);
	/* Some lines contradict others; both routers refuse the same ones. */
	fprintf(r.out, "ip -force -batch - 2>/dev/null <<'EOF' || true\n");
	if (percent(&r, 30))
		fprintf(r.out, "link set p%u mtu %u\n", port(&r), 1280 + below(&r, 200));
	config_routes(&r);
	config_neighbours(&r);
	config_rules(&r);
	config_filters(&r);
	if (percent(&r, 8))
		fprintf(r.out, "ip link set p%u down\n", port(&r));
	fclose(r.out);
	return text;
}

static void frame_l2(struct rng *r)
{
	if (percent(r, 4))
		fprintf(r->out, "eth dst=%s ", PICK(r, "b", "m", "n", "o", "x", "h"));
	if (percent(r, 4))
		fprintf(r->out, "vlan id=%u ", below(r, 3) * 7);
}

static void frame_addresses4(struct rng *r, unsigned int in)
{
	if (percent(r, 10))
		fprintf(r->out, " dst=%s",
			PICK(r, "10.0.1.1", "10.255.0.1", "10.0.2.255", "127.0.0.1", "224.0.0.5",
			     "255.255.255.255", "0.0.0.0", "240.1.1.1", "172.16.1.1", "10.0.3.77"));
	else if (percent(r, 35))
		fprintf(r->out, " dst=10.0.%u.%u", port(r), 2 + below(r, 3));
	else
		fprintf(r->out, " dst=10.%u.%u.%u", 48 + below(r, 4), below(r, 4), below(r, 5));
	if (percent(r, 12))
		fprintf(r->out, " src=%s",
			PICK(r, "0.0.0.0", "0.1.2.3", "127.0.0.9", "224.0.0.5", "240.1.1.1",
			     "255.255.255.255", "10.0.1.1", "10.0.2.1", "10.255.0.1", "172.16.1.1",
			     "10.0.1.255", "169.254.9.9"));
	else if (percent(r, 40))
		fprintf(r->out, " src=10.%u.%u.%u", 48 + below(r, 4), below(r, 4), 2 + below(r, 3));
	else if (percent(r, 30))
		fprintf(r->out, " src=10.10%u.0.%u", percent(r, 80) ? in : port(r), below(r, 200));
}

static void frame_addresses6(struct rng *r, unsigned int in)
{
	if (percent(r, 10))
		fprintf(r->out, " dst=%s",
			PICK(r, "2001:db8:1::1", "2001:db8:ff::1", "2001:db8:2::", "::1",
			     "::", "fe80::2", "ff02::1", "ff0e::5", "2a00::1", "2001:db8:3::77",
			     "::ffff:10.0.2.2"));
	else if (percent(r, 35))
		fprintf(r->out, " dst=2001:db8:%u::%u", port(r), 2 + below(r, 3));
	else
		fprintf(r->out, " dst=2001:db8:%u:%u::%u", 48 + below(r, 4), below(r, 4),
			below(r, 5));
	if (percent(r, 12))
		fprintf(r->out, " src=%s",
			PICK(r, "::", "::1", "fe80::2", "ff02::1", "2001:db8:1::1", "2001:db8:2::1",
			     "2a00::1", "::ffff:10.0.1.2", "fec0::1", "2001:db8:ff::1"));
	else if (percent(r, 40))
		fprintf(r->out, " src=2001:db8:%u:%u::%u", 48 + below(r, 4), below(r, 4),
			2 + below(r, 3));
	else if (percent(r, 30))
		fprintf(r->out, " src=2001:db8:10%u::%u", percent(r, 80) ? in : port(r),
			below(r, 200));
}

static void frame_ttl(struct rng *r, const char *name)
{
	if (percent(r, 25))
		fprintf(r->out, " %s=%s", name, PICK(r, "0", "1", "1", "2", "3", "128", "255"));
}

static void frame_ip4(struct rng *r, unsigned int in)
{
	fprintf(r->out, "ip4");
	frame_addresses4(r, in);
	frame_ttl(r, "ttl");
	if (percent(r, 15))
		fprintf(r->out, " tos=0x%02x", percent(r, 50) ? 0x10 : below(r, 256));
	if (percent(r, 30))
		fprintf(r->out, " df=1");
	if (percent(r, 3))
		fprintf(r->out, " evil=1");
	if (percent(r, 8))
		fprintf(r->out, " mf=1");
	if (percent(r, 6))
		fprintf(r->out, " off=%u", 8 * below(r, 8192));
	if (percent(r, 6))
		fprintf(r->out, " opts=%s",
			PICK(r, "01010101", "0707040000000000", "94040000", "9e040000",
			     "83070400000000", "1e000000", "44080500aabbccdd"));
	if (percent(r, 3))
		fprintf(r->out, " bad=%u", 1 + below(r, 255));
	if (percent(r, 4))
		fprintf(r->out, " adj=%d", (int)below(r, 40) - 20);
	if (percent(r, 2))
		fprintf(r->out, " %s=%u", PICK(r, "ver", "ihl"), below(r, 16));
	if (percent(r, 15))
		fprintf(r->out, " want=%s",
			PICK(r, "0xfeff", "0xfefe", "0xff00", "0xfffe", "1", "0xff", "0x100"));
}

static void frame_ip6(struct rng *r, unsigned int in)
{
	fprintf(r->out, "ip6");
	frame_addresses6(r, in);
	frame_ttl(r, "hop");
	if (percent(r, 15))
		fprintf(r->out, " tc=0x%02x", percent(r, 50) ? 0x10 : below(r, 256));
	if (percent(r, 25))
		fprintf(r->out, " flow=%u", below(r, 1 << 20));
	if (percent(r, 4))
		fprintf(r->out, " adj=%d", (int)below(r, 40) - 20);
	if (percent(r, 2))
		fprintf(r->out, " %s=%u", PICK(r, "ver", "len"), below(r, 16));
	while (percent(r, 20))
		fprintf(r->out, " %s",
			PICK(r, "hbh", "hbh opts=05020000", "hbh opts=9e020000", "dstopt",
			     "dstopt opts=9e020000", "rt type=0 left=1", "rt type=4 left=1", "frag",
			     "frag mf=1", "frag off=1000", "ah", "mh", "hip", "shim6"));
}

static void frame_payload(struct rng *r, bool four)
{
	unsigned int kind = below(r, 100);

	if (kind < 45)
		fprintf(r->out, " udp sport=%u dport=%u", 1000 + below(r, 8), 1998 + below(r, 4));
	else if (kind < 65)
		fprintf(r->out, " tcp sport=%u dport=%u flags=%u", 1000 + below(r, 8),
			below(r, 3) + 80, below(r, 64));
	else if (kind < 75)
		fprintf(r->out, " %s%s", four ? "icmp" : "icmp6",
			PICK(r, "", "", " type=0", " type=13", " type=129", " type=135"));
	else if (kind < 82)
		fprintf(r->out, " %s type=%u rest=0 %s", four ? "icmp" : "icmp6", 1 + below(r, 12),
			four ? "ip4 src=10.48.0.1 udp" : "ip6 src=2001:db8:48::1 udp");
	else
		fprintf(r->out, " %s",
			PICK(r, "esp", "gre ip4 udp", "gre key=3 ip6 udp", "ip4 udp", "ip6 udp",
			     "sctp", "ah udp", ""));
	if (percent(r, 10))
		fprintf(r->out, " data n=%u", 1180 + below(r, 260));
	else
		fprintf(r->out, " data n=%u", 1 + below(r, 90));
}

static void frame_damage(struct rng *r)
{
	if (percent(r, 15))
		fprintf(r->out, " pad n=%u", 1 + below(r, 30));
	if (percent(r, 3))
		fprintf(r->out, " cut n=%u", 14 + below(r, 50));
	else if (percent(r, 6))
		fprintf(r->out, " set at=%u hex=%02x", below(r, 34), below(r, 256));
}

char *generate_frame(uint64_t seed, unsigned int n, unsigned int *in)
{
	struct rng r = {.state = seed * 0x9e3779b97f4a7c15ULL + n * 0xd1342543de82ef95ULL};
	bool four = percent(&r, 50);
	char *text = NULL;
	size_t size;

	r.out = open_memstream(&text, &size);
	if (!r.out)
		return NULL;
	*in = port(&r);
	frame_l2(&r);
	if (four)
		frame_ip4(&r, *in);
	else
		frame_ip6(&r, *in);
	frame_payload(&r, four);
	frame_damage(&r);
	fclose(r.out);
	return text;
}
