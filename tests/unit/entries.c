// SPDX-License-Identifier: GPL-2.0
/* Static entries as words, lines of `ip route`, the daemon's file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "user/config.h"
#include "user/import.h"

static int route(const char *object, const char *via, const char *dev, const char *mtu,
		 struct entry_route *r)
{
	const struct entry_words words = {object, via, dev, mtu, NULL};
	struct entry_why why;

	return entry_route_read(&words, r, &why);
}

static void test_routes(void **state)
{
	static const struct {
		const char *object, *via, *mtu;
		int len; /* -1: refused */
	} cases[] = {
		{"10.0.0.0/8", "10.0.2.2", NULL, 8},
		{"10.0.0.1", "10.0.2.2", NULL, 32},
		{"0.0.0.0/0", "10.0.2.2", NULL, 0},
		{"default", "10.0.2.2", NULL, 0},
		{"default", "fe80::1", NULL, 0},
		{"10.0.0.0/8", "fe80::1", NULL, 8},
		{"2001:db8::/32", "fe80::1", "1280", 32},
		{"10.0.0.0/8", "10.0.2.2", "68", 8},
		{"10.0.0.0/8", "10.0.2.2", "67", -1},
		{"2001:db8::/32", "fe80::1", "1279", -1},
		{"10.0.0.0/8", "10.0.2.2", "65536", -1},
		{"10.0.0.0/8", "10.0.2.2", "15x", -1},
		{"2001:db8::/32", "10.0.2.2", NULL, -1},
		{"10.0.0.1/8", "10.0.2.2", NULL, -1},
		{"2001:db8::1/32", "fe80::1", NULL, -1},
		{"10.0.0.0/33", "10.0.2.2", NULL, -1},
		{"10.0.0.0/", "10.0.2.2", NULL, -1},
		{"10.0.0.0/-1", "10.0.2.2", NULL, -1},
		{"10.0.0.0/8x", "10.0.2.2", NULL, -1},
		{"10.0.0/8", "10.0.2.2", NULL, -1},
		{"", "10.0.2.2", NULL, -1},
		{"10.0.0.0/8", "0.0.0.0", NULL, -1},
		{"10.0.0.0/8", "224.0.0.1", NULL, -1},
		{"10.0.0.0/8", "ff02::1", NULL, -1},
		{"10.0.0.0/8", "x", NULL, -1},
		{"10.0.0.0/8", NULL, NULL, -1},
		{"224.0.0.0/4", "10.0.2.2", NULL, -1},
		{"127.0.0.0/8", "10.0.2.2", NULL, -1},
		{"ff00::/8", "fe80::1", NULL, -1},
		{"fe80::/10", "fe80::1", NULL, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct entry_route r;
		int err = route(cases[i].object, cases[i].via, "eth0", cases[i].mtu, &r);

		if ((cases[i].len < 0) != (err < 0) || (!err && r.len != cases[i].len))
			fail_msg("%s via %s", cases[i].object, cases[i].via);
	}
}

static void test_devices_and_macs(void **state)
{
	struct entry_words words = {.object = "10.0.0.1", .dev = "eth0"};
	static const char *const bad[] = {"",
					  "1:2:3:4:5",
					  "1:2:3:4:5:6:7",
					  "01:00:00:00:00:01",
					  "0:0:0:0:0:0",
					  "02:00:00:00:00:0g",
					  "02:00:00:00:00:01 ",
					  "020:0:0:0:0:1"};
	struct entry_neigh neigh;
	struct entry_route r;
	struct entry_why why;

	(void)state;
	assert_int_equal(route("10.0.0.0/8", "10.0.2.2", NULL, NULL, &r), -22);
	assert_int_equal(route("10.0.0.0/8", "10.0.2.2", "sixteen-letters-", NULL, &r), -22);
	assert_int_equal(route("10.0.0.0/8", "10.0.2.2", "a/b", NULL, &r), -22);
	assert_int_equal(route("10.0.0.0/8", "10.0.2.2", "", NULL, &r), -22);
	words.lladdr = "2:0:0:0:0:ab";
	assert_int_equal(entry_neigh_read(&words, &neigh, &why), 0);
	assert_int_equal(neigh.lladdr[5], 0xab);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		words.lladdr = bad[i];
		if (!entry_neigh_read(&words, &neigh, &why))
			fail_msg("%s", bad[i]);
	}
}

static void test_import_lines(void **state)
{
	static const struct {
		const char *line;
		int ret;
	} cases[] = {
		{"1.0.0.0/24 via 10.0.0.1 dev eth0 proto bird metric 32 ", 1},
		{"default via 10.0.0.1 dev eth0 proto dhcp src 10.0.0.2 metric 100 onlink", 1},
		{"1.0.0.0/24 nhid 7 via inet6 fe80::1 dev eth0", 1},
		{"2001:db8::/32 via fe80::1 dev eth0 metric 1024 mtu lock 1400 pref medium", 1},
		{"unicast 1.0.0.0/24 via 10.0.0.1 dev eth0 table main linkdown dead", 1},
		{"1.0.0.0/24 via 10.0.0.1 dev eth0 table 100", 0},
		{"1.0.0.0/24 tos 0x10 via 10.0.0.1 dev eth0", 0},
		{"1.0.0.0/24 encap mpls 100 via 10.0.0.1 dev eth0", 0},
		{"10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.2", 0},
		{"blackhole 10.8.0.0/16", 0},
		{"unreachable default dev lo metric 4294967295 error -101", 0},
		{"1.0.0.0/24 proto static", 0},
		{"1.0.0.0/24 proto static \\\tnexthop via 10.0.0.1 dev eth0 weight 1", 0},
		{"\tnexthop via 10.0.0.1 dev eth0 weight 1", 0},
		{"# comment", 0},
		{"", 0},
		{"   ", 0},
		{"1.0.0.0/33 via 10.0.0.1 dev eth0", -22},
		{"1.0.0.1/24 via 10.0.0.1 dev eth0", -22},
		{"1.0.0.0/24 via", -22},
		{"1.0.0.0/24 via 10.0.0.1 dev", -22},
		{"1.0.0.0/24 via 10.0.0.1", -22},
		{"1.0.0.0/24 via 10.0.0.1 dev eth0 metric x", -22},
		{"1.0.0.0/24 via 10.0.0.1 dev eth0 nonsense", -22},
		{"hello world", -22},
		{"hello", -22},
		{"blackhole", -22},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct entry_route r;
		struct entry_why why;
		unsigned long metric;
		const char *other;
		char line[256];

		strcpy(line, cases[i].line);
		if (import_line(line, &r, &metric, &other, &why) != cases[i].ret)
			fail_msg("%s", cases[i].line);
	}
}

