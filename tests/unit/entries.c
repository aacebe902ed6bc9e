// SPDX-License-Identifier: GPL-2.0
/* Static entries as words, lines of `ip route`, the daemon's file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "user/config.h"
#include "user/import.h"
#include "user/text.h"

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
		{"any", "fe80::1", NULL, 0},
		{"10.0.0.0/8", "0.0.0.0", NULL, -1},
		{"10.0.0.0/8", "127.0.0.1", NULL, -1},
		{"10.0.0.0/8", "255.255.255.255", NULL, -1},
		{"10.0.0.0/8", "::1", NULL, -1},
		{"10.0.0.0/8", "::ffff:10.0.2.2", NULL, -1},
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
		{"1.0.0.0/24 via 10.0.0.1 dev eth0 rto_min lock 40ms cwnd lock 5 mtu lock 1400", 1},
		{"1.0.0.0/24 nhid 5 via 10.0.0.1 dev eth0 \\\tnh_info id 5 via 10.0.0.1 dev eth0",
		 1},
		{"\tnh_info id 5 group 1/2", 0},
		{"1 1.0.0.0/24 via 10.0.0.1 dev eth0", 1},
		{"7 50.0.6.0/24", 0},
		{"6 50.0.6.0/24 proto static", 0},
		{"1.0.0.0/24 via 10.0.0.1 dev eth0 # the lab", 1},
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
		{"1.0.0.0/24 via 10.0.0.1 dev eth0 newword 1 2 3", 0},
		{"1.0.0.0/33 via 10.0.0.1 dev eth0 newword", -22},
		{"1.0.0.0/24 via 10.0.0.1 dev eth0 rtt lock", -22},
		{"hello world", -22},
		{"hello", -22},
		{"blackhole", -22},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct import_line read;
		struct entry_why why;
		char line[256];

		strcpy(line, cases[i].line);
		if (import_line(line, &read, &why) != cases[i].ret)
			fail_msg("%s", cases[i].line);
	}
}

static FILE *bytes(const char *words, size_t len)
{
	FILE *file = fmemopen((void *)words, len, "r");

	assert_non_null(file);
	return file;
}

static FILE *text(const char *words)
{
	return bytes(words, strlen(words));
}

/* stderr goes to a file from here until heard(), whose answer lives until the next one. */
static int kept_stderr;
static FILE *listener;

static void overhear(void)
{
	listener = tmpfile();
	assert_non_null(listener);
	fflush(stderr);
	kept_stderr = dup(STDERR_FILENO);
	dup2(fileno(listener), STDERR_FILENO);
}

static const char *heard(void)
{
	static char out[8192];
	size_t len;

	fflush(stderr);
	dup2(kept_stderr, STDERR_FILENO);
	close(kept_stderr);
	rewind(listener);
	len = fread(out, 1, sizeof(out) - 1, listener);
	out[len] = '\0';
	fclose(listener);
	return out;
}

static unsigned int lines_of(const char *out)
{
	unsigned int count = 0;

	for (; *out; out++)
		count += *out == '\n';
	return count;
}

static void test_import_takes_the_lowest_metric(void **state)
{
	FILE *file = text("1.0.0.0/24 via 10.0.0.9 dev eth0 metric 20\n"
			  "2.0.0.0/24 via 10.0.0.1 dev eth0\n"
			  "1.0.0.0/24 via 10.0.0.1 dev eth0 metric 10\n"
			  "blackhole 3.0.0.0/8\n"
			  "4.0.0.0/8 via 10.0.0.1 dev eth0 newword\n");
	struct import import;

	(void)state;
	assert_int_equal(import_read(file, "file", &import), 0);
	fclose(file);
	assert_int_equal(import.count, 2);
	assert_int_equal(import.other, 1);
	assert_int_equal(import.worse, 1);
	assert_int_equal(import.unknown, 1);
	assert_int_equal(import.unknown_line, 5);
	assert_string_equal(import.unknown_word, "newword");
	assert_int_equal(import.routes[0].entry.via[3], 1);
	assert_int_equal(import.routes[0].line, 3);
	import_free(&import);
}

/* What import_read() prints and returns. */
static const char *import_said(FILE *file, int want)
{
	struct import import;
	int err;

	overhear();
	err = import_read(file, "f", &import);
	fclose(file);
	if (!err)
		import_free(&import);
	assert_int_equal(err, want);
	return heard();
}

