// SPDX-License-Identifier: GPL-2.0
/* Static entries as words: see entry.h. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/entry.h"
#include "user/rib_table.h"

#define MTU_MIN4 68   /* RFC 791 */
#define MTU_MIN6 1280 /* RFC 8200, section 5 */

int entry_refuse(struct entry_why *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, args);
	va_end(args);
	return -EINVAL;
}

static bool number(const char *word, unsigned long max, unsigned long *value)
{
	char *end;

	if (!isdigit((unsigned char)*word))
		return false;
	errno = 0;
	*value = strtoul(word, &end, 10);
	return !*end && !errno && *value <= max;
}

int entry_address(const char *word, int family, __u8 addr[16], __u8 *family_found)
{
	int af = strchr(word, ':') ? AF_INET6 : AF_INET;
	__u8 read[16] = {};

	if ((family && family != af) || inet_pton(af, word, read) != 1)
		return -EINVAL;
	memcpy(addr, read, 16);
	*family_found = af;
	return 0;
}

bool entry_device(const char *word)
{
	size_t len = strlen(word);

	if (!len || len >= IFNAMSIZ || !strcmp(word, ".") || !strcmp(word, ".."))
		return false;
	for (; *word; word++) {
		if (*word == '/' || isspace((unsigned char)*word) || iscntrl((unsigned char)*word))
			return false;
	}
	return true;
}

static bool host_bits(const struct entry_route *route)
{
	int size = route->family == AF_INET ? 4 : 16;
	__u8 cut[16];

	memcpy(cut, route->addr, 16);
	rib_prefix_cut(cut, size, route->len);
	return memcmp(cut, route->addr, size) != 0;
}

static bool is_default(const char *word)
{
	return !strcmp(word, "default") || !strcmp(word, "any") || !strcmp(word, "all");
}

int entry_prefix(const char *word, int family, struct entry_route *route, struct entry_why *why)
{
	char text[ENTRY_TEXT], *slash;
	unsigned long len, bits;

	if (is_default(word)) {
		route->family = family ? family : AF_INET;
		route->len = 0;
		memset(route->addr, 0, sizeof(route->addr));
		return 0;
	}
	if (strlen(word) >= sizeof(text))
		return entry_refuse(why, "\"%.60s\": not a prefix (as 10.0.0.0/8)", word);
	strcpy(text, word);
	slash = strchr(text, '/');
	if (slash)
		*slash++ = '\0';
	if (entry_address(text, family, route->addr, &route->family))
		return entry_refuse(why, "\"%s\": not a prefix%s (as %s)", word,
				    family == AF_INET	 ? " of IPv4"
				    : family == AF_INET6 ? " of IPv6"
							 : "",
				    family == AF_INET6 ? "2001:db8::/32" : "10.0.0.0/8");
	len = bits = route->family == AF_INET ? 32 : 128;
	if (slash && !number(slash, bits, &len))
		return entry_refuse(why, "\"%s\": the prefix length is not a number from 0 to %lu",
				    word, bits);
	route->len = len;
	if (host_bits(route)) {
		rib_prefix_cut(route->addr, route->family == AF_INET ? 4 : 16, len);
		entry_prefix_text(route->family, route->addr, len, text);
		return entry_refuse(why, "%s: bits are set behind the prefix length (%s?)", word,
				    text);
	}
	return 0;
}

bool entry_same_prefix(const struct entry_route *a, const struct entry_route *b)
{
	return a->family == b->family && a->len == b->len && !memcmp(a->addr, b->addr, 16);
}

bool entry_forwardable(const struct entry_route *route)
{
	static const __u8 loopback6[16] = {[15] = 1};
	const __u8 *a = route->addr;

	if (!route->len)
		return true;
	if (route->family == AF_INET)
		return !(a[0] == 127 && route->len >= 8) && !(a[0] >= 224 && route->len >= 3);
	return !(a[0] == 0xff && route->len >= 8) &&
	       !(a[0] == 0xfe && (a[1] & 0xc0) == 0x80 && route->len >= 10) &&
	       !(route->len == 128 && !memcmp(a, loopback6, 16));
}

/* A neighbour can have this address: not ::, ::1 or ::ffff:0:0/96, which are no neighbour's. */
static bool unicast(int family, const __u8 *a)
{
	static const __u8 zero[16], mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (family == AF_INET)
		return a[0] != 127 && a[0] < 224 && a[0];
	return a[0] != 0xff && memcmp(a, mapped, 12) && !(!memcmp(a, zero, 15) && a[15] <= 1);
}

static int read_device(const char *what, const char *dev, char name[IFNAMSIZ],
		       struct entry_why *why)
{
	if (!dev)
		return entry_refuse(why, "%s: which device? (dev DEV)", what);
	if (!entry_device(dev))
		return entry_refuse(why, "%s: dev \"%.40s\": not the name of a device", what, dev);
	snprintf(name, IFNAMSIZ, "%s", dev);
	return 0;
}

int entry_route_read(const struct entry_words *words, struct entry_route *route,
		     struct entry_why *why)
{
	struct entry_route read = {};
	unsigned long mtu = 0;
	__u8 family;

