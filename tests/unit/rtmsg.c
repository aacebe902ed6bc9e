/* user/rtmsg.h: route, nexthop and rule messages, whole, odd and broken. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "user/rtmsg.h"

#define HOPS_MAX 8
#define MUTANTS	 300000

static char buf[4096];

struct told {
	struct rib_change c[HOPS_MAX];
	unsigned int count;
	bool plain;
};

static int on_change(void *data, const struct rib_change *c, unsigned int hop)
{
	struct told *t = data;

	assert_true(c->len <= 128);
	assert_true(c->key.metrics_len <= RIB_METRICS);
	if (hop < HOPS_MAX)
		t->c[hop] = *c;
	t->count = hop + 1;
	return 0;
}

static bool plain(void *data, __u32 nh_id)
{
	(void)nh_id;
	return ((struct told *)data)->plain;
}

static int tell(const struct nlmsghdr *nlh, struct told *t)
{
	struct rtmsg_to to = {.plain = plain, .change = on_change, .data = t};

	return rtmsg_route(nlh, &to);
}

static struct nlmsghdr *start(int family, int len)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	nlh->nlmsg_type = RTM_NEWROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = family;
	rtm->rtm_dst_len = len;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_type = RTN_UNICAST;
	rtm->rtm_protocol = RTPROT_BGP;
	return nlh;
}

static void put_addr(struct nlmsghdr *nlh, int type, const char *text)
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	__u8 addr[16];

	assert_int_equal(inet_pton(family, text, addr), 1);
	mnl_attr_put(nlh, type, family == AF_INET ? 4 : 16, addr);
}

static struct nlmsghdr *simple(int oif)
{
	struct nlmsghdr *nlh = start(AF_INET, 24);

	put_addr(nlh, RTA_DST, "10.1.2.0");
	put_addr(nlh, RTA_GATEWAY, "10.0.0.2");
	mnl_attr_put_u32(nlh, RTA_OIF, oif);
	return nlh;
}

static void put_hops(struct nlmsghdr *nlh, unsigned int n, unsigned int flags)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, RTA_MULTIPATH);

	for (unsigned int i = 0; i < n; i++) {
		struct rtnexthop *hop = mnl_nlmsg_get_payload_tail(nlh);

		*hop = (struct rtnexthop){.rtnh_ifindex = 3 + i, .rtnh_flags = flags};
		nlh->nlmsg_len += sizeof(*hop);
		put_addr(nlh, RTA_GATEWAY, nlh->nlmsg_pid ? "fd00::2" : "10.0.0.2");
		hop->rtnh_len = (char *)mnl_nlmsg_get_payload_tail(nlh) - (char *)hop;
	}
	mnl_attr_nest_end(nlh, nest);
}

static void unicast(void **state)
{
	struct told t = {}, other = {};

	(void)state;
	assert_int_equal(tell(simple(3), &t), 1);
	assert_false(t.c[0].odd);
	assert_int_equal(t.c[0].len, 24);
	assert_int_equal(t.c[0].key.oif, 3);
	assert_int_equal(t.c[0].key.gw_family, AF_INET);
	/* What comes and goes with the device does not make it another route. */
	((struct rtmsg *)mnl_nlmsg_get_payload(simple(3)))->rtm_flags = RTNH_F_LINKDOWN;
	assert_int_equal(tell((void *)buf, &other), 1);
	assert_true(other.c[0].down);
	assert_int_equal(other.c[0].ident, t.c[0].ident);
	assert_memory_equal(&other.c[0].key, &t.c[0].key, sizeof(t.c[0].key));
	assert_int_equal(tell(simple(4), &other), 1);
	assert_int_not_equal(other.c[0].ident, t.c[0].ident);
}

static void odd(void **state)
{
	static const struct {
		int attr;
		int len;
	} attrs[] = {{RTA_ENCAP, 8}, {RTA_SRC, 4}, {200, 4}, {RTA_METRICS, RIB_METRICS + 8}};
	struct rta_cacheinfo expires = {.rta_expires = 100};
	char zero[128] = "";
	struct nlmsghdr *nlh;
	struct told t;

	(void)state;
	for (unsigned int i = 0; i < sizeof(attrs) / sizeof(*attrs); i++) {
		nlh = simple(3);
		mnl_attr_put(nlh, attrs[i].attr, attrs[i].len, zero);
		assert_int_equal(tell(nlh, &t), 1);
		assert_true(t.c[0].odd);
	}
	nlh = simple(3);
	mnl_attr_put(nlh, RTA_CACHEINFO, sizeof(expires), &expires);
	assert_int_equal(tell(nlh, &t), 1);
	assert_true(t.c[0].odd);
	for (int type = 0; type < 20; type++) {
		nlh = simple(3);
		((struct rtmsg *)mnl_nlmsg_get_payload(nlh))->rtm_type = type;
		assert_int_equal(tell(nlh, &t), 1);
		assert_int_equal(t.c[0].odd, type != RTN_UNICAST);
	}
}