static void test_import_says_all_that_is_wrong(void **state)
{
	char *many = malloc(100000);
	const char *out;

	(void)state;
	out = import_said(text("1.0.0.0/33 via 10.0.0.1 dev e\nhello\n2.0.0.0/8 via x dev e\n"),
			  -EINVAL);
	assert_int_equal(lines_of(out), 3);
	assert_non_null(strstr(out, "xhop: f:1: \"1.0.0.0/33\": the prefix length is not a "
				    "number from 0 to 32 (nothing was changed)\n"));
	assert_non_null(strstr(out, "f:2: \"hello\": not a prefix"));
	assert_non_null(strstr(out, "f:3: 2.0.0.0/8: via \"x\""));
	*many = '\0';
	for (int i = 0; i < 100; i++)
		strcat(many, "hello\n");
	out = import_said(text(many), -EINVAL);
	assert_int_equal(lines_of(out), TEXT_ERRORS + 1);
	assert_non_null(strstr(out, "f: 20 lines are wrong"));
	memset(many, 'x', 100000);
	out = import_said(bytes(many, 100000), -E2BIG);
	assert_string_equal(out, "xhop: f:1: longer than a line of text (nothing was changed)\n");
	out = import_said(bytes("# a\n\0b\n", 7), -EILSEQ);
	assert_string_equal(out, "xhop: f:2: not text (nothing was changed)\n");
	free(many);
}

static ssize_t fails(void *cookie, char *buf, size_t size)
{
	(void)cookie;
	(void)buf;
	(void)size;
	errno = EIO;
	return -1;
}

static void test_a_stream_that_fails_is_no_end(void **state)
{
	const cookie_io_functions_t io = {.read = fails};
	struct config config;

	(void)state;
	assert_string_equal(import_said(fopencookie(NULL, "r", io), -EIO),
			    "xhop: f:1: Input/output error (nothing was changed)\n");
	overhear();
	assert_int_equal(config_parse(fopencookie(NULL, "r", io), "f", &config), -EIO);
	assert_string_equal(heard(), "xhop: f:1: Input/output error\n");
}

static void test_words_do_not_steer_the_terminal(void **state)
{
	(void)state;
	assert_non_null(strstr(import_said(text("\033[31m1.0.0.0/8\033[0m via x\n"), -EINVAL),
			       "\\x1b[31m1.0.0.0/8\\x1b[0m"));
	assert_non_null(strstr(import_said(text("a\302\233b\177\303\244 dev x\n"), -EINVAL),
			       "\"a\\x9bb\\x7f\303\244\""));
}

/* What a file makes config_parse() print, "" if it is good. */
static const char *said(const char *words, struct config *config)
{
	FILE *file = text(words);
	const char *out;
	int err;

	overhear();
	err = config_parse(file, "f", config);
	fclose(file);
	out = heard();
	assert_int_equal(err < 0, *out != '\0');
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
		{"attach eth0 xdp\n", "f:1: xdp: which one? (generic, auto or native)"},
		{"attach eth0 lookup maps\n", "f:1: attach: \"lookup\": a word of the grammar"},
		{"attach all\n", "f:1: attach: \"all\": a word of the grammar"},
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
		{"neigh add 10.0.2.2 lladdr 2:0:0:0:0:1 dev e\n"
		 "neigh add 10.0.2.2 lladdr 2:0:0:0:0:2 dev e\n",
		 "f:2: 10.0.2.2 dev e: has a neighbour already, in line 1"},
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

static void test_config_says_all_that_is_wrong(void **state)
{
	struct config config;
	char many[1000] = "";
	const char *out;
	FILE *file;

	(void)state;
	out = said("foo\nlookup maps\nbar\nroute add x\n", &config);
	assert_int_equal(lines_of(out), 3);
	assert_non_null(strstr(out, "f:3: unknown line \"bar\""));
	assert_non_null(strstr(out, "f:4: x: by which next hop?"));
	for (int i = 0; i < 100; i++)
		strcat(many, "foo\n");
	out = said(many, &config);
	assert_int_equal(lines_of(out), TEXT_ERRORS + 1);
	assert_non_null(strstr(out, "f: 20 errors, the rest was not looked at"));
	file = bytes("attach eth0\0x\n", 14); /* a NUL does not hide what is behind it */
	overhear();
	assert_int_equal(config_parse(file, "f", &config), -EILSEQ);
	assert_string_equal(heard(), "xhop: f:1: not text\n");
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_devices_and_macs),
		cmocka_unit_test(test_import_lines),
		cmocka_unit_test(test_import_takes_the_lowest_metric),
		cmocka_unit_test(test_import_says_all_that_is_wrong),
		cmocka_unit_test(test_a_stream_that_fails_is_no_end),
		cmocka_unit_test(test_words_do_not_steer_the_terminal),
		cmocka_unit_test(test_config_good),
		cmocka_unit_test(test_config_bad),
		cmocka_unit_test(test_config_says_all_that_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
