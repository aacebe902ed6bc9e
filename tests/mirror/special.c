// SPDX-License-Identifier: GPL-2.0
/* What is not a route: policy rules, cached IPv6 routes. */
#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <string.h>
#include <unistd.h>
#include "tests/lib/tap.h"
#include "tests/mirror/cases.h"
#include "tests/mirror/lab.h"

static bool plain(int family, const char *ifname)
{
	lab_sync();
	return mirror_rules_plain(lab.mirror, family, ifname);
}

void case_rules(void)
{
	bool before = plain(AF_INET, "d0") && plain(AF_INET6, "d0"), other, same, any, inverted;

	lab_add("rule add iif d1 table 100 priority 100");
	netns_sh(&lab.ns, "ip -6 rule add iif d1 table 100 priority 100");
	lab_run();
	other = plain(AF_INET, "d0") && plain(AF_INET6, "d0");
	same = plain(AF_INET, "d1") || plain(AF_INET6, "d1");
	lab_add("rule add not iif d3 table 100 priority 101");
	lab_run();
	inverted = plain(AF_INET, "d0");
	lab_add("rule del priority 101");
	netns_sh(&lab.ns, "ip -6 rule add to 2001:db8::/32 table 100 priority 101");
	lab_run();
	any = plain(AF_INET6, "d0");
	lab_add("rule del priority 100");
	netns_sh(&lab.ns, "ip -6 rule del priority 100");
	netns_sh(&lab.ns, "ip -6 rule del priority 101");
	lab_run();
	tap_result(before && other && !same && !inverted && !any && plain(AF_INET, "d1") &&
			   plain(AF_INET6, "d1"),
		   "rules: those of another ingress device do not matter");
	tap_diag("before %d other %d same %d inverted %d any %d", before, other, same, inverted,
		 any);
}

/* From the peer: a packet of the router's to this address was too big. */
static int too_big(const char *from, const char *dst)
{
	struct {
		struct icmp6_hdr icmp;
		struct ip6_hdr ip;
		struct icmp6_hdr echo;
	} packet = {
		.icmp = {.icmp6_type = ICMP6_PACKET_TOO_BIG, .icmp6_mtu = htonl(1300)},
		.ip = {.ip6_flow = htonl(6u << 28),
		       .ip6_plen = htons(8),
		       .ip6_nxt = IPPROTO_ICMPV6,
		       .ip6_hlim = 64},
		.echo = {.icmp6_type = ICMP6_ECHO_REQUEST},
	};
	struct sockaddr_in6 to = {.sin6_family = AF_INET6};
	int fd, err;

	inet_pton(AF_INET6, from, &to.sin6_addr);
	packet.ip.ip6_src = to.sin6_addr;
	inet_pton(AF_INET6, dst, &packet.ip.ip6_dst);
	netns_enter(&lab.peer);
	fd = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	err = fd < 0 ? -1 : sendto(fd, &packet, sizeof(packet), 0, (void *)&to, sizeof(to));
	if (fd >= 0)
		close(fd);
	netns_enter(&lab.ns);
	return err;
}

static bool asked(const char *text)
{
	__u8 addr[16];

	inet_pton(AF_INET6, text, addr);
	return !trie_get(lab.trie[1], addr);
}

void case_cached(void)
{
	struct rib_usage u;
	bool told, gone;

	netns_sh(&lab.peer, "ip addr add fd00:1::99/64 dev p1 nodad");
	lab_add("route add 3fff::/20 via fd00:1::2 dev d1");
	lab_run();
	if (!lab_settle(5000) || asked("3fff::1") || asked("3fff::2")) {
		tap_result(false, "cached routes: the route");
		return;
	}
	told = too_big("fd00:1::1", "3fff::1") > 0;
	usleep(50000);
	lab_sync();
	told &= !lab.valid[1]; /* no event accounts for it */
	told &= lab_settle(5000) && asked("3fff::1") && !asked("3fff::2");
	rib_usage(mirror_rib(lab.mirror), &u);
	tap_result(told && u.overlays == 1, "cached routes: a destination with an MTU of its own");
	lab_add("route del 3fff::/20");
	lab_add("route add 3fff::/20 via fd00:1::2 dev d1");
	lab_run();
	gone = lab_settle(5000) && !asked("3fff::1");
	tap_result(gone, "cached routes: gone with the route");
	lab_add("route del 3fff::/20");
	lab_run();
}

void case_untold(void)
{
	struct mirror_stats before, after;
	bool done = lab_settle(5000);
	int rules = lab.rules6;

	lab.bump.ip6[1] += 1ull << 32; /* rt_genid: IPv4 moves it */
	lab_sync();
	tap_result(done && lab.valid[1] && mirror_timeout(lab.mirror) < 0 && lab.rules6 == rules,
		   "untold: rt_genid needs no resync");
	lab.bump.ip6[1]++; /* a rule, or a route of local */
	lab_sync();
	done = lab.rules6 > rules && !lab.valid[1] && lab.valid[0];
	tap_result(done && lab_settle(5000), "untold: rules are read, local is dumped");
	mirror_stats(lab.mirror, &before);
	lab.bump.ip6[0]++; /* siblings that go */
	lab_sync();
	mirror_stats(lab.mirror, &after);
	done = !lab.valid[1] && after.unexplained == before.unexplained + 1;
	tap_result(done && lab_settle(5000), "untold: a delete in main");
}

void case_start(void)
{
	lab.busy = 2;
	tap_result(lab_mirror(0) == 0 && lab_settle(5000), "start: goes on when it fails at first");
}