static void sources(void **state)
{
	struct told t[3] = {};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct nlmsghdr *nlh = start(AF_INET6, 48);

		((struct rtmsg *)mnl_nlmsg_get_payload(nlh))->rtm_src_len = i ? 40 + 8 * i : 0;
		put_addr(nlh, RTA_DST, "2001:db8::");
		put_addr(nlh, RTA_GATEWAY, "fd00::2");
		mnl_attr_put_u32(nlh, RTA_OIF, 3);
		if (i)
			put_addr(nlh, RTA_SRC, "2001:db8:1::");
		assert_int_equal(tell(nlh, &t[i]), 1);
		assert_int_equal(t[i].c[0].source, i > 0);
	}
	assert_int_not_equal(t[1].c[0].ident, t[2].c[0].ident);
}

static struct rib_key key6(const char *prefix, int len, const char *gateway, int protocol)
{
	struct nlmsghdr *nlh = start(AF_INET6, len);
	struct told t = {};

	((struct rtmsg *)mnl_nlmsg_get_payload(nlh))->rtm_protocol = protocol;
	put_addr(nlh, RTA_DST, prefix);
	if (gateway)
		put_addr(nlh, RTA_GATEWAY, gateway);
	mnl_attr_put_u32(nlh, RTA_OIF, 3);
	assert_int_equal(tell(nlh, &t), 1);
	assert_false(t.c[0].odd);
	return t.c[0].key;
}

/* Lifetimes that change in place: no two prefixes share a class. */
static void own_classes(void **state)
{
	struct rib_key a = key6("2001:db8::", 64, NULL, RTPROT_KERNEL),
		       b = key6("2001:db8:1::", 64, NULL, RTPROT_KERNEL),
		       shorter = key6("2001:db8::", 48, NULL, RTPROT_KERNEL);

	(void)state;
	assert_memory_not_equal(&a, &b, sizeof(a));
	assert_memory_not_equal(&a, &shorter, sizeof(a));
	assert_int_equal(a.gw_family, 0);
	a = key6("2001:db8::", 64, "fd00::2", RTPROT_RA);
	b = key6("2001:db8:1::", 64, "fd00::2", RTPROT_RA);
	assert_memory_not_equal(&a, &b, sizeof(a));
	a = key6("2001:db8::", 64, "fd00::2", RTPROT_BGP);
	b = key6("2001:db8:1::", 64, "fd00::2", RTPROT_BGP);
	assert_memory_equal(&a, &b, sizeof(a));
}

static void not_ours(void **state)
{
	struct nlmsghdr *nlh = simple(3);
	struct told t = {};

	(void)state;
	mnl_attr_put_u32(nlh, RTA_TABLE, 1000);
	assert_int_equal(tell(nlh, &t), 0);
	nlh = simple(3);
	((struct rtmsg *)mnl_nlmsg_get_payload(nlh))->rtm_flags = RTM_F_CLONED;
	assert_int_equal(tell(nlh, &t), 0);
	nlh = simple(3);
	((struct rtmsg *)mnl_nlmsg_get_payload(nlh))->rtm_family = AF_BRIDGE;
	assert_int_equal(tell(nlh, &t), 0);
	assert_int_equal(t.count, 0);
}

static void multipath(void **state)
{
	struct nlmsghdr *nlh = start(AF_INET, 24);
	struct told t = {}, again = {};

	(void)state;
	put_addr(nlh, RTA_DST, "10.1.2.0");
	put_hops(nlh, 3, 0);
	assert_int_equal(tell(nlh, &t), 1);
	assert_true(t.c[0].odd);
	nlh = start(AF_INET, 24);
	put_addr(nlh, RTA_DST, "10.1.2.0");
	put_hops(nlh, 3, RTNH_F_DEAD | RTNH_F_LINKDOWN);
	assert_int_equal(tell(nlh, &again), 1);
	assert_int_equal(again.c[0].ident, t.c[0].ident);
	/* IPv6: routes of their own, each as if it stood alone. */
	nlh = start(AF_INET6, 48);
	nlh->nlmsg_pid = 1;
	put_addr(nlh, RTA_DST, "2001:db8::");
	put_hops(nlh, 3, 0);
	assert_int_equal(tell(nlh, &t), 3);
	for (int i = 0; i < 3; i++) {
		assert_false(t.c[i].odd);
		assert_true(t.c[i].ecmp);
		nlh = start(AF_INET6, 48);
		put_addr(nlh, RTA_DST, "2001:db8::");
		put_addr(nlh, RTA_GATEWAY, "fd00::2");
		mnl_attr_put_u32(nlh, RTA_OIF, 3 + i);
		assert_int_equal(tell(nlh, &again), 1);
		assert_int_equal(again.c[0].ident, t.c[i].ident);
		assert_memory_equal(&again.c[0].key, &t.c[i].key, sizeof(t.c[i].key));
	}
}

