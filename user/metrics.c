// SPDX-License-Identifier: GPL-2.0
/* Counters for Prometheus: see metrics.h. Text format 0.0.4. */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "user/log.h"
#include "user/metrics.h"
#include "user/show.h"

struct metrics {
	struct evhttp *http;
	struct metrics_source source;
};

static void family(struct evbuffer *out, const char *name, const char *type, const char *help)
{
	evbuffer_add_printf(out, "# HELP xhop_%s %s\n# TYPE xhop_%s %s\n", name, help, name, type);
}

static void single(struct evbuffer *out, const char *name, const char *type, const char *help,
		   unsigned long long value)
{
	family(out, name, type, help);
	evbuffer_add_printf(out, "xhop_%s %llu\n", name, value);
}

/* A device's name as a label: quotes, backslashes and line ends are escaped. */
static const char *label(const char *text, char out[2 * IFNAMSIZ])
{
	char *to = out;

	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*to++ = '\\';
		*to++ = *text;
	}
	*to = '\0';
	return out;
}

static void ports(struct evbuffer *out, const struct set *set)
{
	struct xhop_port_counters c;
	char dev[2 * IFNAMSIZ];

	family(out, "packets_total", "counter", "Packets that came in, by what became of them.");
	for (int i = 0; i < set->count; i++) {
		if (set_port_counters(set, set->ports[i].config.slot, &c))
			continue;
		label(set->ports[i].name, dev);
		for (int r = 0; r < XHOP_REASON_COUNT; r++)
			evbuffer_add_printf(
				out, "xhop_packets_total{dev=\"%s\",reason=\"%s\"} %llu\n", dev,
				reason_texts[r].word, (unsigned long long)c.reason[r]);
	}
	family(out, "receive_bytes_total", "counter", "Bytes that came in.");
	for (int i = 0; i < set->count; i++) {
		if (!set_port_counters(set, set->ports[i].config.slot, &c))
			evbuffer_add_printf(out, "xhop_receive_bytes_total{dev=\"%s\"} %llu\n",
					    label(set->ports[i].name, dev),
					    (unsigned long long)c.rx_bytes);
	}
	family(out, "maps_packets_total", "counter",
	       "Forwarded packets that the route maps answered alone.");
	for (int i = 0; i < set->count; i++) {
		if (!set_port_counters(set, set->ports[i].config.slot, &c))
			evbuffer_add_printf(out, "xhop_maps_packets_total{dev=\"%s\"} %llu\n",
					    label(set->ports[i].name, dev),
					    (unsigned long long)c.maps);
	}
}

static void hop_label(const struct set *set, const struct set_hop *hop, char *text, size_t size)
{
	const struct port *port = set_port(set, hop->key.ifindex);
	char via[INET6_ADDRSTRLEN], dev[2 * IFNAMSIZ] = "gone";
	const __u8 *m = hop->key.lladdr;

	if (port)
		label(port->name, dev);
	inet_ntop(hop->key.family, hop->key.addr, via, sizeof(via));
	snprintf(text, size,
		 "hop=\"%u\",dev=\"%s\",via=\"%s\",lladdr=\"%02x:%02x:%02x:%02x:%02x:%02x\"",
		 hop->id, dev, via, m[0], m[1], m[2], m[3], m[4], m[5]);
}

static void hops(struct evbuffer *out, const struct set *set)
{
	struct set_hop *list;
	int count = set_hops(set, &list);
	char text[256];

	if (count < 0)
		return;
	family(out, "hop_packets_total", "counter", "Packets sent to a next hop.");
	for (int i = 0; i < count; i++) {
		hop_label(set, &list[i], text, sizeof(text));
		evbuffer_add_printf(out, "xhop_hop_packets_total{%s} %llu\n", text,
				    (unsigned long long)list[i].counters.packets);
	}
	family(out, "hop_bytes_total", "counter", "Bytes sent to a next hop.");
	for (int i = 0; i < count; i++) {
		hop_label(set, &list[i], text, sizeof(text));
		evbuffer_add_printf(out, "xhop_hop_bytes_total{%s} %llu\n", text,
				    (unsigned long long)list[i].counters.bytes);
	}
	free(list);
}

static void two(struct evbuffer *out, const char *name, const char *type, const char *help,
		unsigned long long ip4, unsigned long long ip6)
{
	family(out, name, type, help);
	evbuffer_add_printf(out, "xhop_%s{family=\"ipv4\"} %llu\nxhop_%s{family=\"ipv6\"} %llu\n",
			    name, ip4, name, ip6);
}

static void maps(struct evbuffer *out, const struct metrics_source *source)
{
	const struct routes *routes = source->routes(source->data);
	const struct mirror *mirror = source->mirror(source->data);
	const struct xhop_route_control *control = routes ? routes->control : NULL;
	struct mirror_stats stats = {};
	struct statics_count statics;
	bool behind[2] = {};

	if (!control || !mirror)
		return;
	mirror_stats(mirror, &stats);
	source->behind(source->data, behind);
	statics_count(source->statics, &statics);
	single(out, "following", "gauge", "1: the route maps follow the kernel's routes.",
	       control->state == XHOP_DAEMON_FOLLOWING);
	two(out, "maps_behind", "gauge",
	    "1: the maps do not hold the kernel's latest routes, it is asked for every packet.",
	    behind[0], behind[1]);
	two(out, "prefixes", "gauge", "Prefixes in the route maps.", control->prefixes[0],
	    control->prefixes[1]);
	single(out, "classes", "gauge", "Kinds of routes in use.", control->classes);
	single(out, "route_events_total", "counter", "Messages of the kernel.", stats.events);
	single(out, "resyncs_total", "counter", "Times that routes were read anew.", stats.resyncs);
	single(out, "losses_total", "counter", "Times that messages of the kernel were lost.",
	       stats.losses);
	single(out, "static_routes", "gauge", "Static routes.", statics.routes);
	single(out, "static_neighbours", "gauge", "Static neighbours.", statics.neighs);
	single(out, "hops_unresolved", "gauge",
	       "Next hops of static routes or groups whose MAC address is not known.",
	       statics.unresolved);
}

static void on_request(struct evhttp_request *request, void *data)
{
	struct metrics *metrics = data;
	const struct set *set = metrics->source.set(metrics->source.data);
	struct evbuffer *out = evbuffer_new();

	if (!out) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	if (set && set->count) {
		ports(out, set);
		hops(out, set);
	}
	maps(out, &metrics->source);
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
			  "text/plain; version=0.0.4; charset=utf-8");
	evhttp_send_reply(request, HTTP_OK, "OK", out);
	evbuffer_free(out);
}

struct metrics *metrics_new(struct event_base *base, const char *addr, unsigned int port,
			    const struct metrics_source *source)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));

	if (!metrics)
		return NULL;
	metrics->source = *source;
	metrics->http = evhttp_new(base);
	if (metrics->http) {
		evhttp_set_allowed_methods(metrics->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
		evhttp_set_max_headers_size(metrics->http, 8192);
		evhttp_set_max_body_size(metrics->http, 0);
		evhttp_set_timeout(metrics->http, 10);
		evhttp_set_cb(metrics->http, "/metrics", on_request, metrics);
		errno = 0;
		if (!evhttp_bind_socket(metrics->http, addr, port))
			return metrics;
	}
	log_error("metrics: %s port %u: %s", addr, port, strerror(errno ? errno : ENOMEM));
	metrics_free(metrics);
	return NULL;
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	if (metrics->http)
		evhttp_free(metrics->http);
	free(metrics);
}