static FILE *text(const char *words)
{
	FILE *file = fmemopen((void *)words, strlen(words), "r");

	assert_non_null(file);
	return file;
}

static void test_import_takes_the_lowest_metric(void **state)
{
	FILE *file = text("1.0.0.0/24 via 10.0.0.9 dev eth0 metric 20\n"
			  "2.0.0.0/24 via 10.0.0.1 dev eth0\n"
			  "1.0.0.0/24 via 10.0.0.1 dev eth0 metric 10\n"
			  "blackhole 3.0.0.0/8\n");
	struct import import;

	(void)state;
	assert_int_equal(import_read(file, "file", &import), 0);
	fclose(file);
	assert_int_equal(import.count, 2);
	assert_int_equal(import.skipped, 2);
	assert_int_equal(import.routes[0].via[3], 1);
	import_free(&import);
}

/* What a file makes config_parse() print, "" if it is good. */
static const char *said(const char *words, struct config *config)
{
	static char out[1024];
	int kept = dup(STDERR_FILENO), err;
	FILE *file = text(words), *to = tmpfile();
	size_t len;

	fflush(stderr);
	dup2(fileno(to), STDERR_FILENO);
	err = config_parse(file, "f", config);
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	fclose(file);
	rewind(to);
	len = fread(out, 1, sizeof(out) - 1, to);
	out[len] = '\0';
	fclose(to);
	assert_int_equal(err<0, len> 0);
	return out;
}

static void test_config_good(void **state)
{
	struct config config;

	(void)state;
	assert_string_equal(
		said("# all\n"
		     "attach eth0 dev attach xdp native\n"
		     "\tattach eth1 # generic would do, too\n"
		     "lookup maps\nmultipath flow\nsize classes 500\nsize buffer 65536\n"
		     "route add 10.0.0.0/8 via 10.0.2.2 dev eth0 mtu 1400\n"
		     "neigh add 10.0.2.2 lladdr 2:0:0:0:0:1 dev eth0\n"
		     "metrics [::1]:9105",
		     &config),
		"");
	assert_int_equal(config.port_count, 3);
	assert_int_equal(config.ports[1].mode, LOAD_NATIVE);
	assert_string_equal(config.ports[1].name, "attach");
	assert_int_equal(config.ports[2].mode, LOAD_AUTO);
	assert_true(config.flow && !config.kernel);
	assert_int_equal(config.classes, 500);
	assert_int_equal(config.buffer, 65536);
	assert_int_equal(config.routes[0].route.mtu, 1400);
	assert_int_equal(config.routes[0].line, 8);
	assert_int_equal(config.neigh_count, 1);
	assert_string_equal(config.metrics_addr, "::1");
	assert_int_equal(config.metrics_port, 9105);
	config_free(&config);
}

static void test_config_bad(void **state)
{
	static const char *const cases[][2] = {
		{"attach eth0\n\nfoo\n", "f:3: unknown line \"foo\""},
		{"attach\n", "f:1: attach: which devices?"},
		{"attach eth0 eth0\n", "f:1: attach: eth0: the device is named twice"},
		{"attach eth0 xdp fast\n", "f:1: unknown xdp \"fast\""},
		{"lookup maps\nlookup kernel\n", "f:2: lookup: is there already, in line 1"},
		{"lookup maps kernel\n", "f:1: lookup: \"kernel\": one word too many"},
		{"size classes 0\n", "f:1: classes \"0\": not a number"},
		{"size\n", "f:1: size: of what?"},
		{"route del 10.0.0.0/8\n", "f:1: unknown route \"del\""},
		{"route add 10.0.0.1/8 via 10.0.2.2 dev e\n", "f:1: 10.0.0.1/8: bits are set"},
		{"route add 10.0.0.0/8 via 10.0.2.2 dev e dev e\n", "f:1: \"dev\" is there twice"},
		{"route add 10.0.0.0/8 via 10.0.2.2 dev e\n"
		 "route add 10.0.0.0/8 via 10.0.2.3 dev e\n",
		 "f:2: 10.0.0.0/8: has a route already, in line 1"},
		{"metrics 1.2.3:80\n", "f:1: metrics: \"1.2.3:80\": not [ADDR:]PORT"},
		{"metrics ::1:80\n", "f:1: metrics:"},
	};
	struct config config;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *out = said(cases[i][0], &config);

		if (strncmp(out, "xhop: ", 6) || strncmp(out + 6, cases[i][1], strlen(cases[i][1])))
			fail_msg("%s: %s", cases[i][0], out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_devices_and_macs),
		cmocka_unit_test(test_import_lines),
		cmocka_unit_test(test_import_takes_the_lowest_metric),
		cmocka_unit_test(test_config_good),
		cmocka_unit_test(test_config_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
