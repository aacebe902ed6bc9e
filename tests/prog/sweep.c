/*
 * Whole ranges of a field, one test each: what must hold for every value, said in a line. The
 * checksum of a forwarded packet is always the one computed from nothing (frame_forward()).
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prog/prog.h"

static const char *const families[] = {"ip4", "ip6"};

static char *in_words(char *why, const char *fmt, unsigned int a, unsigned int b)
{
	char *full, *where;

	if (!why)
		return NULL;
	if (asprintf(&where, fmt, a, b) < 0 || asprintf(&full, "%s: %s", where, why) < 0)
		abort();
	free(where);
	free(why);
	return full;
}

static void sweep_ttl(void)
{
	for (int f = 0; f < 2; f++) {
		char text[64], *why = NULL;

		for (unsigned int ttl = 0; ttl < 256 && !why; ttl++) {
			const struct expect e = {.reason = ttl <= 1 ? XHOP_TTL : XHOP_FORWARDED};

			snprintf(text, sizeof(text), "%s %s=%u udp", families[f], f ? "hop" : "ttl",
				 ttl);
			why = in_words(run_text(1, text, &e), "TTL %u", ttl, 0);
		}
		result(why, "sweep: every %s", f ? "hop limit" : "TTL");
	}
}

/* Around every byte boundary of the checksum, and every value at a prime distance. */
static void sweep_checksum(void)
{
	static const unsigned int ttls[] = {2, 3, 64, 128, 254, 255};
	const struct expect e = {.reason = XHOP_FORWARDED};
	char text[64], *why = NULL;

	for (unsigned int t = 0; t < sizeof(ttls) / sizeof(ttls[0]); t++) {
		for (unsigned int sum = 1; sum <= 0x10000 && !why;
		     sum += sum > 0xfe00 && sum % 256 < 3 ? 1 : 251) {
			snprintf(text, sizeof(text), "ip4 want=%u ttl=%u udp", sum, ttls[t]);
			why = in_words(run_text(1, text, &e), "checksum %#x, TTL %u", sum, ttls[t]);
		}
		for (unsigned int sum = 0xfdf0; sum <= 0x10000 && !why; sum++) {
			snprintf(text, sizeof(text), "ip4 want=%u ttl=%u udp", sum, ttls[t]);
			why = in_words(run_text(1, text, &e), "checksum %#x, TTL %u", sum, ttls[t]);
		}
	}
	result(why, "sweep: checksums, those where the sum turns over one by one");
}

/* One wrong bit anywhere in the IPv4 header: never forwarded. */
static void sweep_bits(void)
{
	struct frame_env env = router_env(1);
	char *why = NULL;

	for (unsigned int bit = 0; bit < 160 && !why; bit++) {
		struct expect e = {.reason = XHOP_IP_CHECKSUM};
		struct frame f;

		if (frame_build(&f, &env, "ip4 udp data"))
			break;
		f.data[14 + bit / 8] ^= 0x80 >> bit % 8;
		if ((f.data[14] >> 4) != 4 || (f.data[14] & 15) < 5)
			e.reason = XHOP_IP_VERSION;
		else if ((f.data[14] & 15) > 5)
			e.reason = XHOP_IP_OPTIONS;
		else if ((f.data[16] << 8 | f.data[17]) < 20 ||
			 (f.data[16] << 8 | f.data[17]) > (int)f.len - 14)
			e.reason = XHOP_IP_LENGTH;
		why = in_words(run_frame(1, &f, 0, &e), "bit %u", bit, 0);
	}
	result(why, "sweep: each bit of the IPv4 header wrong");
}

/* One wrong bit of the destination MAC: never forwarded. */
static void sweep_mac(void)
{
	const struct expect e = {.reason = XHOP_MAC};
	struct frame_env env = router_env(1);
	char *why = NULL;

	for (unsigned int bit = 0; bit < 48 && !why; bit++) {
		struct frame f;

		if (frame_build(&f, &env, "%s udp", families[bit & 1]))
			break;
		f.data[bit / 8] ^= 0x80 >> bit % 8;
		why = in_words(run_frame(1, &f, 0, &e), "bit %u", bit, 0);
	}
	result(why, "sweep: each bit of the destination MAC wrong");
}

/* IPv4 length field against frame length, around every bound. */
static char *length4(unsigned int ip_len, unsigned int frame_len)
{
	struct frame_env env = router_env(1);
	struct expect e = {.reason = XHOP_FORWARDED};
	struct frame f;

	if (frame_build(&f, &env, "ip4 len=%u udp data n=60 cut n=%u", ip_len, frame_len))
		return strdup(frame_error());
	if (frame_len < 34)
		e.reason = XHOP_TRUNCATED;
	else if (ip_len < 20 || 14 + ip_len > frame_len)
		e.reason = XHOP_IP_LENGTH;
	else if (ip_len < 28)
		e.reason = XHOP_TRUNCATED;
	return run_frame(1, &f, 0, &e);
}

