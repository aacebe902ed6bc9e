// SPDX-License-Identifier: GPL-2.0
/* The lists of `xhop show`: ports, next hops, reasons. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "user/log.h"
#include "user/neigh.h"
#include "user/show.h"

const struct reason_text reason_texts[XHOP_REASON_COUNT] = {
#define REASON(id, word, sentence) [XHOP_##id] = {word, sentence},
	XHOP_REASONS(REASON)
#undef REASON
};

static bool selected(const struct show *show, const struct port *port)
{
	return !show->dev || !strcmp(show->dev, port->name);
}

static int counters_failed(int err)
{
	log_error("show: cannot read the counters: %s", strerror(-err));
	return err;
}

int show_sum(const struct show *show, const struct set *set, struct xhop_port_counters *sum)
{
	struct xhop_port_counters one;
	int err;

	*sum = (struct xhop_port_counters){};
	for (int i = 0; i < set->count; i++) {
		if (!selected(show, &set->ports[i]))
			continue;
		err = set_port_counters(set, set->ports[i].config.slot, &one);
		if (err)
			return counters_failed(err);
		for (int r = 0; r < XHOP_REASON_COUNT; r++)
			sum->reason[r] += one.reason[r];
		sum->rx_bytes += one.rx_bytes;
		sum->maps += one.maps;
	}
	return 0;
}

static const struct out_column dev_columns[] = {
	{"dev", "DEV", true, false},
	{"xdp", "XDP", true, false},
	{"lookup", "LOOKUP", true, false},
	{"rx_packets", "RX", false, false},
	{"forwarded", "FORWARDED", false, false},
	{"passed", "PASSED", false, false},
	{"dropped", "DROPPED", false, false},
	{"by_maps", "BY MAPS", false, true},
	{"errors", "ERRORS", false, false},
	{"rx_bytes", "RX BYTES", false, true},
	{"tx_packets", "TX", false, true},
	{"tx_bytes", "TX BYTES", false, true},
	{"prog_id", "PROG", false, true},
	{"dispatcher", "DISPATCHER", true, true},
	{"build", "BUILD", true, true},
	{},
};

/* What the next hops behind a port carried. */
static void dev_sent(const struct set_hop *hops, int count, __u32 ifindex,
		     struct xhop_hop_counters *sum)
{
	*sum = (struct xhop_hop_counters){};
	for (int i = 0; i < count; i++) {
		if (hops[i].key.ifindex != ifindex)
			continue;
		sum->packets += hops[i].counters.packets;
		sum->bytes += hops[i].counters.bytes;
	}
}

static json_t *dev_row(const struct set *set, const struct port *port, const struct set_hop *hops,
		       int hop_count, int errors_map, int *err)
{
	struct xhop_port_counters counters;
	struct xhop_hop_counters sent;
	struct xhop_dev_errors errors;

	*err = set_port_counters(set, port->config.slot, &counters);
	if (*err)
		return NULL;
	dev_sent(hops, hop_count, port->config.ifindex, &sent);
	machine_errors_get(errors_map, set->cookie, port->config.ifindex, &errors);
	return json_pack(
		"{s:s, s:i, s:s, s:s, s:I, s:I, s:I, s:i, s:I, s:I, s:I, s:I, s:I, s:i, s:b, s:s}",
		"dev", port->name, "ifindex", (int)port->config.ifindex, "xdp",
		port->config.generic ? "generic" : "native", "lookup",
		port->config.classes ? "maps" : "kernel", "rx_packets",
		(json_int_t)(counters_forwarded(&counters) + counters_passed(&counters)),
		"forwarded", (json_int_t)counters_forwarded(&counters), "passed",
		(json_int_t)counters_passed(&counters), "dropped", 0, "by_maps",
		(json_int_t)counters.maps, "errors", (json_int_t)(errors.redirect + errors.xmit),
		"rx_bytes", (json_int_t)counters.rx_bytes, "tx_packets", (json_int_t)sent.packets,
		"tx_bytes", (json_int_t)sent.bytes, "prog_id", (int)port->prog_id, "dispatcher",
		port->dispatched, "build", (const char *)port->config.build);
}