static void nexthop_objects(void **state)
{
	struct rtmsg_nexthop nexthop;
	struct told t = {.plain = true}, other = {.plain = true};
	struct nlmsghdr *nlh = simple(3);

	(void)state;
	mnl_attr_put_u32(nlh, RTA_NH_ID, 7);
	assert_int_equal(tell(nlh, &t), 1);
	assert_false(t.c[0].odd);
	nlh = simple(4); /* the object has moved: still the same route */
	mnl_attr_put_u32(nlh, RTA_NH_ID, 7);
	assert_int_equal(tell(nlh, &other), 1);
	assert_int_equal(other.c[0].ident, t.c[0].ident);
	assert_int_equal(other.c[0].oif, 4);
	t.plain = false;
	assert_int_equal(tell(nlh, &t), 1);
	assert_true(t.c[0].odd);

	nlh = mnl_nlmsg_put_header(buf);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nhmsg));
	assert_int_equal(rtmsg_nexthop(nlh, &nexthop), -EBADMSG);
	mnl_attr_put_u32(nlh, NHA_ID, 7);
	mnl_attr_put_u32(nlh, NHA_OIF, 3);
	assert_int_equal(rtmsg_nexthop(nlh, &nexthop), 0);
	assert_true(nexthop.plain && nexthop.id == 7);
	mnl_attr_put(nlh, NHA_GROUP, 8, buf);
	assert_int_equal(rtmsg_nexthop(nlh, &nexthop), 0);
	assert_false(nexthop.plain);
}

static void rules(void **state)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct fib_rule_hdr *hdr = mnl_nlmsg_put_extra_header(nlh, sizeof(*hdr));
	struct rtmsg_rule rule;

	(void)state;
	hdr->family = AF_INET;
	hdr->action = FR_ACT_TO_TBL;
	hdr->table = RT_TABLE_MAIN;
	mnl_attr_put_u32(nlh, FRA_PRIORITY, 32766);
	mnl_attr_put_u32(nlh, FRA_SUPPRESS_PREFIXLEN, -1);
	assert_int_equal(rtmsg_rule(nlh, &rule), 0);
	assert_true(rule.plain && rule.priority == 32766 && rule.table == RT_TABLE_MAIN);
	mnl_attr_put_strz(nlh, FRA_IIFNAME, "eth0");
	assert_int_equal(rtmsg_rule(nlh, &rule), 0);
	assert_false(rule.plain);
	assert_string_equal(rule.iif, "eth0");
}

/* Any bytes: no crash (the sanitizers see more), nothing out of range. */
static void mutants(void **state)
{
	char seed[4096], copy[4096];
	struct rtmsg_nexthop nexthop;
	struct rtmsg_rule rule;
	struct nlmsghdr *nlh;
	__u8 addr[16];
	unsigned int len;

	(void)state;
	srandom(1);
	nlh = start(AF_INET6, 48);
	nlh->nlmsg_pid = 1;
	put_addr(nlh, RTA_DST, "2001:db8::");
	mnl_attr_put_u32(nlh, RTA_OIF, 3);
	mnl_attr_put_u32(nlh, RTA_PRIORITY, 1024);
	mnl_attr_put_u64(nlh, RTA_METRICS, 5);
	put_hops(nlh, 3, 0);
	len = nlh->nlmsg_len;
	memcpy(seed, buf, len);
	for (int i = 0; i < MUTANTS; i++) {
		struct told t = {.plain = i & 1};
		char *exact;

		memcpy(copy, seed, len);
		for (int n = random() % 6; n >= 0; n--)
			copy[16 + random() % (len - 16)] = random() % 4 ? random() % 20 : random();
		nlh = (struct nlmsghdr *)copy;
		nlh->nlmsg_len = random() % 4 ? len : 16 + random() % (len - 15);
		/* So that the sanitizer sees a read behind it; messages are padded to four bytes.
		 */
		exact = malloc(MNL_ALIGN(nlh->nlmsg_len));
		memcpy(exact, copy, MNL_ALIGN(nlh->nlmsg_len));
		tell((void *)exact, &t);
		rtmsg_cached((void *)exact, addr);
		rtmsg_nexthop((void *)exact, &nexthop);
		rtmsg_rule((void *)exact, &rule);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unicast),	   cmocka_unit_test(odd),
		cmocka_unit_test(not_ours),	   cmocka_unit_test(multipath),
		cmocka_unit_test(nexthop_objects), cmocka_unit_test(rules),
		cmocka_unit_test(mutants),	   cmocka_unit_test(sources),
		cmocka_unit_test(own_classes),
	};

	return cmocka_run_group_tests_name("rtmsg", tests, NULL, NULL);
}