/* The same of IPv6; len: its payload length field. */
static char *length6(unsigned int len, unsigned int frame_len)
{
	struct frame_env env = router_env(1);
	struct expect e = {.reason = XHOP_FORWARDED};
	struct frame f;

	if (frame_build(&f, &env, "ip6 len=%u udp data n=60 cut n=%u", len, frame_len))
		return strdup(frame_error());
	if (frame_len < 54)
		e.reason = XHOP_TRUNCATED;
	else if (54 + len > frame_len)
		e.reason = XHOP_IP_LENGTH;
	else if (len < 8)
		e.reason = XHOP_TRUNCATED;
	return run_frame(1, &f, 0, &e);
}

static void sweep_length(void)
{
	char *why = NULL;

	for (unsigned int frame = 14; frame <= 72 && !why; frame++)
		for (unsigned int len = 0; len <= 60 && !why; len++)
			why = in_words(length4(len, frame), "total length %u, frame %u", len,
				       frame);
	result(why, "sweep: IPv4 total length against the frame's");
	why = NULL;
	for (unsigned int frame = 14; frame <= 92 && !why; frame++)
		for (unsigned int len = 0; len <= 40 && !why; len++)
			why = in_words(length6(len, frame), "payload length %u, frame %u", len,
				       frame);
	result(why, "sweep: IPv6 payload length against the frame's");
}

/* Every protocol number over each family: known or not, the packet goes on. */
static void sweep_protocol(void)
{
	for (int f = 0; f < 2; f++) {
		char text[64], *why = NULL;

		for (unsigned int proto = 0; proto < 256 && !why; proto++) {
			/* ICMP, TCP, UDP, ICMPv6 may be judged by their sum or have none. */
			bool sum = proto == 1 || proto == 6 || proto == 17 || proto == 58 ||
				   (f && proto == 44);
			const struct expect e = {
				.reason = f && !proto ? XHOP_HOP_BY_HOP : XHOP_FORWARDED,
				.flags = sum ? 0 : CASE_NO_SUM,
			};

			snprintf(text, sizeof(text), "%s %s=%u data n=32", families[f],
				 f ? "next" : "proto", proto);
			why = in_words(run_text(1, text, &e), "protocol %u", proto, 0);
		}
		result(why, "sweep: every protocol over %s", families[f]);
	}
}

/* Every first byte of an address. */
static void sweep_source(void)
{
	char text[64], *why = NULL;

	for (unsigned int a = 0; a < 256 && !why; a++) {
		const struct expect e = {
			.reason = a == 127 || (a >= 224 && a < 240) ? XHOP_SOURCE : XHOP_FORWARDED};

		snprintf(text, sizeof(text), "ip4 src=%u.9.8.7 udp", a);
		why = in_words(run_text(1, text, &e), "source %u", a, 0);
	}
	result(why, "sweep: IPv4 sources of every /8");
	why = NULL;
	for (unsigned int a = 0; a < 0x10000 && !why; a += a >= 0xfe00 ? 64 : 256) {
		const struct expect e = {.reason = a >= 0xff00 || (a & 0xffc0) == 0xfe80
							   ? XHOP_SOURCE
							   : XHOP_FORWARDED};

		snprintf(text, sizeof(text), "ip6 src=%x::1234 udp", a);
		why = in_words(run_text(1, text, &e), "source %x::", a, 0);
	}
	result(why, "sweep: IPv6 sources of every /8, from fe00:: of every /10");
}

/* Packets of every length up to the MTU come out whole. */
static void sweep_size(void)
{
	const struct expect e = {.reason = XHOP_FORWARDED};

	for (int f = 0; f < 2; f++) {
		char text[64], *why = NULL;

		for (unsigned int n = 0; n <= (f ? 1452 : 1472) && !why;
		     n += n < 64 || n > 1440 ? 1 : 13) {
			snprintf(text, sizeof(text), "%s udp data n=%u pad n=%u byte=90",
				 families[f], n, n % 7);
			why = in_words(run_text(1, text, &e), "%u bytes of data", n, 0);
		}
		result(why, "sweep: %s packets up to the MTU, with padding", families[f]);
	}
}

const struct test_group groups_sweep[] = {
	GROUP_RUN("sweep ttl", sweep_ttl),
	GROUP_RUN("sweep checksum", sweep_checksum),
	GROUP_RUN("sweep bits", sweep_bits),
	GROUP_RUN("sweep mac", sweep_mac),
	GROUP_RUN("sweep length", sweep_length),
	GROUP_RUN("sweep protocol", sweep_protocol),
	GROUP_RUN("sweep source", sweep_source),
	GROUP_RUN("sweep size", sweep_size),
	GROUPS_END,
};