	if (!words->object)
		return entry_refuse(why, "which prefix? (PREFIX via ADDR dev DEV)");
	if (!words->via)
		return entry_refuse(why, "%s: by which next hop? (via ADDR)", words->object);
	if (entry_address(words->via, AF_UNSPEC, read.via, &read.via_family) ||
	    !unicast(read.via_family, read.via))
		return entry_refuse(why, "%s: via \"%.60s\": not the address of a next hop",
				    words->object, words->via);
	family = is_default(words->object) ? read.via_family : AF_UNSPEC;
	if (entry_prefix(words->object, family, &read, why))
		return -EINVAL;
	if (!entry_forwardable(&read))
		return entry_refuse(why, "%s: such addresses are not forwarded", words->object);
	if (read.family == AF_INET6 && read.via_family == AF_INET)
		return entry_refuse(why, "%s: via %s: an IPv6 route needs an IPv6 next hop",
				    words->object, words->via);
	if (read_device(words->object, words->dev, read.dev, why))
		return -EINVAL;
	if (words->mtu && (!number(words->mtu, 65535, &mtu) ||
			   mtu < (read.family == AF_INET ? MTU_MIN4 : MTU_MIN6)))
		return entry_refuse(why, "%s: mtu \"%.20s\": not a number from %d to 65535",
				    words->object, words->mtu,
				    read.family == AF_INET ? MTU_MIN4 : MTU_MIN6);
	read.mtu = mtu;
	*route = read;
	return 0;
}

static bool read_mac(const char *word, __u8 lladdr[6])
{
	__u8 mac[6];

	for (int i = 0; i < 6; i++) {
		unsigned int byte = 0, digits = 0;

		for (; isxdigit((unsigned char)*word) && digits < 2; word++, digits++)
			byte = byte * 16 + (isdigit((unsigned char)*word)
						    ? *word - '0'
						    : tolower((unsigned char)*word) - 'a' + 10);
		if (!digits || *word != (i < 5 ? ':' : '\0'))
			return false;
		word++;
		mac[i] = byte;
	}
	if (mac[0] & 1 || !(mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]))
		return false;
	memcpy(lladdr, mac, 6);
	return true;
}

int entry_neigh_read(const struct entry_words *words, struct entry_neigh *neigh,
		     struct entry_why *why)
{
	struct entry_neigh read = {};

	if (!words->object)
		return entry_refuse(why, "which address? (ADDR lladdr MAC dev DEV)");
	if (entry_address(words->object, AF_UNSPEC, read.addr, &read.family) ||
	    !unicast(read.family, read.addr))
		return entry_refuse(why, "\"%.60s\": not the address of a neighbour",
				    words->object);
	if (!words->lladdr)
		return entry_refuse(why, "%s: which MAC address? (lladdr MAC)", words->object);
	if (!read_mac(words->lladdr, read.lladdr))
		return entry_refuse(why,
				    "%s: lladdr \"%.40s\": not the MAC address of one interface "
				    "(as 02:00:00:00:00:01)",
				    words->object, words->lladdr);
	if (read_device(words->object, words->dev, read.dev, why))
		return -EINVAL;
	*neigh = read;
	return 0;
}

/* One KEY VALUE of those that this object has. */
static int take_pair(struct args *args, const char *key, const char **value, struct entry_why *why)
{
	const char *word = args_next(args);

	if (*value)
		return entry_refuse(why, "\"%s\" is there twice", key);
	if (!word)
		return entry_refuse(why, "%s: nothing behind it", key);
	*value = word;
	return 0;
}

static int take_words(struct args *args, bool route, bool all, struct entry_words *words,
		      struct entry_why *why)
{
	const char *word = args_next(args);
	int err = 0;

	*words = (struct entry_words){.object = word};
	while (!err && (word = args_next(args))) {
		if (!strcmp(word, "dev"))
			err = take_pair(args, word, &words->dev, why);
		else if (route && all && !strcmp(word, "mtu"))
			err = take_pair(args, word, &words->mtu, why);
		else if (route && !strcmp(word, "via"))
			err = take_pair(args, word, &words->via, why);
		else if (!route && !strcmp(word, "lladdr"))
			err = take_pair(args, word, &words->lladdr, why);
		else
			err = entry_refuse(why, "\"%.40s\" is not a word of %s", word,
					   !route ? "a neighbour (ADDR lladdr MAC dev DEV)"
						  : "a route (PREFIX via ADDR dev DEV [mtu N])");
	}
	return err;
}

int entry_words_route(struct args *args, struct entry_route *route, struct entry_why *why)
{
	struct entry_words words;
	int err = take_words(args, true, true, &words, why);

	return err ? err : entry_route_read(&words, route, why);
}

int entry_words_neigh(struct args *args, struct entry_neigh *neigh, struct entry_why *why)
{
	struct entry_words words;
	int err = take_words(args, false, true, &words, why);

	return err ? err : entry_neigh_read(&words, neigh, why);
}

int entry_words_gone(struct args *args, bool route, struct entry_words *words,
		     struct entry_why *why)
{
	int err = take_words(args, route, false, words, why);

	if (!err && !words->object)
		err = entry_refuse(why, route ? "which prefix?" : "which address? (ADDR dev DEV)");
	if (!err && !route && !words->dev)
		err = entry_refuse(why, "%s: which device? (dev DEV)", words->object);
	return err;
}

void entry_prefix_text(int family, const __u8 *addr, int len, char text[ENTRY_TEXT])
{
	size_t used;

	inet_ntop(family, addr, text, ENTRY_TEXT);
	if (len < 0 || len == (family == AF_INET ? 32 : 128))
		return;
	used = strlen(text);
	snprintf(text + used, ENTRY_TEXT - used, "/%d", len);
}

void entry_mac_text(const __u8 m[6], char text[ENTRY_TEXT])
{
	snprintf(text, ENTRY_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4],
		 m[5]);
}
