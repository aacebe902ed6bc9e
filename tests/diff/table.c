/*
 * What is accelerated, from what the named cases showed: of the frames that Linux only forwards
 * (nothing but MACs, TTL and checksum changes) how many XDP took, and for what reasons it left the
 * others to Linux. A row is a theme, one or more groups of cases.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/diff/diff.h"

#define ROWS_MAX 64

/* By how a group's name begins, "IPv4 " and "IPv6 " aside; the first that fits. */
static const struct {
	const char *group, *title;
} themes[] = {
	{"MAC addresses", "MAC addresses and lengths of frames"},
	{"sizes", "MAC addresses and lengths of frames"},
	{"beside the frame", "checksums and VLAN tags left to the device"},
	{"options", "IPv4 options"},
	{"extension headers", "IPv6 extension headers"},
	{"fragments", "fragments"},
	{"protocols", "protocols above IP"},
	{"header", "IP headers: lengths, checksum, TTL, flow label"},
	{"TTL", "IP headers: lengths, checksum, TTL, flow label"},
	{"checksum carry", "IP headers: lengths, checksum, TTL, flow label"},
	{"sources", "addresses"},
	{"destinations", "addresses"},
	{"unknown neighbours", "addresses"},
	{"route types", "routes: types, changes, TOS, next hop objects"},
	{"route changes", "routes: types, changes, TOS, next hop objects"},
	{"TOS routes", "routes: types, changes, TOS, next hop objects"},
	{"next hop objects", "routes: types, changes, TOS, next hop objects"},
	{"MTU", "MTU of devices and routes, MTU learned"},
	{"learned MTU", "MTU of devices and routes, MTU learned"},
	{"jumbo", "jumbo frames"},
	{"same port", "out of the port it came in by"},
	{"redirects", "out of the port it came in by"},
	{"multipath, policy 0", "multipath, fib_multipath_hash_policy 0"},
	{"multipath, policy 1", "multipath, fib_multipath_hash_policy 1"},
	{"multipath, policy 2", "multipath, fib_multipath_hash_policy 2"},
	{"multipath, policy 3", "multipath, fib_multipath_hash_policy 3"},
	{"multipath", "multipath: weights, next hop objects, lost links"},
	{"rp_filter", "rp_filter"},
	{"sysctls", "sysctls, each switched under traffic"},
	{"proxies", "sysctls, each switched under traffic"},
	{"disable_ipv6", "sysctls, each switched under traffic"},
	{"nftables", "firewalls, put in and taken out"},
	{"iptables", "firewalls, put in and taken out"},
	{"xfrm", "IPsec policies, put in and taken out"},
	{"tc ", "tc hooks and qdiscs, put in and taken out"},
	{"qdiscs", "tc hooks and qdiscs, put in and taken out"},
	{"rules", "policy rules, put in and taken out"},
	{"bridge", "bridges and macvlans, put in and taken out"},
	{"ports put into a bridge", "bridges and macvlans, put in and taken out"},
	{"macvlan", "bridges and macvlans, put in and taken out"},
	{"links down and up", "devices: links, MAC addresses"},
	{"device addresses", "devices: links, MAC addresses"},
	{"GRO of the far end", "a veth's far end with and without GRO"},
};

static const char *const words[] = {
#define REASON(id, word, sentence) word,
	XHOP_REASONS(REASON)
#undef REASON
};

struct row {
	const char *title;
	unsigned int fast, slow[XHOP_REASON_COUNT]; /* 0: unknown */
};

static struct row rows[ROWS_MAX];
static unsigned int nrows, cases;
static uint64_t digest;

static const char *title_of(const char *group)
{
	size_t i;

	if (!strncmp(group, "IPv4 ", 5) || !strncmp(group, "IPv6 ", 5))
		group += 5;
	for (i = 0; i < sizeof(themes) / sizeof(themes[0]); i++)
		if (!strncmp(group, themes[i].group, strlen(themes[i].group)))
			return themes[i].title;
	return group;
}

static struct row *row_of(const char *title)
{
	unsigned int i;

	for (i = 0; i < nrows; i++)
		if (!strcmp(rows[i].title, title))
			return &rows[i];
	if (nrows == ROWS_MAX)
		abort();
	rows[nrows].title = title;
	return &rows[nrows++];
}

/* In the order of the groups, whichever ends first. */
static void make_rows(void)
{
	const struct test_group *const *file;
	const struct test_group *g;

	for (file = all_groups; *file; file++)
		for (g = *file; g->name; g++)
			row_of(title_of(g->name));
}

/* FNV-1a; summed over the cases, since their order varies. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash;
}

/* "10 reason|group: case": taken by XDP, only forwarded by Linux. */
void table_take(const char *line)
{
	char *copy, *word, *name, *end;
	struct row *row;
	unsigned int i;

	if (!nrows)
		make_rows();
	if (strlen(line) < 4 || line[1] != '1')
		return;
	copy = strdup(line);
	word = copy + 3;
	name = strchr(word, '|');
	end = name ? strstr(name, ": ") : NULL;
	if (!end)
		abort();
	*name++ = '\0';
	digest += hash_of(name) * (2 + (line[0] == '1'));
	cases++;
	*end = '\0';
	row = row_of(title_of(name));
	if (line[0] == '1') {
		row->fast++;
	} else {
		for (i = XHOP_REASON_COUNT - 1; i > 0 && strcmp(word, words[i]); i--)
			;
		row->slow[i]++;
	}
	free(copy);
}

static unsigned int row_slow(const struct row *row)
{
	unsigned int i, n = 0;

	for (i = 0; i < XHOP_REASON_COUNT; i++)
		n += row->slow[i];
	return n;
}

static void print_row(FILE *f, const struct row *row)
{
	const char *comma = " ";
	unsigned int i;

	fprintf(f, "| %s | ", row->title);
	row->fast ? fprintf(f, "%u |", row->fast) : fprintf(f, "none |");
	for (i = 0; i < XHOP_REASON_COUNT; i++)
		if (row->slow[i]) {
			fprintf(f, "%s%u `%s`", comma, row->slow[i], i ? words[i] : "unknown");
			comma = ", ";
		}
	fprintf(f, " |\n");
}

char *table_text(void)
{
	unsigned int i, fast = 0, slow = 0;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	fprintf(f, "<!-- %u cases, digest %016llx -->\n", cases, (unsigned long long)digest);
	fprintf(f, "| Frames that Linux only forwards | by XDP | left to Linux |\n|---|---|---|\n");
	for (i = 0; i < nrows; i++) {
		fast += rows[i].fast;
		slow += row_slow(&rows[i]);
		if (rows[i].fast || row_slow(&rows[i]))
			print_row(f, &rows[i]);
	}
	fprintf(f, "| all | %u | %u |\n", fast, slow);
	fclose(f);
	return text;
}