int show_dev(const struct show *show, const struct set *set, const struct links *links)
{
	int errors_map = machine_errors_open(set), count, err = 0;
	struct set_hop *hops;
	struct out out;

	(void)links;
	count = set_hops(set, &hops);
	if (count < 0)
		return counters_failed(count);
	out_begin(&out, show->options, dev_columns);
	for (int i = 0; i < set->count && !err; i++) {
		json_t *row;

		if (!selected(show, &set->ports[i]))
			continue;
		row = dev_row(set, &set->ports[i], hops, count, errors_map, &err);
		if (row)
			out_row(&out, row);
	}
	out_end(&out);
	free(hops);
	if (errors_map >= 0)
		close(errors_map);
	return err ? counters_failed(err) : 0;
}

static const struct out_column hop_columns[] = {
	{"id", "ID", false, false},	   {"dev", "DEV", true, false},
	{"via", "VIA", true, false},	   {"lladdr", "LLADDR", true, false},
	{"state", "STATE", true, false},   {"packets", "PACKETS", false, false},
	{"bytes", "BYTES", false, false},  {"errors", "DEV ERRORS", false, false},
	{"routes", "ROUTES", false, true}, {},
};

static json_t *hop_row(const struct set *set, const struct set_hop *hop, const char *dev,
		       const struct neighbours *neighbours, int errors_map)
{
	struct xhop_dev_errors errors;
	char via[INET6_ADDRSTRLEN], lladdr[18];
	const __u8 *mac = hop->key.lladdr;

	inet_ntop(hop->key.family, hop->key.addr, via, sizeof(via));
	snprintf(lladdr, sizeof(lladdr), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	machine_errors_get(errors_map, set->cookie, hop->key.ifindex, &errors);
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:n, s:I, s:I, s:I}", "id", (json_int_t)hop->id,
			 "dev", dev, "via", via, "lladdr", lladdr, "state",
			 neighbour_state(neighbours, &hop->key), "routes", "packets",
			 (json_int_t)hop->counters.packets, "bytes",
			 (json_int_t)hop->counters.bytes, "errors",
			 (json_int_t)(errors.redirect + errors.xmit));
}

static bool hop_selected(const struct show *show, const struct set_hop *hop, const char *dev)
{
	if (show->dev && strcmp(show->dev, dev))
		return false;
	if (show->options->only4 && hop->key.family != AF_INET)
		return false;
	return !show->options->only6 || hop->key.family == AF_INET6;
}

int show_hop(const struct show *show, const struct set *set, const struct links *links)
{
	int errors_map = machine_errors_open(set), count;
	struct neighbours neighbours;
	struct xhop_hop_counters shared = {};
	struct set_hop *hops;
	struct out out;

	count = set_hops(set, &hops);
	if (count < 0)
		return counters_failed(count);
	neighbours_get(&neighbours);
	out_begin(&out, show->options, hop_columns);
	for (int i = 0; i < count; i++) {
		const struct link *link = link_by_index(links, hops[i].key.ifindex);
		char gone[IFNAMSIZ];

		snprintf(gone, sizeof(gone), "if%u", hops[i].key.ifindex);
		if (hop_selected(show, &hops[i], link ? link->name : gone))
			out_row(&out, hop_row(set, &hops[i], link ? link->name : gone, &neighbours,
					      errors_map));
	}
	out_end(&out);
	if (set->count && !set_hop_counters(set, XHOP_HOPS_SHARED, &shared) && shared.packets)
		log_note("%llu more packets (%llu bytes) went to next hops for which the table had "
			 "no room",
			 (unsigned long long)shared.packets, (unsigned long long)shared.bytes);
	neighbours_free(&neighbours);
	free(hops);
	if (errors_map >= 0)
		close(errors_map);
	return 0;
}

static const struct out_column reason_columns[] = {
	{"reason", "REASON", true, false},
	{"verdict", "VERDICT", true, false},
	{"packets", "PACKETS", false, false},
	{"meaning", "MEANING", true, false},
	{},
};

int show_reason(const struct show *show, const struct set *set, const struct links *links)
{
	bool json = show->options->json || show->options->pretty;
	struct xhop_port_counters sum;
	struct out out;
	int err;

	(void)links;
	err = show_sum(show, set, &sum);
	if (err)
		return err;
	out_begin(&out, show->options, reason_columns);
	for (int r = 0; r < XHOP_REASON_COUNT; r++) {
		if (!sum.reason[r] && !json && !show->options->stats)
			continue;
		out_row(&out,
			json_pack("{s:s, s:s, s:I, s:s}", "reason", reason_texts[r].word, "verdict",
				  r == XHOP_FORWARDED ? "redirect" : "pass", "packets",
				  (json_int_t)sum.reason[r], "meaning", reason_texts[r].sentence));
	}
	out_end(&out);
	return 0;
}
